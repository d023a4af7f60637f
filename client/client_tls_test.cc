// https and wss: TLS under a session.

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "client/client_session.h"
#include "client/testing/client_fixture.h"
#include "client/testing/tls_fixture.h"
#include "client/testing/tls_wire.h"
#include "gtest/gtest.h"

namespace client {
namespace {

using testing::ClientTlsOptions;
using testing::Fetch;
using testing::FakeNetwork;
using testing::kHello;
using testing::Must;
using testing::ServerTlsOptions;
using testing::TlsWire;

class ClientTlsTest : public testing::ClientFixture {
 protected:
  ClientTlsTest() { options.tls = Must(TlsContext::Client(ClientTlsOptions())); }
  ~ClientTlsTest() override {
    for (Fetch& fetch : fetches) fetch.Cancel();
    fetches.clear();
    session_.reset();
  }

  TlsWire& Serve(size_t wire) {
    TlsWire& server = *servers.emplace_back(std::make_unique<TlsWire>(loop, network.wire(wire), context));
    server.Run();
    return server;
  }

  std::shared_ptr<TlsContext> context = Must(TlsContext::Server(ServerTlsOptions()));
  std::vector<std::unique_ptr<TlsWire>> servers;
};

TEST_F(ClientTlsTest, RequestsGoThroughTlsAndShareAConnection) {
  Fetch& first = Get("https://a.test/one");
  Run();
  TlsWire& server = Serve(0);
  EXPECT_EQ(server.received, "GET /one HTTP/1.1\r\nHost: a.test\r\n\r\n");
  EXPECT_EQ(network.wire(0).address.port, 80);  // the fake network has one address
  server.Send(kHello);
  EXPECT_EQ(first.Outcome(), "200 hello");
  Fetch& second = Get("https://a.test/two");
  server.Run();
  EXPECT_TRUE(absl::EndsWith(server.received, "GET /two HTTP/1.1\r\nHost: a.test\r\n\r\n"));
  server.Send(kHello);
  EXPECT_EQ(second.Outcome(), "200 hello");
  EXPECT_EQ(network.wires(), 1u);
  EXPECT_EQ(observer.Count("ConnectionAcquired pool/https://a.test:443 pool/connection#1"), 2u);
  ExpectClean();
}

TEST_F(ClientTlsTest, HttpAndHttpsShareNothing) {
  Fetch& first = Get("https://a.test/");
  Run();
  Serve(0).Send(kHello);
  EXPECT_EQ(first.Outcome(), "200 hello");
  Get("http://a.test:443/");
  Run();
  EXPECT_EQ(network.wires(), 2u);
  EXPECT_EQ(network.wire(1).written, "GET / HTTP/1.1\r\nHost: a.test:443\r\n\r\n");
}

TEST_F(ClientTlsTest, AnotherHostIsRefusedBeforeAnythingIsSaid) {
  Fetch& get = Get("https://b.test/");
  Run();
  const TlsWire& server = Serve(0);
  ASSERT_EQ(get.Outcome(), "certificate");
  EXPECT_EQ(get.error->message(), "certificate verify failed: hostname mismatch (host b.test)");
  EXPECT_EQ(server.received, "");
  EXPECT_FALSE(network.wire(0).open);
  ExpectClean();
}

TEST_F(ClientTlsTest, WithoutAContextTheSystemsAuthoritiesAreTrusted) {
  options.tls = nullptr;
  Fetch& get = Get("https://a.test/");
  Run();
  Serve(0);
  ASSERT_EQ(get.Outcome(), "certificate");
  EXPECT_EQ(get.error->message(),
            "certificate verify failed: unable to get local issuer certificate (host a.test)");
  ExpectClean();
}

TEST_F(ClientTlsTest, ABodyUntilCloseEndsWithCloseNotify) {
  Fetch& get = Get("https://a.test/");
  Run();
  TlsWire& server = Serve(0);
  server.Send("HTTP/1.1 200 OK\r\n\r\nwhole");
  server.End();
  EXPECT_EQ(get.Outcome(), "200 whole");
  ExpectClean();
}

TEST_F(ClientTlsTest, ABodyUntilCloseWithoutCloseNotifyIsCut) {
  Fetch& get = Get("https://a.test/");
  Run();
  TlsWire& server = Serve(0);
  server.Send("HTTP/1.1 200 OK\r\n\r\nhalf");
  server.Cut();
  ASSERT_EQ(get.Outcome(), "disconnected");
  EXPECT_EQ(get.body, "half");
  EXPECT_EQ(get.error->bytes_received(), 4);
  ExpectClean();
}

TEST_F(ClientTlsTest, ABodyOfKnownLengthNeedsNoCloseNotify) {
  for (const absl::string_view text :
       {kHello, absl::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")}) {
    Fetch& get = Get("https://a.test/");
    Run();
    TlsWire& server = Serve(network.wires() - 1);
    server.transport().Write(Slice::Copy(text));
    server.Cut();
    EXPECT_EQ(get.Outcome(), "200 hello");
  }
  ExpectClean();
}

TEST_F(ClientTlsTest, ARequestOnAConnectionThatWasCutIsSentOnceMore) {
  Fetch& first = Get("https://a.test/");
  Run();
  TlsWire& server = Serve(0);
  server.Send(kHello);
  EXPECT_EQ(first.Outcome(), "200 hello");
  Fetch& second = Get("https://a.test/");
  Run();
  server.Cut();
  ASSERT_EQ(network.wires(), 2u);
  Serve(1).Send(kHello);
  EXPECT_EQ(second.Outcome(), "200 hello");
  EXPECT_TRUE(servers[1]->transport().resumed());
  ExpectClean();
}

TEST_F(ClientTlsTest, WhatIsNoTlsIsAnErrorOfTls) {
  Fetch& headless = Get("https://a.test/");
  Run();
  Serve(0);
  network.wire(0).Send("this is no record");
  Run();
  ASSERT_EQ(headless.Outcome(), "tls");
  EXPECT_EQ(headless.error->message(), "the connection was lost before the head of the response had come: "
                                       "TLS failed: what the peer says is not TLS");
  Fetch& half = Get("https://a.test/");
  Run();
  Serve(1).Send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
  network.wire(1).Send("this is no record");
  Run();
  ASSERT_EQ(half.Outcome(), "tls");
  EXPECT_EQ(half.body, "half");
  EXPECT_EQ(half.error->message(),
            "the body ended early, after 4 of 8 bytes: TLS failed: what the peer says is not TLS");
  EXPECT_EQ(half.error->bytes_received(), 4);
  EXPECT_EQ(half.error->bytes_expected(), 8);
  EXPECT_EQ(network.wires(), 2u);
  ExpectClean();
}

// As one whose connection was cut: see above.
TEST_F(ClientTlsTest, ARequestOnAConnectionThatTlsBrokeIsSentOnceMore) {
  Fetch& first = Get("https://a.test/");
  Run();
  Serve(0).Send(kHello);
  EXPECT_EQ(first.Outcome(), "200 hello");
  Fetch& second = Get("https://a.test/");
  Run();
  network.wire(0).Send("this is no record");
  Run();
  ASSERT_EQ(network.wires(), 2u);
  Serve(1).Send(kHello);
  EXPECT_EQ(second.Outcome(), "200 hello");
  ExpectClean();
}

// RFC 8446 section 6.1.
TEST_F(ClientTlsTest, AnIdleConnectionIsClosedWithCloseNotify) {
  options.keepalive_timeout = absl::Seconds(5);
  Fetch& get = Get("https://a.test/");
  Run();
  TlsWire& server = Serve(0);
  server.Send(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_TRUE(network.wire(0).open);
  loop.Advance(absl::Seconds(6));
  EXPECT_FALSE(network.wire(0).open);
  server.Run();
  EXPECT_TRUE(server.ended);
  ExpectClean();
}

TEST_F(ClientTlsTest, ASessionThatIsClosedSaysCloseNotifyOnWhatIsIdle) {
  Get("https://a.test/");
  Run();
  TlsWire& server = Serve(0);
  server.Send(kHello);
  ExpectClean();
  EXPECT_FALSE(network.wire(0).open);
  server.Run();
  EXPECT_TRUE(server.ended);
}

TEST_F(ClientTlsTest, AConnectionThatIsDoneIsClosedWithCloseNotify) {
  Fetch& get = Get("https://a.test/");
  Run();
  TlsWire& server = Serve(0);
  server.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone");
  EXPECT_EQ(get.Outcome(), "200 done");
  EXPECT_FALSE(network.wire(0).open);
  EXPECT_TRUE(server.ended);
  ExpectClean();
}

TEST_F(ClientTlsTest, WhatIsGivenUpIsCutWithoutCloseNotify) {
  Fetch& get = GetHead("https://a.test/");
  Run();
  TlsWire& server = Serve(0);
  server.Send("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\nhalf");
  ASSERT_NE(get.response, nullptr);
  get.response->Close();
  Run();
  EXPECT_FALSE(network.wire(0).open);
  server.Run();
  EXPECT_FALSE(server.ended);
  ExpectClean();
}

TEST_F(ClientTlsTest, NobodyWaitsForTheCloseNotifyOfThePeer) {
  Fetch& get = Get("https://a.test/");
  Run();
  TlsWire& server = Serve(0);
  network.wire(0).hold_writes = true;  // nor for room to send our own
  server.Send(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  ExpectClean();
  EXPECT_FALSE(network.wire(0).open);
}

TEST_F(ClientTlsTest, TheHandshakeIsPartOfConnecting) {
  options.timeout.sock_connect = absl::Seconds(3);
  Fetch& get = Get("https://a.test/");
  Run();
  EXPECT_EQ(network.wires(), 1u);
  loop.Advance(absl::Seconds(2));
  EXPECT_EQ(get.Outcome(), "pending");
  loop.Advance(absl::Seconds(2));
  EXPECT_EQ(get.Outcome(), "timeout (sock_connect)");
  EXPECT_FALSE(network.wire(0).open);
  ExpectClean();
}

TEST_F(ClientTlsTest, AHandshakeIsGivenUpWithItsRequest) {
  Fetch& get = Get("https://a.test/");
  Run();
  EXPECT_TRUE(network.wire(0).open);
  get.Cancel();
  Run();
  EXPECT_FALSE(network.wire(0).open);
  EXPECT_EQ(session().connector().sockets(), 0u);
  ExpectClean();
}

TEST_F(ClientTlsTest, AConnectionThatEndsInItsHandshakeIsFollowedByTheNextAddress) {
  network.addresses = {{"10.0.0.1", 443}, {"10.0.0.2", 443}};
  Fetch& get = Get("https://a.test/");
  Run();
  network.wire(0).Reset();
  Run();
  ASSERT_EQ(network.wires(), 2u);
  Serve(1).Send(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientTlsTest, ARedirectLeadsFromHttpToHttps) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 301 Moved\r\nLocation: https://a.test/new\r\nContent-Length: 0\r\n\r\n");
  Run();
  ASSERT_EQ(network.wires(), 2u);
  TlsWire& server = Serve(1);
  EXPECT_TRUE(absl::StartsWith(server.received, "GET /new HTTP/1.1\r\n"));
  server.Send(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  ExpectClean();
}

}  // namespace
}  // namespace client
