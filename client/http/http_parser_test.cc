#include "client/http/http_parser.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace client {
namespace {

std::string FramingName(const BodyFraming& framing) {
  switch (framing.kind) {
    case BodyFraming::Kind::kNone: return "none";
    case BodyFraming::Kind::kLength: return absl::StrCat(framing.length);
    case BodyFraming::Kind::kChunked: return "chunked";
    case BodyFraming::Kind::kUntilClose: return "close";
  }
  return "?";
}

// Writes down what happens; the pieces of a body are joined, since where they are cut depends on the input's cuts.
class Recorder : public HttpParser::Events {
 public:
  void OnInformational(MessageHead& head) override {
    absl::StrAppend(&log, "interim ", head.status, " {", head.headers.DebugString(), "}\n");
  }
  void OnHead(MessageHead& head) override {
    if (head.status != 0) {
      absl::StrAppend(&log, head.status, " ", head.reason);
    } else {
      absl::StrAppend(&log, head.method, " ", head.target);
    }
    absl::StrAppend(&log, " 1.", head.minor_version, " ", FramingName(head.framing), head.keep_alive ? " keep" : "",
                    head.upgrade ? " upgrade" : "", " {", head.headers.DebugString(), "}\n");
  }
  void OnBody(absl::string_view part) override {
    EXPECT_FALSE(part.empty());
    EXPECT_GE(part.data(), input.data());
    EXPECT_LE(part.data() + part.size(), input.data() + input.size());
    body.append(part.data(), part.size());
  }
  void OnTrailers(Headers& trailers) override { absl::StrAppend(&log, "trailers {", trailers.DebugString(), "}\n"); }
  void OnMessageComplete() override { absl::StrAppend(&log, "end\n"); }

  std::string log;
  std::string body;
  absl::string_view input;  // of the current Feed()
};

struct Message {
  HttpParser::Mode mode = HttpParser::Mode::kResponse;
  std::string input;
  bool head_request = false;
  bool eof = false;  // the connection ends behind the input
  HttpLimits limits;
};

// Feeds the pieces between `cuts`, and returns all that happened as text.
std::string Parse(const Message& message, const std::vector<size_t>& cuts) {
  Recorder recorder;
  HttpParser parser(message.mode, message.limits, recorder);
  parser.StartMessage(message.head_request);
  std::string outcome;
  size_t consumed = 0;
  for (size_t i = 0; i <= cuts.size() && !parser.complete() && outcome.empty(); ++i) {
    const size_t start = i == 0 ? 0 : cuts[i - 1];
    const size_t end = i == cuts.size() ? message.input.size() : cuts[i];
    // In memory of its own, so that a sanitizer sees a read beyond it.
    const std::vector<char> piece(message.input.begin() + static_cast<std::ptrdiff_t>(start),
                                  message.input.begin() + static_cast<std::ptrdiff_t>(end));
    recorder.input = absl::string_view(piece.data(), piece.size());
    const Result<size_t> used = parser.Feed(recorder.input);
    if (!used.ok()) {
      outcome = used.error().DebugString();
    } else {
      consumed += *used;
      EXPECT_TRUE(parser.complete() || *used == recorder.input.size());
    }
  }
  if (outcome.empty() && message.eof) {
    const Result<void> ended = parser.FeedEof();
    if (!ended.ok()) outcome = ended.error().DebugString();
  }
  if (outcome.empty()) outcome = absl::StrCat("rest ", message.input.size() - consumed);
  if (!recorder.body.empty()) absl::StrAppend(&recorder.log, "body ", recorder.body, "\n");
  return recorder.log + outcome;
}

std::vector<size_t> EveryByte(size_t size) {
  std::vector<size_t> cuts;
  for (size_t i = 1; i < size; ++i) cuts.push_back(i);
  return cuts;
}

// Whole, byte by byte, cut at every point and, if it is short, at every two points: the same events.
void ExpectEvents(const Message& message, const std::string& want) {
  SCOPED_TRACE(message.input);
  const size_t size = message.input.size();
  EXPECT_EQ(Parse(message, {}), want);
  EXPECT_EQ(Parse(message, EveryByte(size)), want) << "byte by byte";
  for (size_t a = 0; a <= size; ++a) ASSERT_EQ(Parse(message, {a}), want) << "cut at " << a;
  if (size >= 120) return;
  for (size_t a = 0; a <= size; ++a) {
    for (size_t b = a; b <= size; ++b) ASSERT_EQ(Parse(message, {a, b}), want) << "cut at " << a << " and " << b;
  }
}

Message Response(std::string input) { return Message{.input = std::move(input), .limits = {}}; }
Message ResponseToHead(std::string input) { return {.input = std::move(input), .head_request = true, .limits = {}}; }
Message ResponseAndEof(std::string input) { return Message{.input = std::move(input), .eof = true, .limits = {}}; }
Message Request(std::string input) {
  return Message{.mode = HttpParser::Mode::kRequest, .input = std::move(input), .limits = {}};
}

TEST(HttpParserTest, ALengthFramesABodyAndLeavesTheRest) {
  ExpectEvents(Response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA:  b c \t\r\n\r\nhelloHTTP"),
               "200 OK 1.1 5 keep {Content-Length: 5; A: b c}\nend\nbody hello\nrest 4");
}

TEST(HttpParserTest, ALengthOfZeroEndsWithTheHead) {
  ExpectEvents(Response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nX"),
               "200 OK 1.1 0 keep {Content-Length: 0}\nend\nrest 1");
}

TEST(HttpParserTest, ChunksAreUnwrapped) {
  ExpectEvents(Response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nrest"),
               "200 OK 1.1 chunked keep {Transfer-Encoding: chunked}\nend\nbody hello!\nrest 4");
}

TEST(HttpParserTest, ChunkExtensionsAreSkipped) {
  ExpectEvents(Response("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;c=\"d\";a=b\r\nhello\r\n0;x\r\n\r\n"),
               "200 OK 1.1 chunked keep {Transfer-Encoding: Chunked}\nend\nbody hello\nrest 0");
}

TEST(HttpParserTest, TrailersComeBeforeTheEnd) {
  ExpectEvents(Response("HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\nT: v\r\nU:\r\n\r\n"),
               "200 O 1.1 chunked keep {Transfer-Encoding: chunked}\n"
               "trailers {T: v; U: }\nend\nbody 01234\nrest 0");
}

TEST(HttpParserTest, WithoutFramingTheBodyEndsWithTheConnection) {
  ExpectEvents(ResponseAndEof("HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello"),
               "200 OK 1.1 close {A: b}\nend\nbody hello\nrest 0");
}

TEST(HttpParserTest, ResponsesWithoutABodyEndWithTheHead) {
  ExpectEvents(ResponseToHead("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
               "200 OK 1.1 none keep {Content-Length: 5}\nend\nrest 0");
  ExpectEvents(ResponseToHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nX"),
               "200 OK 1.1 none keep {Transfer-Encoding: chunked}\nend\nrest 1");
  ExpectEvents(ResponseToHead("HTTP/1.1 200 OK\r\n\r\n"), "200 OK 1.1 none keep {}\nend\nrest 0");
  ExpectEvents(Response("HTTP/1.1 204 No Content\r\n\r\n"), "204 No Content 1.1 none keep {}\nend\nrest 0");
  ExpectEvents(Response("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/"),
               "304 Not Modified 1.1 none keep {Content-Length: 5}\nend\nrest 5");
}

TEST(HttpParserTest, InterimResponsesAreEventsOfTheirOwn) {
  ExpectEvents(Response("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 Early\r\nL: x\r\n\r\nHTTP/1.1 204 N\r\nA: b\r\n\r\n"),
               "interim 100 {}\ninterim 103 {L: x}\n204 N 1.1 none keep {A: b}\nend\nrest 0");
}

TEST(HttpParserTest, SwitchingProtocolsLeavesTheRestToTheOtherProtocol) {
  ExpectEvents(Response("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nHTTP/frames"),
               "101 S 1.1 none keep upgrade {Upgrade: websocket; Connection: Upgrade}\nend\nrest 11");
  ExpectEvents(Response("HTTP/1.1 101 S\r\n\r\nframes"), "101 S 1.1 none keep upgrade {}\nend\nrest 6");
}

TEST(HttpParserTest, TheReasonMayBeMissing) {
  ExpectEvents(Response("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
               "200  1.1 0 keep {Content-Length: 0}\nend\nrest 0");
  ExpectEvents(Response("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
               "200  1.1 0 keep {Content-Length: 0}\nend\nrest 0");
}

TEST(HttpParserTest, KeepAliveIsWhatVersionAndConnectionSay) {
  ExpectEvents(Response("HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 0\r\n\r\n"),
               "200 OK 1.1 0 {Connection: foo, Close; Content-Length: 0}\nend\nrest 0");
  ExpectEvents(Response("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
               "200 OK 1.0 0 {Content-Length: 0}\nend\nrest 0");
  ExpectEvents(Response("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"),
               "200 OK 1.0 0 keep {Content-Length: 0; Connection: keep-alive}\nend\nrest 0");
  ExpectEvents(Response("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"),
               "200 OK 1.0 0 {Content-Length: 0; Connection: keep-alive; Connection: close}\nend\nrest 0");
}

TEST(HttpParserTest, RequestsAreParsedByTheSameClass) {
  ExpectEvents(Request("GET /a?b=c HTTP/1.1\r\nHost: a.test\r\n\r\nGET"),
               "GET /a?b=c 1.1 none keep {Host: a.test}\nend\nrest 3");
  ExpectEvents(Request("\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"),
               "POST / 1.1 2 keep {Host: a; Content-Length: 2}\nend\nbody hi\nrest 0");
  ExpectEvents(Request("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
               "PUT / 1.1 chunked keep {Host: a; Transfer-Encoding: chunked}\nend\nbody hi\nrest 0");
  ExpectEvents(Request("GET / HTTP/1.0\r\nConnection: close\r\n\r\n"),
               "GET / 1.0 none {Connection: close}\nend\nrest 0");
  ExpectEvents(Request("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes"),
               "GET / 1.1 none keep upgrade {Connection: Upgrade; Upgrade: websocket}\nend\nrest 6");
}

TEST(HttpParserTest, AmbiguousFramingIsRefused) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const char* fields : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: -5\r\n",
           "Content-Length: 5 5\r\n",
           "Content-Length: 0x5\r\n",
           "Content-Length:\r\n",
           "Content-Length: 18446744073709551616\r\n",
           "Content-Length: 18446744073709551615\r\n",
           "Transfer-Encoding: gzip\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked, chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: \"chunked\"\r\n",
           "Transfer-Encoding:\r\n",
       }) {
    Message message = Response(ok + fields + "\r\nhello");
    SCOPED_TRACE(message.input);
    const std::string whole = Parse(message, {});
    EXPECT_EQ(whole.substr(0, 14), "protocol: bad ") << whole;
    ExpectEvents(message, whole);
  }
  const std::string old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  ExpectEvents(Response(old), "protocol: bad response: a transfer coding in HTTP/1.0");
}

TEST(HttpParserTest, MalformedHeadsAreRefused) {
  for (const std::string& input : {
           std::string("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA: b\r\n\tfolded\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA: \r\n folded\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA:\r\n folded\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\n A: b\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\n: b\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA B: c\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", 27),
           std::string("HTTP/1.1 200 OK\r\nA: b\x7f\r\n\r\n"),
           std::string("HTTP/1.1 200 O\x01K\r\n\r\n"),
           std::string("HTTP/1.1 20 OK\r\n\r\n"),
           std::string("HTTP/1.1 2000 OK\r\n\r\n"),
           std::string("HTTP/1.1 099 OK\r\n\r\n"),
           std::string("HTTP/1.1  200 OK\r\n\r\n"),
           std::string("HTTP/0.9 200 OK\r\n\r\n"),
           std::string("HTTP/2.0 200 OK\r\n\r\n"),
           std::string("HTTP/1.2 200 OK\r\n\r\n"),
           std::string("http/1.1 200 OK\r\n\r\n"),
           std::string("\r\nHTTP/1.1 200 OK\r\n\r\n"),
           std::string("ICY 200 OK\r\n\r\n"),
           std::string("garbage"),
       }) {
    Message message = Response(input);
    message.eof = true;
    SCOPED_TRACE(input);
    const std::string whole = Parse(message, {});
    EXPECT_EQ(whole.substr(0, 14), "protocol: bad ") << whole;
    ExpectEvents(message, whole);
  }
}

// llhttp takes it even in strict mode, as RFC 9112 section 2.2 allows a recipient to.
TEST(HttpParserTest, ABareLineFeedMayEndTheStatusLine) {
  ExpectEvents(Response("HTTP/1.1 204 N\nA: b\r\n\r\n"), "204 N 1.1 none keep {A: b}\nend\nrest 0");
}

TEST(HttpParserTest, MalformedChunksAreRefusedAfterWhatCameBefore) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {
           "5\r\nhelloXX0\r\n\r\n",
           "5\r\nhello\n0\r\n\r\n",
           "5\nhello\r\n0\r\n\r\n",
           "5 \r\nhello\r\n0\r\n\r\n",
           "g\r\n",
           "-1\r\n",
           "\r\n",
           ";a=b\r\n",
           "10000000000000000\r\n",
           "ffffffffffffffff\r\n",
           "5;a=\"\r\n\"\r\nhello\r\n",
           "5\r\nhello\r\n0\r\nT : v\r\n\r\n",
           "5\r\nhello\r\n0\r\nT: v\r\n w\r\n\r\n",
           "5\r\nhello\r\n0\r\nX\r\n",
       }) {
    Message message = Response(head + body);
    SCOPED_TRACE(body);
    const std::string whole = Parse(message, {});
    EXPECT_NE(whole.find("protocol: bad response: "), std::string::npos) << whole;
    EXPECT_EQ(whole.find("end\n"), std::string::npos) << whole;
    ExpectEvents(message, whole);
  }
}

TEST(HttpParserTest, MalformedRequestsAreRefused) {
  for (const char* input : {
           "GET /\r\n\r\n",
           "GET / HTTP/1.1 \r\n\r\n",
           "GET  / HTTP/1.1\r\n\r\n",
           "GET /  HTTP/1.1\r\n\r\n",
           "GET /a b HTTP/1.1\r\n\r\n",
           "GET /\xc3\xa4 HTTP/1.1\r\n\r\n",
           "FROB / HTTP/1.1\r\n\r\n",
           "get / HTTP/1.1\r\n\r\n",
           "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
           "GET / HTTP/2.0\r\n\r\n",
           "GET / HTTP/0.9\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       }) {
    Message message = Request(input);
    SCOPED_TRACE(input);
    const std::string whole = Parse(message, {});
    EXPECT_EQ(whole.substr(0, 22), "protocol: bad request:") << whole;
    ExpectEvents(message, whole);
  }
}

// Cuts a message everywhere and closes the connection there: never a clean end.
TEST(HttpParserTest, ACutMessageIsNeverComplete) {
  for (const std::string& input : {
           std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n"),
           std::string("HTTP/1.1 204 N\r\n\r\n"),
           std::string("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\n\r\n"),
       }) {
    for (size_t size = 1; size < input.size(); ++size) {
      const std::string outcome = Parse(ResponseAndEof(input.substr(0, size)), {});
      SCOPED_TRACE(absl::StrCat(input, " cut at ", size, ": ", outcome));
      EXPECT_EQ(outcome.find("end\n"), std::string::npos);
      EXPECT_NE(outcome.find("disconnected: "), std::string::npos);
      ExpectEvents(ResponseAndEof(input.substr(0, size)), outcome);
    }
    EXPECT_NE(Parse(ResponseAndEof(input), {}).find("end\n"), std::string::npos) << input;
  }
}

TEST(HttpParserTest, ACutBodySaysHowMuchOfItCame) {
  Recorder recorder;
  HttpParser parser(HttpParser::Mode::kResponse, HttpLimits(), recorder);
  recorder.input = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel";
  ASSERT_TRUE(parser.Feed(recorder.input).ok());
  const Result<void> ended = parser.FeedEof();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind(), ErrorKind::kDisconnected);
  EXPECT_EQ(ended.error().bytes_received(), 3);
  EXPECT_EQ(ended.error().bytes_expected(), 5);
  EXPECT_FALSE(parser.keep_alive());
}

TEST(HttpParserTest, AnEndBetweenMessagesIsNoError) {
  Recorder recorder;
  HttpParser parser(HttpParser::Mode::kRequest, HttpLimits(), recorder);
  EXPECT_TRUE(parser.at_message_boundary());
  ASSERT_TRUE(parser.Feed("\r\n").ok());
  EXPECT_TRUE(parser.at_message_boundary());
  EXPECT_TRUE(parser.FeedEof().ok());
  EXPECT_EQ(recorder.log, "");
}

TEST(HttpParserTest, ErrorsAreSticky) {
  Recorder recorder;
  HttpParser parser(HttpParser::Mode::kResponse, HttpLimits(), recorder);
  const std::string message = parser.Feed("garbage").error().DebugString();
  EXPECT_EQ(parser.Feed("HTTP/1.1 204 N\r\n\r\n").error().DebugString(), message);
  EXPECT_EQ(parser.FeedEof().error().DebugString(), message);
  EXPECT_EQ(recorder.log, "");
}

TEST(HttpParserTest, PipelinedMessagesAreParsedOneByOne) {
  Recorder recorder;
  HttpParser parser(HttpParser::Mode::kRequest, HttpLimits(), recorder);
  const std::string text =
      "POST /1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
      "GET /2 HTTP/1.1\r\nConnection: close\r\n\r\n"
      "GET /3 HTTP/1.1\r\n\r\n";
  recorder.input = text;
  for (int i = 0; i < 3; ++i) {
    const Result<size_t> used = parser.Feed(recorder.input);
    ASSERT_TRUE(used.ok());
    ASSERT_TRUE(parser.complete());
    recorder.input.remove_prefix(*used);
    parser.StartMessage(false);
  }
  EXPECT_EQ(recorder.input, "");
  EXPECT_EQ(recorder.log,
            "POST /1 1.1 2 keep {Content-Length: 2}\nend\n"
            "GET /2 1.1 none {Connection: close}\nend\n"
            "GET /3 1.1 none keep {}\nend\n");
}

std::string Repeat(const std::string& text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(HttpParserLimitsTest, HeadBytes) {
  Message message = Response("HTTP/1.1 204 N\r\nA: bcd\r\n\r\n");
  message.limits.head_bytes_max = message.input.size();
  ExpectEvents(message, "204 N 1.1 none keep {A: bcd}\nend\nrest 0");
  --message.limits.head_bytes_max;
  ExpectEvents(message, "protocol: bad response: the head or the trailers are too long");
}

TEST(HttpParserLimitsTest, HeadBytesOfEachInterimResponse) {
  Message message = Response("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\nA: bcd\r\n\r\n");
  message.limits.head_bytes_max = 26;
  ExpectEvents(message, "interim 100 {}\n204 N 1.1 none keep {A: bcd}\nend\nrest 0");
  message.limits.head_bytes_max = 25;
  ExpectEvents(message, "interim 100 {}\nprotocol: bad response: the head or the trailers are too long");
}

TEST(HttpParserLimitsTest, TrailerBytes) {
  Message message =
      Response("HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: " + Repeat("v", 60) + "\r\n\r\n");
  message.limits.head_bytes_max = 67;
  ExpectEvents(message, "200 O 1.1 chunked keep {Transfer-Encoding: chunked}\ntrailers {T: " + Repeat("v", 60) +
                            "}\nend\nrest 0");
  message.limits.head_bytes_max = 66;
  ExpectEvents(message, "200 O 1.1 chunked keep {Transfer-Encoding: chunked}\n"
                        "protocol: bad response: the head or the trailers are too long");
}

TEST(HttpParserLimitsTest, HeaderCountIncludesTrailers) {
  Message message = Response("HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n0\r\nT: v\r\n\r\n");
  message.limits.header_count_max = 3;
  ExpectEvents(message, "200 O 1.1 chunked keep {Transfer-Encoding: chunked; A: b}\ntrailers {T: v}\nend\nrest 0");
  message.limits.header_count_max = 2;
  ExpectEvents(message, "200 O 1.1 chunked keep {Transfer-Encoding: chunked; A: b}\n"
                        "protocol: bad response: too many fields");
  message.limits.header_count_max = 1;
  ExpectEvents(message, "protocol: bad response: too many fields");
}

TEST(HttpParserLimitsTest, StartLine) {
  Message response = Response("HTTP/1.1 204 Reason\r\n\r\n");
  response.limits.start_line_max = 6;
  ExpectEvents(response, "204 Reason 1.1 none keep {}\nend\nrest 0");
  response.limits.start_line_max = 5;
  ExpectEvents(response, "protocol: bad response: the start line is too long");
  Message request = Request("GET /abcd HTTP/1.1\r\n\r\n");
  request.limits.start_line_max = 5;
  ExpectEvents(request, "GET /abcd 1.1 none keep {}\nend\nrest 0");
  request.limits.start_line_max = 4;
  ExpectEvents(request, "protocol: bad request: the start line is too long");
}

TEST(HttpParserLimitsTest, ChunkLine) {
  const std::string head = "HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string parsed = "200 O 1.1 chunked keep {Transfer-Encoding: chunked}\n";
  Message message = Response(head + "00002\r\nhi\r\n1;a=b\r\n!\r\n0;a=b\r\n\r\n");
  message.limits.chunk_line_max = 7;
  ExpectEvents(message, parsed + "end\nbody hi!\nrest 0");
  message.input = head + "000002\r\nhi\r\n";
  ExpectEvents(message, parsed + "protocol: bad response: the line of a chunk's size is too long");
  message.input = head + "2\r\nhi\r\n1;a=bc\r\n!\r\n";
  ExpectEvents(message, parsed + "body hi\nprotocol: bad response: the line of a chunk's size is too long");
  message.input = head + "2\r\nhi\r\n0;a=bc\r\n\r\n";
  ExpectEvents(message, parsed + "body hi\nprotocol: bad response: the line of a chunk's size is too long");
}

TEST(HttpParserLimitsTest, InterimResponses) {
  Message message = Response(Repeat("HTTP/1.1 100 C\r\n\r\n", 3) + "HTTP/1.1 204 N\r\n\r\n");
  message.limits.informational_max = 3;
  ExpectEvents(message, Repeat("interim 100 {}\n", 3) + "204 N 1.1 none keep {}\nend\nrest 0");
  message.limits.informational_max = 2;
  ExpectEvents(message, Repeat("interim 100 {}\n", 2) + "protocol: bad response: too many interim responses");
}

TEST(HttpParserTest, MovingTheHeadersOutDoesNotDisturbTheNextMessage) {
  class Taker : public Recorder {
   public:
    void OnHead(MessageHead& head) override {
      Recorder::OnHead(head);
      taken = std::move(head.headers);
    }
    Headers taken;
  };
  Taker taker;
  HttpParser parser(HttpParser::Mode::kResponse, HttpLimits(), taker);
  ASSERT_TRUE(parser.Feed("HTTP/1.1 204 N\r\nA: b\r\n\r\n").ok());
  parser.StartMessage(false);
  ASSERT_TRUE(parser.Feed("HTTP/1.1 204 N\r\nC: d\r\n\r\n").ok());
  EXPECT_EQ(taker.log, "204 N 1.1 none keep {A: b}\nend\n204 N 1.1 none keep {C: d}\nend\n");
  EXPECT_EQ(taker.taken.DebugString(), "C: d");
}

}  // namespace
}  // namespace client
