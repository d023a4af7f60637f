#include "sim/http/proxy_server.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/http/request_id.h"
#include "sim/net/net_testing.h"
#include "sim/world/pattern.h"

namespace sim {
namespace {

constexpr char kOpen[] = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr char kAsk[] = "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n";

// What the laws are told of the wire: of which connections, and of how many bytes at each end.
class Books final : public WireObserver {
 public:
  std::string log;  // "proxied received(server) tunnelled(10.0.0.1:80) "
  size_t sent[2] = {0, 0};
  size_t received[2] = {0, 0};
  std::vector<Name> opened;
  int strange = 0;  // events of connections that were not opened

  void SocketOpened(Name connection, absl::string_view) override { opened.push_back(connection); }
  void SocketConnected(Name connection) override { Event(connection, ""); }
  void SocketFailed(Name connection, absl::string_view) override { Event(connection, "failed "); }
  void SocketClosed(Name connection) override { Event(connection, "closed "); }
  void LookupStarted(Name, absl::string_view) override { log += "lookup "; }
  void LookupEnded(Name) override { log += "answered "; }
  void ReadingPaused(Name connection) override { Event(connection, "paused "); }
  void ReadingResumed(Name connection) override { Event(connection, "resumed "); }
  void BytesSent(Name connection, End from, absl::string_view bytes) override {
    Event(connection, "");
    sent[static_cast<size_t>(from)] += bytes.size();
  }
  void BytesReceived(Name connection, End to, absl::string_view bytes) override {
    Event(connection, "");
    received[static_cast<size_t>(to)] += bytes.size();
  }
  void FinReceived(Name connection, End to) override {
    Event(connection, to == End::kClient ? "fin " : "fin(server) ");
  }
  void Reset(Name connection, End) override { Event(connection, "reset "); }
  void LossReported(Name connection, End to) override {
    Event(connection, to == End::kClient ? "lost " : "lost(server) ");
  }
  void Proxied(Name connection) override { Event(connection, "proxied "); }
  void Tunnelled(Name connection, absl::string_view host_port) override {
    Event(connection, absl::StrCat("tunnelled(", host_port, ") "));
  }

 private:
  void Event(Name connection, absl::string_view what) {
    if (std::find(opened.begin(), opened.end(), connection) == opened.end()) ++strange;
    absl::StrAppend(&log, what);
  }
};

class Said final : public ServerObserver {
 public:
  std::string log;
  Name connection;  // of which the last was said

  void RequestHead(Name name, uint32_t ordinal, Name) override { Say(name, absl::StrCat("head(", ordinal, ") ")); }
  void RequestMalformed(Name name, uint32_t, absl::string_view why) override {
    Say(name, absl::StrCat("malformed(", why, ") "));
  }
  void ResponseBegan(Name name, Name, int status, uint64_t, bool) override { Say(name, absl::StrCat(status, " ")); }
  void Silent(Name name, Name) override { Say(name, "silent "); }

 private:
  void Say(Name name, absl::string_view what) {
    connection = name;
    absl::StrAppend(&log, what);
  }
};

// Whoever is behind a tunnel.
struct Destination final : public Acceptor {
  void Accept(std::unique_ptr<client::Transport> transport, Name, Name client_connection) override {
    client = client_connection;
    end.Use(std::move(transport));
  }
  Name client;
  TestEnd end;
};

class ProxyServerTest : public ::testing::Test, private client::ConnectHandler {
 protected:
  ProxyServerTest()
      : net_({.offers = {Label::kServerClose, Label::kServerPace, Label::kConnectOutcome, Label::kDnsAnswer}}),
        tap_(books_),
        network_(net_.world(), tap_, {}) {
    plan_.connects = {{}};
    origin_.host = "a.test";
    origin_.routes = {{"/x", {{.body = 5}}}, {"/y", {{.body = 3}}}};
    tap_.AddAddress("10.0.1.1:3128");
    network_.AddHost("a.test", {"10.0.0.1"});
  }
  ~ProxyServerTest() override {
    client_.transport.reset();
    destination_.end.transport.reset();
    net_.RunAll();
    if (proxy_ != nullptr) EXPECT_EQ(proxy_->connections(), 0u);
    if (server_ != nullptr) EXPECT_EQ(server_->connections(), 0u);
    EXPECT_EQ(books_.strange, 0);
    EXPECT_EQ(client_.faults, "");
  }

  void Serve() {
    server_ = std::make_unique<HttpServer>(net_.world(), origin_, said_, MakeName(net_.loop(), Name(), "server"));
    behind_ = std::make_unique<BehindProxies>(tap_, *server_);
    Start(*behind_);
  }
  void Tunnel() {
    destination_.end.log_bytes = client_.log_bytes = false;
    behind_ = std::make_unique<BehindProxies>(tap_, destination_);
    Start(*behind_);
    Send(kAsk);
  }
  void Start(Acceptor& behind) {
    network_.Listen({"10.0.0.1", 80}, behind, net_.options);
    StartAlone();
  }
  void StartAlone() {
    const Name name = MakeName(net_.loop(), Name(), "proxy");
    proxy_ = std::make_unique<ProxyServer>(net_.world(), network_, plan_, said_, tap_, name);
    network_.Listen({"10.0.1.1", 3128}, *proxy_, net_.options);
    Connect();
  }
  void Connect() {
    client_.lost = destination_.end.lost = false;
    const Name name = MakeName(net_.loop(), Name(), "connection", static_cast<uint32_t>(books_.opened.size()) + 1);
    const std::unique_ptr<client::Operation> operation =
        network_.Connect({"10.0.1.1", 3128}, net_.options, name, *this);
    net_.RunAll();
  }
  void Send(const std::string& bytes) {
    client_->Write(client::Slice::Copy(bytes));
    net_.RunAll();
  }
  std::string Request(absl::string_view line) const {
    return absl::StrCat(line, " HTTP/1.1\r\nHost: a.test\r\n", kRequestHeader, ": ", FormatRequestId(request_),
                        "\r\n\r\n");
  }
  std::string Pattern(uint64_t bytes) const {
    std::string text(bytes, '\0');
    FillPattern(request_, 0, text.data(), bytes);
    return text;
  }

  TestNet net_;
  Books books_;
  ProxyTap tap_;
  SimNetwork network_;
  Said said_;
  OriginPlan origin_;
  ProxyPlan plan_;
  Destination destination_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<BehindProxies> behind_;
  std::unique_ptr<ProxyServer> proxy_;
  TestEnd client_;
  const Name request_ = Name().Child("request", 1);

 private:
  void OnConnected(client::Result<std::unique_ptr<client::Transport>> transport) override {
    client_.Use(std::move(transport).value());
  }
};

TEST_F(ProxyServerTest, RequestsInAbsoluteFormAreForwardedAsTheyCome) {
  Serve();
  Send(Request("GET http://a.test/x"));
  EXPECT_EQ(client_.received, absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Pattern(5)));
  Send(Request("GET http://a.test/y"));
  EXPECT_TRUE(absl::EndsWith(client_.received, absl::StrCat("Content-Length: 3\r\n\r\n", Pattern(3))));
  EXPECT_EQ(said_.log, "head(1) 200 head(2) 200 ");
  EXPECT_EQ(said_.connection, books_.opened[0]);
}

TEST_F(ProxyServerTest, TheBooksAreThoseOfOneConnection) {
  Serve();
  const std::string request = Request("GET http://a.test/x");
  Send(request);
  EXPECT_EQ(books_.opened.size(), 1u);
  EXPECT_EQ(books_.sent[0], request.size());
  EXPECT_EQ(books_.received[1], request.size());
  EXPECT_EQ(books_.sent[1], client_.received.size());
  EXPECT_EQ(books_.received[0], client_.received.size());
  EXPECT_EQ(books_.log, "proxied ");  // no lookup, no leg
}

TEST_F(ProxyServerTest, ATunnelHandsOnWhateverComes) {
  Tunnel();
  EXPECT_EQ(client_.received, kOpen);
  EXPECT_EQ(destination_.client, books_.opened[0]);
  Send("hello");
  EXPECT_EQ(destination_.end.received, "hello");
  destination_.end->Write(client::Slice::Static("welcome"));
  net_.RunAll();
  EXPECT_EQ(client_.received, absl::StrCat(kOpen, "welcome"));
}

TEST_F(ProxyServerTest, OfATunnelOnlyTheRequestCounts) {
  Tunnel();
  Send("hello");
  destination_.end->Write(client::Slice::Static("welcome"));
  net_.RunAll();
  EXPECT_EQ(books_.sent[0], sizeof(kAsk) - 1 + 5);
  EXPECT_EQ(books_.received[1], sizeof(kAsk) - 1 + 5);
  EXPECT_EQ(books_.sent[1], 7u);
  EXPECT_EQ(books_.received[0], 7u);
  EXPECT_EQ(books_.log, "proxied tunnelled(10.0.0.1:80) ");
}

TEST_F(ProxyServerTest, WhatComesBehindAConnectGoesThroughTheTunnel) {
  behind_ = std::make_unique<BehindProxies>(tap_, destination_);
  Start(*behind_);
  const std::string ask = kAsk;
  Send(ask.substr(0, 11));
  EXPECT_EQ(client_.received, "");
  Send(ask.substr(11) + "hello");
  EXPECT_EQ(client_.received, kOpen);
  EXPECT_EQ(destination_.end.received, "hello");
}

TEST_F(ProxyServerTest, AnEndOfOneSideIsHandedOnAndTheOtherGoesOn) {
  Tunnel();
  client_->WriteEof();
  net_.RunAll();
  EXPECT_EQ(destination_.end.log, "eof ");
  destination_.end->Write(client::Slice::Static("bye"));
  net_.RunAll();
  EXPECT_EQ(client_.received, absl::StrCat(kOpen, "bye"));
  destination_.end->WriteEof();
  net_.RunAll();
  EXPECT_TRUE(absl::EndsWith(client_.log, "eof "));
  EXPECT_EQ(proxy_->connections(), 0u);
}

TEST_F(ProxyServerTest, ALossOfEitherSideIsAResetForTheOther) {
  Tunnel();
  network_.Abort(*destination_.end.transport);
  net_.RunAll();
  EXPECT_TRUE(absl::EndsWith(client_.log, "lost(connection reset by peer) ")) << client_.log;
  EXPECT_TRUE(absl::StrContains(books_.log, "reset "));
  Connect();
  Send(kAsk);
  network_.Abort(*client_.transport);
  net_.RunAll();
  EXPECT_TRUE(absl::EndsWith(destination_.end.log, "lost(connection reset by peer) ")) << destination_.end.log;
}

TEST_F(ProxyServerTest, WhoDoesNotReadStopsWhoWrites) {
  plan_.buffer = 4096;
  Tunnel();
  destination_.end->PauseReading();
  const std::string much = Pattern(1'000'000);
  for (size_t at = 0; at < much.size(); at += 10'000) client_->Write(client::Slice::Copy(much.substr(at, 10'000)));
  net_.RunAll();
  // Two send buffers and two windows, the proxy's buffer and a read: the rest is still the client's.
  const size_t most = 4 * (size_t{64} << 10) + plan_.buffer + (size_t{64} << 10);
  EXPECT_GE(client_->unsent_bytes(), much.size() - most);
  EXPECT_TRUE(client_->writing_paused());
  destination_.end->ResumeReading();
  net_.RunAll();
  EXPECT_EQ(destination_.end.received, much);
}

TEST_F(ProxyServerTest, ConnectIsAnsweredAsThePlanSaysTurnByTurn) {
  plan_.connects = {{.status = 407}, {.status = 403, .before_ns = 2'000'000'000}, {.hangs_up = true}};
  Tunnel();
  EXPECT_EQ(client_.received,
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(absl::EndsWith(client_.log, "eof "));
  for (const char* answer : {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "", ""}) {
    client_.received.clear();
    Connect();
    Send(kAsk);
    EXPECT_EQ(client_.received, answer);
    EXPECT_EQ(net_.world().elapsed_ns(), 2'000'000'000);
  }
  EXPECT_EQ(books_.received[0] + books_.sent[1], 0u);
  EXPECT_EQ(destination_.client, Name());  // nobody was asked
}

TEST_F(ProxyServerTest, ASilentProxyIsSilentUntilTheWorldHeals) {
  plan_.connects = {{.silent = true}};
  Tunnel();
  EXPECT_EQ(said_.log, "silent ");
  EXPECT_EQ(client_.log, "");
  proxy_->Heal();
  net_.RunAll();
  EXPECT_EQ(client_.log, "eof ");
}

TEST_F(ProxyServerTest, TheChoicesHangUpBeforeAndInsideOfTheAnswer) {
  net_.source.answers[Label::kServerClose] = {1, 2};
  Tunnel();
  EXPECT_EQ(client_.log, "eof ");
  Connect();
  Send(kAsk);
  EXPECT_EQ(client_.received, std::string(kOpen).substr(0, (sizeof(kOpen) - 1) / 2));
  EXPECT_TRUE(absl::EndsWith(client_.log, "eof "));
}

TEST_F(ProxyServerTest, WhatCannotBeReachedIsA502InEitherForm) {
  StartAlone();  // nobody listens
  Send(kAsk);
  EXPECT_TRUE(absl::StartsWith(client_.received, "HTTP/1.1 502 Bad Gateway\r\n"));
  client_.received.clear();
  Connect();
  const std::string request = Request("GET http://a.test/x");
  Send(request);
  EXPECT_TRUE(absl::StartsWith(client_.received, "HTTP/1.1 502 ")) << client_.received;
  EXPECT_TRUE(absl::EndsWith(client_.log, "eof "));
  EXPECT_EQ(said_.log, "head(1) 502 ");  // it is the server itself
  EXPECT_EQ(said_.connection, books_.opened[1]);
  EXPECT_EQ(books_.received[1], sizeof(kAsk) - 1 + request.size());
  client_.received.clear();
  Connect();
  Send("CONNECT b.test:80 HTTP/1.1\r\nHost: b.test:80\r\n\r\n");
  EXPECT_TRUE(absl::StartsWith(client_.received, "HTTP/1.1 502 Bad Gateway\r\n"));
}

TEST_F(ProxyServerTest, AddressesAreTriedInTheirOrder) {
  network_.AddHost("a.test", {"10.9.9.9", "10.0.0.1"});
  Serve();
  Send(Request("GET http://a.test/x"));
  EXPECT_TRUE(absl::StartsWith(client_.received, "HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(books_.log, "proxied ");
}

TEST_F(ProxyServerTest, ALegThatNeverConnectsIsGivenUpWhenTheWorldHeals) {
  net_.source.answers[Label::kConnectOutcome] = {0, 3};
  Serve();
  Send(Request("GET http://a.test/x"));
  EXPECT_EQ(client_.log, "");
  network_.Heal();
  net_.RunAll();
  EXPECT_TRUE(absl::StartsWith(client_.received, "HTTP/1.1 502 "));
}

TEST_F(ProxyServerTest, WhatIsNeitherFormIsMalformed) {
  Serve();
  const struct {
    std::string request;
    const char* why;
  } kCases[] = {
      {Request("GET /x"), "a request for /x at a proxy, which is not http:// and in absolute form"},
      {Request("GET https://a.test/x"),
       "a request for https://a.test/x at a proxy, which is not http:// and in absolute form"},
      {"GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
       "an upgrade for http://a.test/x at a proxy, without a tunnel"},
      {"CONNECT a.test HTTP/1.1\r\nHost: a.test\r\n\r\n", "CONNECT to a.test, which is no host and port"},
      {"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\n\r\n", "CONNECT to a.test:80 with another Host"},
  };
  for (const auto& wrong : kCases) {
    said_.log.clear();
    Send(wrong.request);
    EXPECT_EQ(said_.log, absl::StrCat("malformed(", wrong.why, ") "));
    EXPECT_TRUE(absl::EndsWith(client_.log, "eof "));
    Connect();
  }
  Send("SSH-2.0\r\n");
  EXPECT_TRUE(absl::StrContains(said_.log, "malformed("));
}

}  // namespace
}  // namespace sim
