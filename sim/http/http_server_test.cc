#include "sim/http/http_server.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/http/content_encoder.h"
#include "sim/http/request_id.h"
#include "sim/net/net_testing.h"
#include "sim/world/pattern.h"

namespace sim {
namespace {

// What the server says, as a text.
class ServerLog final : public ServerObserver {
 public:
  std::string log;

  void RequestBegan(Name, uint32_t ordinal) override { absl::StrAppend(&log, "began(", ordinal, ") "); }
  void RequestHead(Name, uint32_t, Name) override { absl::StrAppend(&log, "head "); }
  void RequestBody(Name, Name request, uint64_t offset, absl::string_view bytes) override {
    absl::StrAppend(&log, "body(", offset, ",", bytes.size(), ") ");
    if (MatchPattern(request, offset, bytes) != bytes.size()) absl::StrAppend(&log, "WRONG ");
  }
  void RequestComplete(Name, Name, uint64_t bytes) override { absl::StrAppend(&log, "complete(", bytes, ") "); }
  void RequestMalformed(Name, uint32_t ordinal, absl::string_view why) override {
    absl::StrAppend(&log, "malformed(", ordinal, ": ", why, ") ");
  }
  void ResponseEncoded(Name, Name, uint64_t plain_bytes) override {
    absl::StrAppend(&log, "encoded(", plain_bytes, ") ");
  }
  void ResponseBegan(Name, Name, int status, uint64_t bytes, bool until_close) override {
    absl::StrAppend(&log, status, "(", bytes, until_close ? ",until_close) " : ") ");
  }
  void ResponseComplete(Name, Name) override { absl::StrAppend(&log, "sent "); }
  void Silent(Name, Name) override { absl::StrAppend(&log, "silent "); }
};

class HttpServerTest : public ::testing::Test, private client::ConnectHandler {
 protected:
  HttpServerTest() : net_({.offers = {Label::kServerClose, Label::kServerPace}}) {
    net_.network->StopListening(net_.address);
  }

  // Connects to a server with one response.
  void Serve(ResponsePlan response) { ServeAll({{"", {std::move(response)}}}); }
  void ServeAll(std::vector<RoutePlan> routes) {
    plan_.routes = std::move(routes);
    server_ = std::make_unique<HttpServer>(net_.world(), plan_, log_, MakeName(net_.loop(), Name(), "server"));
    net_.network->Listen(net_.address, *server_, net_.options);
    Connect();
  }
  void Connect() {
    const Name name = MakeName(net_.loop(), Name(), "connection", ++connections_);
    const std::unique_ptr<client::Operation> operation = net_.network->Connect(net_.address, net_.options, name, *this);
    net_.RunAll();
    client_.transport->SetProtocol(&client_);
  }
  // Sends bytes, and lets everything happen that follows.
  void Send(const std::string& bytes) {
    client_->Write(client::Slice::Copy(bytes));
    net_.RunAll();
  }
  std::string Request(absl::string_view line, absl::string_view more = "") const {
    return absl::StrCat(line, " HTTP/1.1\r\nHost: a.test\r\n", kRequestHeader, ": ", FormatRequestId(request_), "\r\n",
                        more, "\r\n");
  }
  std::string Pattern(uint64_t bytes, uint64_t offset = 0) const {
    std::string text(bytes, '\0');
    FillPattern(request_, offset, text.data(), bytes);
    return text;
  }

  TestNet net_;
  ServerLog log_;
  OriginPlan plan_;
  std::unique_ptr<HttpServer> server_;
  TestEnd client_;
  const Name request_ = Name().Child("request", 1);

 private:
  void OnConnected(client::Result<std::unique_ptr<client::Transport>> transport) override {
    client_.transport = std::move(transport).value();
  }
  uint32_t connections_ = 0;
};

TEST_F(HttpServerTest, AnswersWithTheLengthAndThePatternOfTheRequest) {
  Serve({.body = 5});
  Send(Request("GET /"));
  EXPECT_EQ(client_.received, absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Pattern(5)));
  EXPECT_EQ(log_.log, "began(1) head complete(0) 200(5) sent ");
}

TEST_F(HttpServerTest, UnderstandsTheAbsoluteFormForItself) {
  plan_.host = "a.test";
  ServeAll({{"/x", {{.body = 5}}}});
  Send(Request("GET http://a.test/x"));
  EXPECT_EQ(log_.log, "began(1) head complete(0) 200(5) sent ");
  log_.log.clear();
  Send(Request("GET /x"));
  EXPECT_EQ(log_.log, "began(2) malformed(2: a request for /x, in another form) ");
  for (const char* target : {"http://b.test/x", "http://a.test:81/x", "http://a.test.b/x", "http://a.test"}) {
    log_.log.clear();
    Connect();
    Send(Request(absl::StrCat("GET ", target)));
    EXPECT_TRUE(absl::StartsWith(log_.log, absl::StrCat("began(1) malformed(1: a request for ", target))) << log_.log;
  }
}

TEST_F(HttpServerTest, CutsABodyIntoChunksAndEndsItWithTrailers) {
  Serve({.body = 5, .framing = ResponsePlan::Framing::kChunked, .chunk = 3, .trailers = {{"x-end", "yes"}}});
  Send(Request("GET /"));
  EXPECT_EQ(client_.received, absl::StrCat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n", Pattern(3),
                                           "\r\n2\r\n", Pattern(2, 3), "\r\n0\r\nx-end: yes\r\n\r\n"));
}

TEST_F(HttpServerTest, EncodesABodyForWhoeverAcceptsIt) {
  Serve({.body = 100'000, .encoding = ResponsePlan::Encoding::kGzip});
  Send(Request("GET /", "Accept-Encoding: gzip, deflate\r\n"));
  const std::string encoded = EncodePattern(ResponsePlan::Encoding::kGzip, request_, 100'000);
  EXPECT_LT(encoded.size(), 3000u);
  EXPECT_EQ(client_.received, absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", encoded.size(),
                                           "\r\nContent-Encoding: gzip\r\n\r\n", encoded));
  EXPECT_EQ(log_.log, absl::StrCat("began(1) head complete(0) encoded(100000) 200(", encoded.size(), ") sent "));
}

TEST_F(HttpServerTest, EncodesNothingUnasked) {
  Serve({.body = 5, .encoding = ResponsePlan::Encoding::kGzip});
  Send(Request("GET /"));
  EXPECT_EQ(client_.received, absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Pattern(5)));
  EXPECT_EQ(log_.log, "began(1) head complete(0) 200(5) sent ");
}

TEST_F(HttpServerTest, EndsABodyWithTheConnectionWhereThePlanSaysSo) {
  Serve({.body = 4, .framing = ResponsePlan::Framing::kUntilClose});
  Send(Request("GET /"));
  EXPECT_EQ(client_.received, absl::StrCat("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", Pattern(4)));
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
  EXPECT_EQ(log_.log, "began(1) head complete(0) 200(4,until_close) sent ");
}

TEST_F(HttpServerTest, SendsNoBodyToHead) {
  Serve({.body = 5});
  Send(Request("HEAD /"));
  EXPECT_EQ(client_.received, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
}

TEST_F(HttpServerTest, ReportsTheBodyOfARequestByItsPlace) {
  Serve({.status = 204});
  Send(Request("PUT /", "Content-Length: 6\r\n") + Pattern(4));
  Send(Pattern(2, 4));
  EXPECT_EQ(log_.log, "began(1) head body(0,4) body(4,2) complete(6) 204(0) sent ");
  EXPECT_EQ(client_.received, "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_F(HttpServerTest, ServesOneRequestAfterTheOther) {
  ServeAll({{"/a", {{.status = 201}, {.status = 202}}}, {"", {{.status = 203}}}});
  for (const char* path : {"GET /a", "GET /b", "GET /a", "GET /a"}) Send(Request(path));
  EXPECT_EQ(log_.log,
            "began(1) head complete(0) 201(0) sent began(2) head complete(0) 203(0) sent "
            "began(3) head complete(0) 202(0) sent began(4) head complete(0) 202(0) sent ");
}

TEST_F(HttpServerTest, RefusesBytesBehindARequestThatWasNotAnswered) {
  Serve({.before_head_ns = 1'000'000'000});
  Send(Request("GET /") + Request("GET /"));
  EXPECT_EQ(log_.log,
            "began(1) head complete(0) malformed(1: bytes behind a request that was not answered yet) ");
  EXPECT_EQ(client_.received, "");
}

TEST_F(HttpServerTest, RefusesWhatIsNoRequest) {
  Serve({});
  Send("what is this\r\n\r\n");
  EXPECT_TRUE(absl::StartsWith(log_.log, "began(1) malformed(1: ")) << log_.log;
  EXPECT_TRUE(absl::StrContains(client_.log, "eof")) << client_.log;
}

TEST_F(HttpServerTest, RefusesARequestForAnotherHostOrPort) {
  plan_.host = "a.test";
  plan_.port = 8080;
  Serve({.body = 5});
  Send(Request("GET /"));
  EXPECT_EQ(log_.log, "began(1) malformed(1: a request for a.test at a.test:8080) ");
}

TEST_F(HttpServerTest, RefusesARequestThatDoesNotSayWhichOneItIs) {
  Serve({});
  Send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
  EXPECT_EQ(log_.log, "began(1) malformed(1: a request without x-wavetank-request) ");
}

TEST_F(HttpServerTest, RefusesARequestBehindALastResponse) {
  Serve({.connection_close = true});
  Send(Request("GET /"));
  Send(Request("GET /"));
  EXPECT_EQ(log_.log,
            "began(1) head complete(0) 200(0) sent began(2) malformed(2: a request behind a last response) ");
}

TEST_F(HttpServerTest, AnswersBeforeTheBodyOfTheRequestWhereThePlanSaysSo) {
  Serve({.status = 413, .early = true});
  Send(Request("PUT /", "Content-Length: 6\r\n"));
  EXPECT_EQ(log_.log, "began(1) head 413(0) sent ");
  Send(Pattern(6));
  Send(Request("GET /"));
  EXPECT_EQ(log_.log,
            "began(1) head 413(0) sent body(0,6) complete(6) began(2) head complete(0) 413(0) sent ");
}

TEST_F(HttpServerTest, SendsInterimResponsesBeforeTheHead) {
  Serve({.informational = {103}});
  Send(Request("GET /"));
  EXPECT_TRUE(absl::StartsWith(client_.received, "HTTP/1.1 103 \r\nLink: </of-an-interim-response>; rel=preload\r\n\r\n"
                                                 "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"))
      << client_.received;
}

TEST_F(HttpServerTest, StaysSilentUntilItIsHealed) {
  Serve({.body = 10, .silent = ResponsePlan::Silent::kAfterBytes, .silent_after_bytes = 4});
  Send(Request("GET /"));
  EXPECT_EQ(client_.received, absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", Pattern(4)));
  EXPECT_EQ(log_.log, "began(1) head complete(0) 200(10) silent ");
  server_->Heal();
  net_.RunAll();
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(HttpServerTest, ClosesWhereTheChoicesSaySo) {
  net_.source.answers[Label::kServerClose] = {0, 0, 1};
  Serve({.body = 10, .chunk = 4});
  Send(Request("GET /"));
  EXPECT_EQ(client_.received, absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", Pattern(4)));
  EXPECT_EQ(log_.log, "began(1) head complete(0) 200(10) ");
}

TEST_F(HttpServerTest, ClosesBehindTheHeadWhereTheChoicesSaySo) {
  net_.source.answers[Label::kServerClose] = {2};
  Serve({.body = 10});
  Send(Request("GET /"));
  EXPECT_EQ(client_.received, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
}

TEST_F(HttpServerTest, PausesBetweenPieces) {
  Serve({.body = 6, .piece_delay_ns = 1'000'000'000, .pieces = 3});
  Send(Request("GET /"));
  EXPECT_EQ(net_.world().elapsed_ns(), 2'000'000'000);
  EXPECT_TRUE(absl::EndsWith(client_.received, Pattern(6)));
}

TEST_F(HttpServerTest, WaitsForRoomToWrite) {
  Serve({.body = 1'000'000, .chunk = 10'000});
  client_.log_bytes = false;
  client_->PauseReading();
  Send(Request("GET /"));
  EXPECT_EQ(log_.log, "began(1) head complete(0) 200(1000000) ");
  client_->ResumeReading();
  net_.RunAll();
  EXPECT_EQ(log_.log, "began(1) head complete(0) 200(1000000) sent ");
  EXPECT_TRUE(absl::EndsWith(client_.received, Pattern(1'000'000)));
}

TEST_F(HttpServerTest, ForgetsAConnectionThatIsGone) {
  Serve({.body = 5});
  EXPECT_EQ(server_->connections(), 1u);
  client_.transport.reset();
  net_.RunAll();
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpServerTest, ClosesAnIdleConnectionAfterItsTime) {
  plan_.idle_timeout_ns = 3'000'000'000;
  Serve({.body = 5});
  Send(Request("GET /"));
  EXPECT_EQ(net_.world().elapsed_ns(), 3'000'000'000);
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(HttpServerTest, SaysWhyItClosesAnIdleConnectionWhereThePlanSaysSo) {
  plan_.idle_timeout_ns = 3'000'000'000;
  plan_.says_timeout = true;
  Serve({.body = 5});
  Send(Request("GET /"));
  EXPECT_TRUE(absl::StrContains(client_.received, "HTTP/1.1 408 Request Timeout\r\nConnection: close"));
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(HttpServerTest, HangsUpInsteadOfAnsweringWhereThePlanSaysSo) {
  Serve({.body = 5, .hangs_up = true});
  Send(Request("GET /"));
  EXPECT_EQ(client_.received, "");
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(HttpServerTest, SendsAStrayResponseBehindTheRightOneAndCloses) {
  Serve({.body = 5, .stray = true});
  Send(Request("GET /"));
  EXPECT_TRUE(absl::StrContains(client_.received, "HTTP/1.1 200 OK"));
  EXPECT_TRUE(absl::StrContains(client_.received, "HTTP/1.1 408 Request Timeout"));
}

}  // namespace
}  // namespace sim
