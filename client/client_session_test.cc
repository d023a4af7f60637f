#include "client/client_session.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/testing/client_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

using ClientSessionTest = ClientFixture;

TEST_F(ClientSessionTest, AGetSendsItsHeadAndReadsTheWholeBody) {
  Fetch& get = Get("http://a.test/file?x=1");
  Run();
  EXPECT_EQ(network.wire(0).written, "GET /file?x=1 HTTP/1.1\r\nHost: a.test\r\n\r\n");
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(get.Outcome(), "200 hello");
  const std::vector<std::string> expected = {
      "RequestStarted get#1",
      "ConnectStarted pool/a.test:80 pool/connection#1",
      "ConnectEnded pool/a.test:80 pool/connection#1 connected",
      "ConnectionAcquired pool/a.test:80 pool/connection#1 get#1",
      "RequestSent pool/connection#1 get#1",
      "HeadReceived pool/connection#1 get#1 200",
      "PayloadOpened pool/connection#1 get#1 get#1/body",
      "PayloadEof get#1/body",
      "ConnectionIdle pool/a.test:80 pool/connection#1",
      "RequestEnded get#1 ok",
  };
  EXPECT_EQ(observer.lines, expected);
  ExpectClean();
}

TEST_F(ClientSessionTest, KeepAliveReusesTheConnection) {
  for (int i = 0; i < 3; ++i) {
    Fetch& get = Get("http://a.test/");
    Run();
    ASSERT_EQ(network.wires(), 1u);
    network.wire(0).Send(kHello);
    Run();
    EXPECT_EQ(get.Outcome(), "200 hello");
    EXPECT_EQ(session().DebugString(),
              "session: 0 running; connector: 0/10 acquired, 1 idle, 0 waiting [a.test:80 1/10]");
  }
  EXPECT_EQ(network.lookups, 1u);
  ExpectClean();
}

TEST_F(ClientSessionTest, AResponseArrivesByteByByte) {
  Fetch& get = Get("http://a.test/");
  Run();
  for (const char c : std::string(
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n")) {
    network.wire(0).Send(std::string(1, c));
    Run();
  }
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(get.response->trailers().Get("X-Sum").value_or(""), "1");
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientSessionTest, TheServersConnectionCloseIsHonoured) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
  Run();
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(session().connector().sockets(), 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, ABodyFramedByTheEndOfTheConnectionEndsCleanlyWithItsFin) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\n\r\nhello");
  network.wire(0).SendEof();
  Run();
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, ABodyFramedByTheEndOfTheConnectionIsCutByAReset) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\n\r\nhello");
  network.wire(0).Reset();
  Run();
  EXPECT_EQ(get.Outcome(), "disconnected");
  EXPECT_EQ(get.body, "hello");
  ExpectClean();
}

TEST_F(ClientSessionTest, ATruncatedBodyIsAnErrorThatCountsTheBytes) {
  for (const bool reset : {false, true}) {
    Fetch& get = Get("http://a.test/");
    Run();
    network.last().Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    reset ? network.last().Reset() : network.last().SendEof();
    Run();
    EXPECT_EQ(get.Outcome(), "disconnected");
    EXPECT_EQ(get.body, "hello");
    EXPECT_EQ(get.error->bytes_received(), 5);
    EXPECT_EQ(get.error->bytes_expected(), 10);
    EXPECT_EQ(loop.TextOf(get.error->connection()), absl::StrCat("pool/connection#", reset ? 2 : 1));
    EXPECT_EQ(network.open(), 0u);
  }
  ExpectClean();
}

TEST_F(ClientSessionTest, AConnectionThatEndsBeforeTheHeadDisconnects) {
  for (const bool reset : {false, true}) {
    Fetch& get = Get("http://a.test/");
    Run();
    network.last().Send("HTTP/1.1 20");
    reset ? network.last().Reset() : network.last().SendEof();
    Run();
    EXPECT_EQ(get.Outcome(), "disconnected");
  }
  EXPECT_EQ(session().connector().sockets(), 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, GarbageIsAProtocolErrorAndClosesTheConnection) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.wire(0).Send("SMTP ready\r\n\r\n");
  Run();
  EXPECT_EQ(get.Outcome(), "protocol");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, AnUpgradeThatNobodyAskedForIsAnError) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nfoo");
  Run();
  EXPECT_EQ(get.Outcome(), "protocol");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, AHeadRequestHasNoBodyWhateverItsHeadSays) {
  RequestOptions request;
  request.method = "HEAD";
  request.url = "http://a.test/";
  Fetch& head = Start(std::move(request));
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  Run();
  EXPECT_EQ(head.Outcome(), "200 ");
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientSessionTest, WhatCannotBeSentIsAUsageErrorBeforeAnythingHappens) {
  EXPECT_EQ((Run(), Get("ftp://a.test/")).Outcome(), "pending");
  RequestOptions request;
  request.url = "http://a.test/";
  request.headers.Add("X", "a\r\nb: c");
  Start(std::move(request));
  Run();
  for (const Fetch& fetch : fetches) EXPECT_EQ(fetch.Outcome(), "usage");
  EXPECT_EQ(network.lookups, 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, EofWhilePausedLeavesTheConnectionResumedInThePool) {
  options.read_low_water = 2;
  options.read_high_water = 4;
  Fetch& get = GetHead("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  Run();
  EXPECT_TRUE(network.wire(0).paused);
  Result<Slice> chunk = ReadOnce(*get.response);
  ASSERT_TRUE(chunk.ok());
  EXPECT_FALSE(network.wire(0).paused);
  network.wire(0).Send("world");  // overfills, and ends the body
  Run();
  EXPECT_FALSE(network.wire(0).paused);
  EXPECT_EQ(session().connector().idle(), 1u);
  chunk = ReadOnce(*get.response);
  EXPECT_EQ(chunk.value().view(), "world");
  Fetch& next = Get("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(next.body, "hello");
  EXPECT_EQ(observer.Count("ReadingPaused"), observer.Count("ReadingResumed"));
  ExpectClean();
}

TEST_F(ClientSessionTest, BytesBehindAResponseCloseTheConnection) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.wire(0).Send(absl::StrCat(kHello, "HTTP/1.1 200 OK\r\n"));
  Run();
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(observer.Count("ConnectionIdle"), 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, ReleaseKeepsAConnectionOnlyIfTheBodyHasArrivedAndNothingIsDrained) {
  options.drain_bytes_max = 0;
  Fetch& arrived = GetHead("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  Run();
  arrived.response->Release();
  EXPECT_EQ(session().connector().idle(), 1u);
  EXPECT_EQ(ReadOnce(*arrived.response).value().view(), "hello");

  Fetch& cut = GetHead("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
  Run();
  cut.response->Release();
  cut.response->Release();
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(ReadOnce(*cut.response).value().view(), "he");
  EXPECT_EQ(ReadOnce(*cut.response).error().kind(), ErrorKind::kUsage);
  EXPECT_EQ(observer.Count("RequestEnded get#2 ok"), 1u);
  ExpectClean();
}

TEST_F(ClientSessionTest, AResponseThatIsDroppedClosesItsConnectionAndSaysSo) {
  Fetch& get = GetHead("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
  Run();
  get.response.reset();
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(observer.Count("NotClosed get#1 response"), 1u);
  EXPECT_EQ(observer.Count("RequestCancelled get#1"), 1u);
  ExpectClean();
}

TEST_F(ClientSessionTest, ASessionThatIsDroppedSaysSoAndOneThatWasClosedDoesNot) {
  session().CloseNow();
  session_.reset();
  EXPECT_EQ(observer.Count("NotClosed"), 0u);
  session();
  session_.reset();
  EXPECT_EQ(observer.Count("NotClosed"), 1u);
  ExpectClean();
}

TEST_F(ClientSessionTest, ATaskCancelledBetweenTheHeadAndItsResumptionIsCancelled) {
  for (const absl::string_view answer : {kHello, absl::string_view("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")}) {
    const size_t heads = observer.Count("HeadReceived");
    Fetch& get = Get("http://a.test/");
    Run();
    network.last().Send(answer);
    while (observer.Count("HeadReceived") == heads) ASSERT_TRUE(loop.Step());
    get.Cancel();
  }
  EXPECT_EQ(session().DebugString(), "session: 0 running; connector: 0/10 acquired, 0 idle, 0 waiting");
  EXPECT_EQ(observer.Count("RequestCancelled"), 2u);
  EXPECT_EQ(observer.Count("NotClosed"), 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, ClosingTheSessionDuringADownloadIsAnErrorOfTheDownload) {
  Fetch& download = Get("http://a.test/");
  Fetch& waiting = Get("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  Run();
  session().CloseNow();
  EXPECT_EQ(network.open(), 0u);
  Fetch& late = Get("http://a.test/");
  Run();
  EXPECT_EQ(download.Outcome(), "session closed");
  EXPECT_EQ(download.body, "hello");
  EXPECT_EQ(waiting.Outcome(), "session closed");
  EXPECT_EQ(late.Outcome(), "session closed");
  ExpectClean();
}

TEST_F(ClientSessionTest, AResponseOutlivesItsSession) {
  Fetch& arrived = GetHead("http://a.test/");
  Fetch& cut = GetHead("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  network.wire(1).Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  Run();
  session_.reset();
  EXPECT_EQ(ReadOnce(*arrived.response).value().view(), "hello");
  EXPECT_TRUE(ReadOnce(*arrived.response).value().empty());
  EXPECT_EQ(ReadOnce(*cut.response).value().view(), "hello");
  EXPECT_EQ(ReadOnce(*cut.response).error().kind(), ErrorKind::kSessionClosed);
  ExpectClean();
}

Task<> AwaitRequest(Task<Result<std::unique_ptr<ClientResponse>>> request, std::string& outcome) {
  Result<std::unique_ptr<ClientResponse>> response = co_await request;
  outcome = response.ok() ? "ok" : response.error().DebugString();
}

TEST_F(ClientSessionTest, ATaskThatOutlivesItsSessionFails) {
  network.resolve_outcomes = {FakeNetwork::Outcome::kNever};
  Fetch& looking = Get("http://a.test/");
  Run();
  RequestOptions request;
  request.name = MakeName(loop, Name(), "late");
  request.url = "http://a.test/";
  std::string late;
  SpawnedTask task(loop, request.name, AwaitRequest(session().Request(std::move(request)), late));
  session_.reset();
  Run();
  EXPECT_EQ(looking.Outcome(), "session closed");
  EXPECT_EQ(late, "session closed: the session was closed");
  ExpectClean();
}

Task<> CloseGracefully(ClientSession& session, bool& closed) {
  co_await session.Close();
  closed = true;
}

TEST_F(ClientSessionTest, AGracefulCloseWaitsForWhatRunsAndRefusesWhatIsNew) {
  Fetch& running = Get("http://a.test/");
  Run();
  bool closed = false;
  SpawnedTask close(loop, MakeName(loop, Name(), "close"), CloseGracefully(session(), closed));
  Run();
  Fetch& refused = Get("http://a.test/");
  Run();
  EXPECT_EQ(refused.Outcome(), "session closed");
  EXPECT_FALSE(closed);
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(running.Outcome(), "200 hello");
  EXPECT_TRUE(closed);
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientSessionTest, AGracefulCloseEndsWithItsSession) {
  Get("http://a.test/");
  Run();
  bool closed = false;
  SpawnedTask close(loop, MakeName(loop, Name(), "close"), CloseGracefully(session(), closed));
  Run();
  session_.reset();
  Run();
  EXPECT_TRUE(closed);
  ExpectClean();
}

Task<> ReadWhole(ClientResponse& response, size_t bytes_max, std::string& text) {
  Result<std::string> whole = co_await response.Read(bytes_max);
  text = whole.ok() ? *whole : whole.error().DebugString();
}

TEST_F(ClientSessionTest, ReadGivesTheWholeBodyOrRefusesMoreThanItsLimit) {
  std::string text;
  for (const size_t bytes_max : {5, 4}) {
    Fetch& get = GetHead("http://a.test/");
    Run();
    network.wire(0).Send(kHello);
    Run();
    SpawnedTask read(loop, MakeName(loop, Name(), "read"), ReadWhole(*get.response, bytes_max, text));
    Run();
    EXPECT_EQ(text, bytes_max == 5 ? "hello" : "rejected: the body has more than 4 bytes");
  }
  ExpectClean();
}

}  // namespace
}  // namespace client::testing
