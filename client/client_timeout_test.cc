// Each kind of timeout fires when its condition has held for its duration, and says which it is.
#include <memory>
#include <string>
#include <utility>

#include "client/client_session.h"
#include "client/testing/client_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

class ClientTimeoutTest : public ClientFixture {
 protected:
  using Outcome = FakeNetwork::Outcome;

  // Expects that `fetch` is pending until `seconds` have passed, and then ends with `outcome`.
  void ExpectAfter(absl::Duration duration, const Fetch& fetch, absl::string_view outcome) {
    loop.Advance(duration - absl::Nanoseconds(1));
    EXPECT_EQ(fetch.Outcome(), "pending");
    loop.Advance(absl::Nanoseconds(1));
    EXPECT_EQ(fetch.Outcome(), outcome);
  }
};

TEST_F(ClientTimeoutTest, TotalCoversTheWaitForASlot) {
  options.limit = 1;
  options.timeout.total = absl::Seconds(8);
  RequestOptions patient;
  patient.url = "http://a.test/";
  patient.timeout = ClientTimeout();
  Fetch& first = Start(std::move(patient));
  Fetch& second = Get("http://a.test/");
  ExpectAfter(absl::Seconds(8), second, "timeout (total)");
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(first.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientTimeoutTest, TotalCoversLookupConnectHeadAndBody) {
  options.timeout.total = absl::Seconds(8);
  network.resolve_outcomes = {Outcome::kNever};
  ExpectAfter(absl::Seconds(8), Get("http://a.test/"), "timeout (total)");
  network.connect_outcomes = {Outcome::kNever};
  ExpectAfter(absl::Seconds(8), Get("http://a.test/"), "timeout (total)");
  EXPECT_EQ(network.connecting(), 0u);
  ExpectAfter(absl::Seconds(8), Get("http://a.test/"), "timeout (total)");
  Fetch& body = Get("http://a.test/");
  Run();
  network.last().Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
  ExpectAfter(absl::Seconds(8), body, "timeout (total)");
  EXPECT_EQ(body.body, "he");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientTimeoutTest, TotalEndsWithTheLastByteEvenIfNobodyReadsIt) {
  options.timeout.total = absl::Seconds(8);
  Fetch& get = GetHead("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  loop.Advance(absl::Seconds(10));
  EXPECT_EQ(ReadOnce(*get.response).value().view(), "hello");
  ExpectClean();
}

TEST_F(ClientTimeoutTest, ConnectCoversTheWaitForASlotToo) {
  options.limit = 1;
  options.timeout.connect = absl::Seconds(3);
  Fetch& first = Get("http://a.test/");
  Run();
  loop.Advance(absl::Seconds(5));
  EXPECT_EQ(first.Outcome(), "pending");
  ExpectAfter(absl::Seconds(3), Get("http://a.test/"), "timeout (connect)");
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(first.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientTimeoutTest, ConnectCoversTheLookupAndAllAttempts) {
  options.timeout.connect = absl::Seconds(3);
  options.timeout.sock_connect = absl::Seconds(2);
  network.resolve_outcomes = {Outcome::kNever};
  ExpectAfter(absl::Seconds(3), Get("http://a.test/"), "timeout (connect)");
  network.addresses = {{"10.0.0.1", 80}, {"10.0.0.2", 80}};
  network.connect_outcomes = {Outcome::kNever, Outcome::kNever};
  ExpectAfter(absl::Seconds(3), Get("http://a.test/"), "timeout (connect)");
  EXPECT_EQ(network.connecting(), 0u);
  EXPECT_EQ(session().connector().sockets(), 0u);
  ExpectClean();
}

TEST_F(ClientTimeoutTest, ConnectGoesOnWhereTheConnectionThatWasHandedOverBreaks) {
  options.limit = 1;
  network.connect_outcomes = {Outcome::kOk, Outcome::kNever};
  Fetch& first = Get("http://a.test/");
  Run();
  options.timeout.connect = absl::Seconds(3);
  RequestOptions impatient;
  impatient.url = "http://a.test/";
  impatient.timeout = options.timeout;
  Fetch& second = Start(std::move(impatient));
  Run();
  network.wire(0).Send(kHello);
  loop.Step();  // the connection is handed to the second, which has not run yet
  network.wire(0).SendEof();
  loop.StepLast();
  Run();
  EXPECT_EQ(first.Outcome(), "200 hello");
  EXPECT_EQ(network.connecting(), 1u);
  ExpectAfter(absl::Seconds(3), second, "timeout (connect)");
  EXPECT_EQ(network.connecting(), 0u);
  ExpectClean();
}

TEST_F(ClientTimeoutTest, SockConnectIsForEachAddress) {
  options.timeout.sock_connect = absl::Seconds(2);
  network.addresses = {{"10.0.0.1", 80}, {"10.0.0.2", 80}};
  network.connect_outcomes = {Outcome::kNever, Outcome::kNever, Outcome::kNever, Outcome::kOk};
  ExpectAfter(absl::Seconds(4), Get("http://a.test/"), "timeout (sock_connect)");
  Fetch& get = Get("http://a.test/");
  loop.Advance(absl::Seconds(2));
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(get.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientTimeoutTest, SockReadStartsAnewWithEveryByte) {
  options.timeout.sock_read = absl::Seconds(4);
  Fetch& get = Get("http://a.test/");
  loop.Advance(absl::Seconds(3));
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Le");
  loop.Advance(absl::Seconds(3));
  network.wire(0).Send("ngth: 5\r\n\r\nhe");
  Run();
  ExpectAfter(absl::Seconds(4), get, "timeout (sock_read)");
  EXPECT_EQ(get.body, "he");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientTimeoutTest, SockReadDoesNotRunOnAnIdleConnection) {
  options.timeout.sock_read = absl::Seconds(4);
  Get("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  loop.Advance(absl::Seconds(10));
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientTimeoutTest, SockReadDoesNotRunWhileReadingIsPaused) {
  options.timeout.sock_read = absl::Seconds(4);
  options.read_low_water = 1;
  options.read_high_water = 2;
  Fetch& get = GetHead("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  loop.Advance(absl::Seconds(60));
  EXPECT_EQ(ReadOnce(*get.response).value().view(), "hello");
  loop.Advance(absl::Seconds(4));
  EXPECT_EQ(ReadOnce(*get.response).error().timeout(), TimeoutKind::kSockRead);
  ExpectClean();
}

}  // namespace
}  // namespace client::testing
