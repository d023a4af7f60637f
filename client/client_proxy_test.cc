// Requests through an HTTP proxy: in absolute form, and in a tunnel.

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "client/client_session.h"
#include "client/testing/tls_fixture.h"
#include "client/testing/tls_wire.h"
#include "client/testing/websocket_fixture.h"
#include "gtest/gtest.h"

namespace client {
namespace {

using testing::ClientTlsOptions;
using testing::Fetch;
using testing::kHello;
using testing::Must;
using testing::ServerTlsOptions;
using testing::TlsWire;

constexpr char kOpen[] = "HTTP/1.1 200 Connection established\r\n\r\n";

class ClientProxyTest : public testing::WebSocketFixture {
 protected:
  ClientProxyTest() {
    options.tls = Must(TlsContext::Client(ClientTlsOptions()));
    Through("http://proxy.test:3128");
  }
  ~ClientProxyTest() override {
    Forget();
    for (Fetch& fetch : fetches) fetch.Cancel();
    fetches.clear();
    session_.reset();
  }

  void Through(absl::string_view proxy, absl::string_view no_proxy = "") {
    const Result<ProxySettings> settings = ProxySettings::Everywhere(proxy, no_proxy);
    ASSERT_TRUE(settings.ok());
    options.proxies = *settings;
  }
  std::string TakeWritten(size_t wire) { return std::exchange(network.wire(wire).written, std::string()); }
  TlsWire& Serve(size_t wire) {
    server = std::make_unique<TlsWire>(loop, network.wire(wire), context);
    server->Run();
    return *server;
  }

  std::shared_ptr<TlsContext> context = Must(TlsContext::Server(ServerTlsOptions()));
  std::unique_ptr<TlsWire> server;
};

TEST_F(ClientProxyTest, HttpIsAskedForInAbsoluteForm) {
  Through("http://us%65r:p%40ss@proxy.test:3128");
  Fetch& get = Get("http://a.test:8080/x?y");
  Run();
  EXPECT_EQ(network.wire(0).written,
            "GET http://a.test:8080/x?y HTTP/1.1\r\nHost: a.test:8080\r\n"
            "Proxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n");
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(observer.Count("ConnectionAcquired pool/a.test:8080 via http://proxy.test:3128 "), 1u);
  Get("http://b.test/");
  Run();
  EXPECT_EQ(network.wires(), 2u);
}

TEST_F(ClientProxyTest, WhomNoProxyNamesIsAskedHimself) {
  Through("http://user:secret@proxy.test:3128", "a.test");
  Get("http://a.test/");
  Run();
  EXPECT_EQ(network.wire(0).written, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
}

TEST_F(ClientProxyTest, CredentialsOfTheProxyDoNotFollowARedirectPastIt) {
  Through("http://user:secret@proxy.test:3128", "b.test");
  Get("http://a.test/");
  Run();
  EXPECT_TRUE(absl::StrContains(TakeWritten(0), "Proxy-Authorization"));
  network.wire(0).Send("HTTP/1.1 302 Found\r\nLocation: http://b.test/\r\nContent-Length: 0\r\n\r\n");
  Run();
  EXPECT_EQ(network.wire(1).written, "GET / HTTP/1.1\r\nHost: b.test\r\n\r\n");
}

TEST_F(ClientProxyTest, HttpsGoesThroughATunnel) {
  Through("http://user:secret@proxy.test:3128");
  Fetch& get = Get("https://a.test/");
  Run();
  EXPECT_EQ(TakeWritten(0),
            "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n");
  network.wire(0).Send(kOpen);
  Run();
  TlsWire& behind = Serve(0);
  EXPECT_EQ(behind.received, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
  behind.Send(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  Fetch& again = Get("https://a.test/");
  behind.Run();
  behind.Send(kHello);
  EXPECT_EQ(again.Outcome(), "200 hello");
  EXPECT_EQ(network.wires(), 1u);
  EXPECT_EQ(observer.Count("ConnectionAcquired pool/https://a.test:443 through http://proxy.test:3128 "), 2u);
  ExpectClean();
}

TEST_F(ClientProxyTest, TheAnswerToConnectHoldsAtEverySplit) {
  const std::string answer = "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: x\r\n\r\n";
  for (size_t split = 1; split < answer.size(); ++split) {
    Fetch& get = Get("https://a.test/");
    Run();
    const size_t wire = network.wires() - 1;
    TakeWritten(wire);
    network.wire(wire).Send(answer.substr(0, split));
    Run();
    EXPECT_EQ(network.wire(wire).written, "");
    network.wire(wire).Send(answer.substr(split));
    Run();
    Serve(wire).Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    ASSERT_EQ(get.Outcome(), "200 hello") << split;
  }
}

TEST_F(ClientProxyTest, OtherAnswersToConnectAreErrorsWithTheirHead) {
  Fetch& get = Get("https://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
                       "Content-Length: 4\r\n\r\nsorr");
  Run();
  ASSERT_EQ(get.Outcome(), "rejected");
  EXPECT_EQ(get.error->message(),
            "the proxy http://proxy.test:3128 answered 407 Proxy Authentication Required to CONNECT a.test:443");
  ASSERT_NE(get.error->head(), nullptr);
  EXPECT_EQ(get.error->head()->status, 407);
  EXPECT_EQ(get.error->head()->headers.Get("proxy-authenticate"), "Basic");
  EXPECT_FALSE(network.wire(0).open);
  ExpectClean();
}

TEST_F(ClientProxyTest, AProxyThatBreaksOffIsAnError) {
  Fetch& cut = Get("https://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 20");
  network.wire(0).SendEof();
  Run();
  EXPECT_EQ(cut.error->message(), "the proxy http://proxy.test:3128 closed the connection before it answered CONNECT");
  Fetch& reset = Get("https://a.test/");
  Run();
  network.wire(1).Reset();
  Run();
  EXPECT_EQ(reset.Outcome(), "connect");
  Fetch& garbage = Get("https://a.test/");
  Run();
  network.wire(2).Send("SSH-2.0\r\n");
  Run();
  EXPECT_EQ(garbage.Outcome(), "protocol");
  options.http.head_bytes_max = 100;
  ExpectClean();
}

TEST_F(ClientProxyTest, TheAnswerKeepsTheLimitsOfAnyHead) {
  options.http.head_bytes_max = 100;
  Fetch& get = Get("https://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nX: " + std::string(100, 'x'));
  Run();
  EXPECT_EQ(get.Outcome(), "protocol");
  ExpectClean();
}

TEST_F(ClientProxyTest, ATunnelIsPartOfConnectingAndGivenUpWithIt) {
  options.timeout.sock_connect = absl::Seconds(3);
  Fetch& get = Get("https://a.test/");
  Fetch& other = Get("https://a.test/");
  Run();
  other.Cancel();
  loop.Advance(absl::Seconds(4));
  EXPECT_EQ(get.Outcome(), "timeout (sock_connect)");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientProxyTest, WebSocketsGoThroughATunnel) {
  socket_options.url = "ws://a.test/chat";
  StartConnect();
  EXPECT_EQ(TakeWritten(0), "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n");
  network.wire(0).Send(kOpen);
  Run();
  EXPECT_TRUE(absl::StartsWith(TakeWritten(0), "GET /chat HTTP/1.1\r\nHost: a.test\r\n"));
  network.wire(0).Send(Answer() + Text("hi"));
  Run();
  EXPECT_EQ(operations.back().outcome, "ok");
}

TEST_F(ClientProxyTest, ATunnelMustNotSpeakFirstWhereThereIsNoTls) {
  socket_options.url = "ws://a.test/chat";
  StartConnect();
  network.wire(0).Send(std::string(kOpen) + "HTTP/1.1 101 What for\r\n\r\n");
  Run();
  EXPECT_TRUE(absl::StartsWith(operations.back().outcome, "protocol")) << operations.back().outcome;
}

TEST_F(ClientProxyTest, AProxyMayWantTlsItself) {
  Through("https://[::1]:8443");
  Fetch& get = Get("http://a.test/");
  Run();
  TlsWire& proxy = Serve(0);
  EXPECT_EQ(proxy.received, "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
  proxy.Send(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
}

}  // namespace
}  // namespace client
