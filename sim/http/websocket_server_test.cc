// The scripted server's end of a WebSocket, seen by a client that may do what it likes.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/websocket/frame_codec.h"
#include "client/websocket/websocket.h"
#include "gtest/gtest.h"
#include "sim/choice/prng.h"
#include "sim/http/http_server.h"
#include "sim/http/request_id.h"
#include "sim/net/net_testing.h"
#include "sim/world/pattern.h"

namespace sim {
namespace {

using client::FrameOpcode;

constexpr char kKey[] = "dGhlIHNhbXBsZSBub25jZQ==";  // of RFC 6455 section 1.3

class ServerLog final : public ServerObserver {
 public:
  std::string log;

  void ResponseBegan(Name, Name, int status, uint64_t, bool) override { absl::StrAppend(&log, status, " "); }
  void RequestMalformed(Name, uint32_t, absl::string_view why) override { absl::StrAppend(&log, "bad: ", why, " "); }
  void Silent(Name, Name) override { absl::StrAppend(&log, "silent "); }
  void WebSocketAccepted(Name, Name) override { absl::StrAppend(&log, "accepted "); }
  void MessageBegan(Name, Name, bool text, uint64_t bytes) override {
    absl::StrAppend(&log, text ? "text(" : "binary(", bytes, ") ");
  }
  void MessageSent(Name) override { absl::StrAppend(&log, "sent "); }
  void MessageArrived(Name, bool text, absl::string_view bytes) override {
    absl::StrAppend(&log, "got_", text ? "text(" : "binary(", bytes.size(), ") ");
  }
  void PingIgnored(Name) override { absl::StrAppend(&log, "ignored "); }
  void CloseSent(Name, uint16_t code) override { absl::StrAppend(&log, "close(", code, ") "); }
  void CloseArrived(Name, uint16_t code) override { absl::StrAppend(&log, "got_close(", code, ") "); }
  void FramesMalformed(Name, Name, absl::string_view why) override { absl::StrAppend(&log, "malformed: ", why, " "); }
};

class Dice final : public client::Entropy {
 public:
  uint64_t Next() override { return prng_.Next(); }

 private:
  Prng prng_{1};
};

class WebSocketServerTest : public ::testing::Test, private client::ConnectHandler {
 protected:
  WebSocketServerTest() : net_({.offers = {Label::kServerClose}}) { net_.network->StopListening(net_.address); }

  void Connect(WebSocketPlan plan) {
    ResponsePlan response;
    response.is_websocket = true;
    response.websocket = std::move(plan);
    plan_.routes = {{"", {std::move(response)}}};
    server_ = std::make_unique<HttpServer>(net_.world(), plan_, log_, MakeName(net_.loop(), Name(), "server"));
    net_.network->Listen(net_.address, *server_, net_.options);
    const Name name = MakeName(net_.loop(), Name(), "connection", 1);
    const std::unique_ptr<client::Operation> operation = net_.network->Connect(net_.address, net_.options, name, *this);
    net_.RunAll();
    client_.transport->SetProtocol(&client_);
  }
  // Lets everything happen that follows; what came is in `received`.
  void Send(absl::string_view bytes) {
    client_->Write(client::Slice::Copy(bytes));
    net_.RunAll();
  }
  // Connects and asks; what the server says behind its head is in `received`.
  void Open(WebSocketPlan plan) {
    Connect(std::move(plan));
    Send(Handshake());
    const size_t end = client_.received.find("\r\n\r\n");
    ASSERT_NE(end, std::string::npos);
    head_ = client_.received.substr(0, end + 4);
    client_.received.erase(0, end + 4);
  }
  std::string Handshake() const {
    return absl::StrCat("GET / HTTP/1.1\r\nHost: a.test\r\n", kRequestHeader, ": ", FormatRequestId(socket_),
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
                        "Sec-WebSocket-Key: ", kKey, "\r\n\r\n");
  }
  std::string Masked(FrameOpcode opcode, bool fin, absl::string_view payload) {
    return std::string(client::EncodeFrame(opcode, fin, payload, &dice_).view());
  }
  static std::string Plain(FrameOpcode opcode, bool fin, absl::string_view payload) {
    return std::string(client::EncodeFrame(opcode, fin, payload, nullptr).view());
  }
  std::string Close(uint16_t code, client::Entropy* mask) {
    return std::string(client::EncodeCloseFrame(code, "", mask).view());
  }
  std::string Content(bool from_client, uint64_t number, bool text, size_t bytes) const {
    std::string content(bytes, '\0');
    FillMessage(MessageKey(socket_, from_client, number), text, content.data(), bytes);
    return content;
  }

  TestNet net_;
  ServerLog log_;
  OriginPlan plan_;
  std::unique_ptr<HttpServer> server_;
  TestEnd client_;
  Dice dice_;
  std::string head_;
  const Name socket_ = Name().Child("request", 1);

 private:
  void OnConnected(client::Result<std::unique_ptr<client::Transport>> transport) override {
    client_.transport = std::move(transport).value();
  }
};

TEST_F(WebSocketServerTest, AcceptsAHandshakeWithTheAnswerOfItsKey) {
  Open({});
  EXPECT_TRUE(absl::StartsWith(head_, "HTTP/1.1 101 "));
  EXPECT_TRUE(absl::StrContains(head_, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_EQ(log_.log, "accepted ");
}

TEST_F(WebSocketServerTest, AcceptsItWronglyWhereThePlanSaysSo) {
  Open({.wrong_accept = true});
  EXPECT_TRUE(absl::StartsWith(head_, "HTTP/1.1 101 "));
  EXPECT_FALSE(absl::StrContains(head_, client::WebSocketAccept(kKey)));
  EXPECT_EQ(log_.log, "silent ");
}

TEST_F(WebSocketServerTest, AsksOthersToUpgrade) {
  Connect({});
  Send(absl::StrCat("GET / HTTP/1.1\r\nHost: a.test\r\n", kRequestHeader, ": ", FormatRequestId(socket_), "\r\n\r\n"));
  EXPECT_TRUE(absl::StartsWith(client_.received, "HTTP/1.1 426 "));
}

TEST_F(WebSocketServerTest, SendsItsMessagesInFragmentsAndCloses) {
  Open({.messages = 2,
        .message = {.bytes = 5, .type = MessagePlan::Type::kEither},
        .fragment = 3,
        .ending = WebSocketPlan::Ending::kCloses,
        .close_code = 4000});
  const std::string binary = Content(false, 0, false, 5);
  const std::string text = Content(false, 1, true, 5);
  EXPECT_EQ(client_.received, Plain(FrameOpcode::kBinary, false, binary.substr(0, 3)) +
                                  Plain(FrameOpcode::kContinuation, true, binary.substr(3)) +
                                  Plain(FrameOpcode::kText, false, text.substr(0, 3)) +
                                  Plain(FrameOpcode::kContinuation, true, text.substr(3)) + Close(4000, nullptr));
  Send(Close(4000, &dice_));
  EXPECT_EQ(log_.log, "accepted binary(5) sent text(5) sent close(4000) got_close(4000) ");
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(WebSocketServerTest, EchoesAndSaysWhichMessageItWas) {
  Open({.echo = true});
  const std::string first = Content(true, 0, false, 9);
  const std::string third = Content(true, 2, true, 7);  // the second one was given up
  Send(Masked(FrameOpcode::kBinary, false, first.substr(0, 4)));
  Send(Masked(FrameOpcode::kContinuation, true, first.substr(4)));
  Send(Masked(FrameOpcode::kText, true, third));
  EXPECT_EQ(client_.received, Plain(FrameOpcode::kBinary, true, first) + Plain(FrameOpcode::kText, true, third));
  EXPECT_EQ(log_.log, "accepted got_binary(9) binary(9) sent got_text(7) text(7) sent ");
}

TEST_F(WebSocketServerTest, AnswersPingsAndCloses) {
  Open({});
  Send(Masked(FrameOpcode::kPing, true, "hello") + Close(1001, &dice_));
  EXPECT_EQ(client_.received, Plain(FrameOpcode::kPong, true, "hello") + Close(1001, nullptr));
  EXPECT_EQ(log_.log, "accepted got_close(1001) close(1001) ");
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(WebSocketServerTest, AnswersNeitherWhereThePlanSaysSo) {
  Open({.pongs = false, .ignores_close = true});
  Send(Masked(FrameOpcode::kPing, true, "hello"));
  Send(Close(1001, &dice_));
  EXPECT_EQ(client_.received, "");
  EXPECT_EQ(log_.log, "accepted ignored got_close(1001) silent ");
  EXPECT_FALSE(absl::StrContains(client_.log, "eof"));
  server_->Heal();
  net_.RunAll();
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(WebSocketServerTest, HangsUpOrFallsSilentAfterItsMessages) {
  Open({.messages = 1, .ending = WebSocketPlan::Ending::kHangsUp});
  EXPECT_EQ(client_.received, Plain(FrameOpcode::kBinary, true, ""));
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(WebSocketServerTest, WhoStaysGoesAwayOnceTheWorldHasHealed) {
  Open({});
  server_->Heal();
  net_.RunAll();
  EXPECT_EQ(client_.received, Close(1001, nullptr));
}

TEST_F(WebSocketServerTest, HangsUpInsideAFrameWhereTheChoicesSaySo) {
  Connect({.messages = 1, .message = {.bytes = 10}});
  net_.source.answers[Label::kServerClose] = {0, 2};  // for the head, for the frame
  Send(Handshake());
  const std::string frame = Plain(FrameOpcode::kBinary, true, Content(false, 0, false, 10));
  EXPECT_TRUE(absl::EndsWith(client_.received, "\r\n\r\n" + frame.substr(0, frame.size() / 2)));
  EXPECT_EQ(log_.log, "accepted binary(10) ");
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

struct Breach {
  const char* what;
  std::string (*bytes)(Dice& dice);
  const char* why;
};

class WebSocketBreachTest : public WebSocketServerTest, public ::testing::WithParamInterface<Breach> {};

TEST_P(WebSocketBreachTest, IsReportedAndEndsTheConnection) {
  Open({});
  Send(GetParam().bytes(dice_));
  EXPECT_TRUE(absl::StrContains(log_.log, absl::StrCat("malformed: ", GetParam().why))) << log_.log;
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

std::string Frame(Dice& dice, FrameOpcode opcode, bool fin, absl::string_view payload) {
  return std::string(client::EncodeFrame(opcode, fin, payload, &dice).view());
}

const Breach kBreaches[] = {
    {"NoMask", [](Dice&) { return std::string("\x81\x01z"); }, "bad WebSocket frame: an unmasked frame"},
    {"Interleaved",
     [](Dice& dice) {
       return Frame(dice, FrameOpcode::kText, false, "a") + Frame(dice, FrameOpcode::kText, true, "b");
     },
     "bad WebSocket frame: a message inside a message"},
    {"Orphan", [](Dice& dice) { return Frame(dice, FrameOpcode::kContinuation, true, "a"); },
     "bad WebSocket frame: a continuation of nothing"},
    {"NotUtf8", [](Dice& dice) { return Frame(dice, FrameOpcode::kText, true, "\xFF"); },
     "bad WebSocket frame: text that is not UTF-8"},
    {"ReservedBits", [](Dice& dice) { return Frame(dice, FrameOpcode::kText, true, "a").replace(0, 1, "\xC1"); },
     "bad WebSocket frame: reserved bits are set"},
    {"LongPing",
     [](Dice& dice) { return Frame(dice, FrameOpcode::kText, true, std::string(126, 'a')).replace(0, 1, "\x89"); },
     "bad WebSocket frame"},
    {"StrayPong", [](Dice& dice) { return Frame(dice, FrameOpcode::kPong, true, "a"); }, "a pong that answers no ping"},
    {"BehindClose",
     [](Dice& dice) { return Frame(dice, FrameOpcode::kClose, true, "") + Frame(dice, FrameOpcode::kPing, true, ""); },
     "bytes behind a Close frame"},
};

INSTANTIATE_TEST_SUITE_P(All, WebSocketBreachTest, ::testing::ValuesIn(kBreaches),
                         [](const ::testing::TestParamInfo<Breach>& info) { return std::string(info.param.what); });

}  // namespace
}  // namespace sim
