#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/client_session.h"
#include "client/testing/client_fixture.h"
#include "client/websocket/frame_codec.h"
#include "client/websocket/websocket.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

// What the client has sent, as messages.
class ServerEnd final : public FrameDecoder::Events {
 public:
  void OnMessage(WebSocketMessage message) override {
    absl::StrAppend(&log, message.type == MessageType::kText ? "text[" : "binary[",
                    message.data.size() < 100 ? std::string(message.text()) : absl::StrCat(message.data.size()), "]");
  }
  void OnPing(Slice payload) override { absl::StrAppend(&log, "ping[", payload.size(), "]"); }
  void OnPong(Slice payload) override { absl::StrAppend(&log, "pong[", payload.view(), "]"); }
  void OnClose(uint16_t code, absl::string_view reason) override {
    absl::StrAppend(&log, "close[", code, reason.empty() ? "" : " ", reason, "]");
  }
  std::string log;
};

// The end of an operation, in words.
struct Operation {
  std::string outcome = "pending";
  absl::optional<SpawnedTask> task;
};

std::string Words(const Result<void>& result) { return result.ok() ? "ok" : result.error().DebugString(); }

Task<> Connect(ClientSession& session, WebSocketOptions options, std::unique_ptr<WebSocket>& socket, std::string& out) {
  Result<std::unique_ptr<WebSocket>> connected = co_await session.ConnectWebSocket(std::move(options));
  if (!connected.ok()) {
    out = connected.error().DebugString();
    co_return;
  }
  socket = *std::move(connected);
  out = "ok";
}

Task<> ReceiveAll(WebSocket& socket, size_t count, std::string& out) {
  out.clear();
  for (size_t i = 0; i < count; ++i) {
    Result<absl::optional<WebSocketMessage>> message = co_await socket.Receive();
    if (!message.ok() || !message->has_value()) {
      absl::StrAppend(&out, message.ok() ? "end" : message.error().DebugString());
      co_return;
    }
    absl::StrAppend(&out, (*message)->data.size() < 100 ? std::string((*message)->text()) : "long", ";");
  }
}

Task<> SendOne(WebSocket& socket, MessageType type, Slice data, std::string& out) {
  const Result<void> sent = co_await socket.Send(type, std::move(data));
  out = Words(sent);
}
Task<> SendMany(WebSocket& socket, MessageType type, std::unique_ptr<BodySource> source, std::string& out) {
  const Result<void> sent = co_await socket.SendStream(type, std::move(source));
  out = Words(sent);
}
Task<> PingOnce(WebSocket& socket, std::string& out) {
  const Result<void> answered = co_await socket.Ping();
  out = Words(answered);
}
Task<> CloseIt(WebSocket& socket, uint16_t code, std::string& out) {
  const Result<void> closed = co_await socket.Close(code, "bye");
  out = Words(closed);
}
Task<> CloseSession(ClientSession& session, std::string& out) {
  co_await session.Close();
  out = "ok";
}

class ScriptedSource final : public BodySource {
 public:
  explicit ScriptedSource(std::vector<Result<Slice>> parts) : parts_(std::move(parts)) {}
  Task<Result<Slice>> Next() override {
    if (next_ == parts_.size()) co_return Slice();
    co_return parts_[next_++];
  }

 private:
  std::vector<Result<Slice>> parts_;
  size_t next_ = 0;
};

class ClientWebSocketTest : public ClientFixture {
 protected:
  static constexpr absl::string_view kAccept = "ICX+Yqv66kxgM0FcWaLWlFLwTAI=";  // of sixteen zeros

  static std::string Answer(absl::string_view more = "") {
    return absl::StrCat("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
                        "Sec-WebSocket-Accept: ", kAccept, "\r\n", more, "\r\n");
  }
  static std::string Frame(FrameOpcode opcode, absl::string_view payload, bool fin = true) {
    return std::string(EncodeFrame(opcode, fin, payload, nullptr).view());
  }
  static std::string Text(absl::string_view text) { return Frame(FrameOpcode::kText, text); }
  static std::string CloseFrame(uint16_t code) { return std::string(EncodeCloseFrame(code, "", nullptr).view()); }

  ~ClientWebSocketTest() override { Forget(); }
  // Destroys operations and socket.
  void Forget() {
    operations.clear();
    socket.reset();
  }
  void ExpectAllClean() {
    Forget();
    ExpectClean();
    EXPECT_EQ(observer.Count("PayloadOpened"), observer.Count("PayloadDestroyed"));
    EXPECT_EQ(observer.Count("PayloadOpened"), observer.Count("PayloadEof") + observer.Count("PayloadError"));
  }

  Operation& Spawn(Task<> task, Operation& operation) {
    const auto number = static_cast<uint32_t>(operations.size());
    operation.task.emplace(loop, MakeName(loop, Name(), "operation", number), std::move(task));
    Run();
    return operation;
  }
  Operation& New() { return operations.emplace_back(); }
  Operation& StartConnect(absl::optional<ClientTimeout> = absl::nullopt) {
    socket_options.name = MakeName(loop, Name(), "chat", ++sockets);
    socket_options.url = "ws://a.test/chat";
    Operation& operation = New();
    return Spawn(Connect(session(), socket_options, socket, operation.outcome), operation);
  }
  // Connects, and answers with the handshake and `more` in one segment.
  void Open(absl::string_view more = "") {
    Operation& connect = StartConnect();
    network.last().Send(absl::StrCat(Answer(), more));
    Run();
    ASSERT_EQ(connect.outcome, "ok");
    network.last().written.clear();
  }
  Operation& Receive(size_t count = 100) {
    Operation& operation = New();
    return Spawn(ReceiveAll(*socket, count, operation.outcome), operation);
  }
  Operation& Send(std::string data, MessageType type = MessageType::kText) {
    Operation& operation = New();
    return Spawn(SendOne(*socket, type, Slice::Copy(data), operation.outcome), operation);
  }
  Operation& Ping() {
    Operation& operation = New();
    return Spawn(PingOnce(*socket, operation.outcome), operation);
  }
  Operation& Close(uint16_t code = kCloseNormal) {
    Operation& operation = New();
    return Spawn(CloseIt(*socket, code, operation.outcome), operation);
  }
  void Peer(absl::string_view bytes) {
    network.last().Send(bytes);
    Run();
  }
  // What the client sent since Open(), as far as it makes whole messages.
  std::string Sent() {
    ServerEnd server;
    FrameDecoder decoder(WebSocketRole::kServer, 1 << 24, server);
    const Result<void> fed = decoder.Feed(Slice::Copy(network.last().written));
    if (!fed.ok()) absl::StrAppend(&server.log, fed.error().message());
    if (decoder.buffered() > 0) absl::StrAppend(&server.log, "+", decoder.buffered());
    return server.log;
  }

  WebSocketOptions socket_options;
  uint32_t sockets = 0;
  std::unique_ptr<WebSocket> socket;
  std::deque<Operation> operations;
};

TEST_F(ClientWebSocketTest, TheAcceptOfTheRfcIsComputed) {
  EXPECT_EQ(WebSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(WebSocketAccept("AAAAAAAAAAAAAAAAAAAAAA=="), kAccept);
}

TEST_F(ClientWebSocketTest, TheHandshakeAsksAndTheConversationGoesBothWays) {
  socket_options.protocols = {"chat.v2", "chat.v1"};
  socket_options.headers.Add("Origin", "http://a.test");
  Operation& connect = StartConnect();
  EXPECT_EQ(network.last().written,
            "GET /chat HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: chat.v2, chat.v1\r\n\r\n");
  network.last().Send(Answer("Sec-WebSocket-Protocol: chat.v1\r\n"));
  Run();
  ASSERT_EQ(connect.outcome, "ok");
  EXPECT_EQ(socket->subprotocol(), "chat.v1");
  network.last().written.clear();
  EXPECT_EQ(Send("hello").outcome, "ok");
  EXPECT_EQ(Send("\xFF", MessageType::kBinary).outcome, "ok");
  EXPECT_EQ(Sent(), "text[hello]binary[\xFF]");
  Peer(Text("how") + Frame(FrameOpcode::kText, "a", false) + Frame(FrameOpcode::kContinuation, "re you"));
  EXPECT_EQ(Receive(2).outcome, "how;are you;");
  EXPECT_EQ(socket->DebugString(), "websocket open: queue 0 messages, 0 bytes; between messages");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, MessagesThatComeWithTheHandshakeOrBeforeItIsSeenAreKept) {
  StartConnect();
  network.last().Send(Answer() + Text("one") + Text("two").substr(0, 3));
  network.last().Send(Text("two").substr(3));
  Run();
  ASSERT_NE(socket, nullptr);
  EXPECT_EQ(Receive(2).outcome, "one;two;");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, HandshakeAndMessagesMayBeCutAnywhere) {
  const std::string all = Answer() + Text("one") + Frame(FrameOpcode::kPing, "?") + Text("two") + CloseFrame(1000);
  for (size_t cut = 1; cut < all.size(); ++cut) {
    SCOPED_TRACE(cut);
    Operation& connect = StartConnect();
    network.last().written.clear();
    network.last().Send(all.substr(0, cut));
    network.last().Send(all.substr(cut));
    Run();
    ASSERT_EQ(connect.outcome, "ok");
    EXPECT_EQ(Receive().outcome, "one;two;end");
    EXPECT_EQ(Sent(), "pong[?]close[1000]");
    Forget();
  }
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, WrongHandshakesAreRefused) {
  const std::string accept = absl::StrCat("Sec-WebSocket-Accept: ", kAccept, "\r\n");
  const std::pair<std::string, std::string> cases[] = {
      {"Connection: Upgrade\r\n" + accept, "no Upgrade: websocket"},
      {"Upgrade: h2c\r\nConnection: Upgrade\r\n" + accept, "no Upgrade: websocket"},
      {"Upgrade: WebSocket\r\n" + accept, "no Connection: upgrade"},
      {"Upgrade: websocket\r\nConnection: upgrade\r\n", "not one Sec-WebSocket-Accept"},
      {"Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n", "the wrong Sec-WebSocket-Accept"},
      {"Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\n" + accept,
       "an extension that was not offered"},
      {"Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Protocol: chat\r\n" + accept,
       "a subprotocol that was not offered"},
  };
  for (const auto& [fields, why] : cases) {
    Operation& connect = StartConnect();
    Peer(absl::StrCat("HTTP/1.1 101 Switching Protocols\r\n", fields, "\r\n"));
    EXPECT_EQ(connect.outcome, absl::StrCat("protocol: bad WebSocket handshake: ", why));
    EXPECT_EQ(network.open(), 0u);
  }
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, AnotherAnswerThan101IsARejection) {
  Operation& forbidden = StartConnect();
  Peer("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(forbidden.outcome, "rejected: the server answered 403, not 101");
  Operation& unfinished = StartConnect();
  Peer("HTTP/1.1 404 Not Found\r\nContent-Length: 200\r\n\r\nno");
  EXPECT_EQ(unfinished.outcome, "rejected: the server answered 404, not 101");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, A101ThatNobodyAskedForIsStillAnError) {
  Fetch& get = Get("http://a.test/");
  Run();
  Peer(Answer());
  EXPECT_EQ(get.Outcome(), "protocol");
  ExpectClean();
}

TEST_F(ClientWebSocketTest, AHandshakeCancelledAtAnyStepLeavesNothing) {
  for (size_t steps = 0; steps < 12; ++steps) {
    SCOPED_TRACE(steps);
    Operation& connect = New();
    socket_options.name = MakeName(loop, Name(), "chat", ++sockets);
    socket_options.url = "ws://a.test/chat";
    connect.task.emplace(loop, MakeName(loop, socket_options.name, "task"),
                         Connect(session(), socket_options, socket, connect.outcome));
    for (size_t i = 0; i < steps; ++i) {
      if (network.wires() > 0 && absl::EndsWith(network.last().written, "\r\n\r\n")) {
        network.last().written.clear();
        network.last().Send(Answer() + Text("hello"));
      }
      loop.Step();
    }
    Forget();
    Run();
    EXPECT_EQ(session().connector().acquired(), 0u);
    ExpectAllClean();
  }
}

TEST_F(ClientWebSocketTest, ThePeersCloseIsTheEndAndIsAnswered) {
  Open();
  Peer(Text("last") + CloseFrame(4001));
  EXPECT_EQ(Receive().outcome, "last;end");
  EXPECT_EQ(socket->close_code(), 4001);
  EXPECT_EQ(Sent(), "close[4001]");
  EXPECT_FALSE(socket->closed());  // the server ends the connection, when it has seen our answer
  EXPECT_EQ(Send("late").outcome, "disconnected: the peer has closed the WebSocket");
  network.last().SendEof();
  Run();
  EXPECT_TRUE(socket->closed());
  EXPECT_EQ(Close().outcome, "ok");
  EXPECT_EQ(observer.Count("RequestEnded chat#1 ok"), 1u);
  EXPECT_EQ(observer.Count("NotClosed"), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, APeerThatClosesAndDoesNotEndTheConnectionIsCutOff) {
  Open(CloseFrame(1000));
  EXPECT_EQ(Receive().outcome, "end");
  loop.Advance(absl::Seconds(9));
  EXPECT_EQ(network.open(), 1u);
  loop.Advance(absl::Seconds(1));
  EXPECT_EQ(network.open(), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, OurCloseWaitsForThePeersAndDropsWhatStillComes) {
  Open();
  Operation& receive = Receive();
  Operation& close = Close(4000);
  EXPECT_EQ(Sent(), "close[4000 bye]");
  EXPECT_EQ(close.outcome, "pending");
  EXPECT_EQ(Send("late").outcome, "usage: the WebSocket is not open");
  Peer(Text("on its way") + CloseFrame(4000));
  EXPECT_EQ(close.outcome, "ok");
  EXPECT_EQ(receive.outcome, "end");
  EXPECT_EQ(network.open(), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ClosingTakesBoundedTimeWhateverThePeerDoes) {
  socket_options.queue = {.low_water = 100, .high_water = 200};
  Open();
  Peer(Text(std::string(300, 'x')));
  EXPECT_TRUE(network.last().paused);  // nobody reads
  Operation& close = Close();
  EXPECT_FALSE(network.last().paused);
  Peer(Text(std::string(300, 'x')));
  EXPECT_FALSE(network.last().paused);
  loop.Advance(absl::Seconds(10));
  EXPECT_EQ(close.outcome, "timeout (close): the peer did not end the connection within 10s");
  EXPECT_EQ(Receive().outcome, "long;timeout (close): the peer did not end the connection within 10s");
  EXPECT_EQ(network.open(), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ACancelledCloseGoesOn) {
  Open();
  Operation& close = Close();
  close.task.reset();
  loop.Advance(absl::Seconds(10));
  EXPECT_TRUE(socket->closed());
  EXPECT_EQ(network.open(), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, AConnectionThatEndsWithoutACloseIsAnErrorForEveryone) {
  for (const bool reset : {false, true}) {
    Open();
    Operation& receive = Receive();
    Operation& ping = Ping();
    reset ? network.last().Reset() : network.last().SendEof();
    Run();
    EXPECT_TRUE(absl::StartsWith(receive.outcome, "disconnected: ")) << receive.outcome;
    EXPECT_EQ(ping.outcome, receive.outcome);
    EXPECT_EQ(Close().outcome, receive.outcome);
    EXPECT_EQ(Send("late").outcome, receive.outcome);
    EXPECT_EQ(socket->close_code(), kCloseAbnormal);
    EXPECT_EQ(network.open(), 0u);
    Forget();
  }
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, AViolationIsAnsweredWithItsCodeAndNothingIsReceivedAfterIt) {
  socket_options.message_bytes_max = 10;
  const std::pair<std::string, std::string> cases[] = {
      {"\x83", "close[1002]"}, {Text("\xFF"), "close[1007]"}, {Text("more than ten"), "close[1009]"}};
  for (const auto& [bytes, answer] : cases) {
    Open();
    Operation& receive = Receive();
    Peer(Text("first") + bytes + (bytes.size() == 1 ? std::string(1, '\0') : ""));
    EXPECT_TRUE(absl::StartsWith(receive.outcome, "first;protocol: bad WebSocket frame: ")) << receive.outcome;
    EXPECT_EQ(Sent(), answer);
    for (int i = 0; i < 100; ++i) Peer(Text("flood"));
    EXPECT_EQ(socket->queue().size(), 0u);
    EXPECT_FALSE(network.last().paused);
    Operation& close = Close();
    network.last().SendEof();
    Run();
    EXPECT_TRUE(absl::StartsWith(close.outcome, "protocol: ")) << close.outcome;
    EXPECT_EQ(observer.Count(absl::StrCat("RequestEnded chat#", sockets, " protocol")), 1u);
    Forget();
  }
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, PingsAreAnsweredTheLastOneWhenThereWasNoRoom) {
  options.socket.write_high = 10;
  Open();
  Peer(Frame(FrameOpcode::kPing, "one"));
  EXPECT_EQ(Sent(), "pong[one]");
  network.last().written.clear();
  network.last().hold_writes = true;
  Operation& send = Send("much too long");
  EXPECT_EQ(send.outcome, "pending");
  for (const absl::string_view ping : {"two", "three", "four"}) Peer(Frame(FrameOpcode::kPing, ping));
  network.last().TakeWrites();
  Run();
  EXPECT_EQ(send.outcome, "ok");
  EXPECT_EQ(Sent(), "text[much too long]pong[four]");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, APongAnswersThePingsBeforeItAndACancelledOneIsNobodys) {
  Open();
  Operation& first = Ping();
  Operation& second = Ping();
  Operation& third = Ping();
  EXPECT_EQ(Sent(), "ping[8]ping[8]ping[8]");
  first.task.reset();
  Peer(Frame(FrameOpcode::kPong, absl::string_view("\0\0\0\0\0\0\0\2", 8)) + Frame(FrameOpcode::kPong, "unasked"));
  EXPECT_EQ(second.outcome, "ok");
  EXPECT_EQ(third.outcome, "pending");
  third.task.reset();
  Peer(Frame(FrameOpcode::kPong, absl::string_view("\0\0\0\0\0\0\0\3", 8)));
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ManualPongsAreTheUsers) {
  socket_options.auto_pong = false;
  Open();
  Peer(Frame(FrameOpcode::kPing, "ping?"));
  EXPECT_EQ(Sent(), "");
  EXPECT_EQ(Receive(1).outcome, "ping?;");
  EXPECT_TRUE(socket->Pong("pong!").ok());
  EXPECT_EQ(Sent(), "pong[pong!]");
  EXPECT_FALSE(socket->Pong(std::string(126, 'x')).ok());
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, AMissedHeartbeatWakesTheReceiver) {
  socket_options.heartbeat = absl::Seconds(20);
  Open();
  Operation& receive = Receive();
  loop.Advance(absl::Seconds(20));
  EXPECT_EQ(Sent(), "ping[8]");
  loop.Advance(absl::Seconds(10));
  EXPECT_EQ(receive.outcome, "timeout (heartbeat): nothing came for 10s after a ping");
  EXPECT_EQ(network.open(), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, AnyByteIsASignOfLife) {
  socket_options.heartbeat = absl::Seconds(20);
  Open();
  const std::string slow = Text(std::string(50, 'x'));
  for (const char c : slow) {
    loop.Advance(absl::Seconds(19));
    Peer(std::string(1, c));
  }
  EXPECT_EQ(Sent(), "");
  loop.Advance(absl::Seconds(20));
  EXPECT_EQ(Sent(), "ping[8]");
  loop.Advance(absl::Seconds(9));
  Peer(Frame(FrameOpcode::kPong, ""));
  loop.Advance(absl::Seconds(19));
  EXPECT_EQ(Sent(), "ping[8]");
  EXPECT_FALSE(socket->closed());
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, TheHeartbeatStandsStillWhileReadingIsPaused) {
  socket_options.heartbeat = absl::Seconds(20);
  socket_options.queue = {.low_water = 100, .high_water = 200};
  Open();
  Peer(Text(std::string(300, 'x')));
  EXPECT_EQ(observer.Count("ReadingPaused pool/connection#1 chat#1/messages"), 1u);
  loop.Advance(absl::Hours(1));
  EXPECT_EQ(Sent(), "");
  Operation& receive = Receive();
  loop.Advance(absl::Seconds(30));
  EXPECT_EQ(receive.outcome, "long;timeout (heartbeat): nothing came for 10s after a ping");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, SendsWaitForRoomAndForTheirTurn) {
  options.socket.write_high = 100;
  socket_options.fragment_bytes = 60;
  Open();
  network.last().hold_writes = true;
  Operation& first = Send(std::string(200, 'x'));
  Operation& second = Send("second");
  Operation& third = Send("third");
  Operation& fourth = Send("fourth");
  second.task.reset();  // while it waits for its turn
  EXPECT_EQ(first.outcome, "pending");
  Peer(Frame(FrameOpcode::kPing, "between"));
  network.last().TakeWrites();
  Run();
  EXPECT_EQ(first.outcome, "ok");
  EXPECT_EQ(third.outcome, "ok");
  EXPECT_EQ(fourth.outcome, "ok");
  EXPECT_EQ(Sent(), "pong[between]text[200]text[third]text[fourth]");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ATurnGivenToASendThatIsCancelledGoesToTheNext) {
  options.socket.write_high = 10;
  Open();
  network.last().hold_writes = true;
  Operation& first = Send("a long message");
  Operation& second = Send("second");
  Operation& third = Send("third");
  first.task.reset();   // hands its turn to the second ...
  second.task.reset();  // ... which is woken and never runs
  network.last().TakeWrites();
  Run();
  EXPECT_EQ(third.outcome, "ok");
  EXPECT_EQ(Sent(), "text[a long message]text[third]");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ASendCancelledInTheMiddleOfAMessageEndsTheConnection) {
  options.socket.write_high = 100;
  socket_options.fragment_bytes = 60;
  Open();
  network.last().hold_writes = true;
  Operation& receive = Receive();
  Operation& send = Send(std::string(500, 'x'));
  Operation& next = Send("next");
  send.task.reset();
  EXPECT_EQ(network.open(), 0u);
  Run();
  EXPECT_EQ(next.outcome, "usage: a send was given up in the middle of a message");
  EXPECT_EQ(receive.outcome, next.outcome);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, AStreamIsOneMessage) {
  Open();
  Operation& send = New();
  std::vector<Result<Slice>> parts = {Slice::Static("he"), Slice::Static("l\xC3"), Slice::Static("\xB6")};
  Spawn(SendMany(*socket, MessageType::kText, std::make_unique<ScriptedSource>(parts), send.outcome), send);
  EXPECT_EQ(send.outcome, "ok");
  EXPECT_EQ(Sent(), "text[helö]");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, AStreamThatFailsEndsTheConnectionOnceItHasBegun) {
  const Result<Slice> failure = ClientError(ErrorKind::kBodySource, "no more");
  const Result<Slice> hello = Slice::Static("hello");
  for (const bool begun : {false, true}) {
    Open();
    Operation& send = New();
    const std::vector<Result<Slice>> parts = begun ? std::vector{hello, failure} : std::vector{failure};
    Spawn(SendMany(*socket, MessageType::kBinary, std::make_unique<ScriptedSource>(parts), send.outcome), send);
    EXPECT_EQ(send.outcome, "body source: no more");
    EXPECT_EQ(network.last().open, !begun);
    Forget();
  }
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, WhatCannotBeSentIsRefusedAndHarmsNothing) {
  Open();
  EXPECT_EQ(Send("\xFF").outcome, "usage: text that is not UTF-8");
  EXPECT_EQ(Send("x", MessageType::kPing).outcome, "usage: neither text nor binary");
  EXPECT_EQ(Close(1005).outcome, "usage: close code 1005");
  EXPECT_EQ(Send("").outcome, "ok");
  EXPECT_EQ(Sent(), "text[]");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ASocketDroppedWithoutClosingLeavesItsConnectionClosed) {
  Open(Text("unread"));
  socket.reset();
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(session().DebugString(), "session: 0 running; connector: 0/10 acquired, 0 idle, 0 waiting");
  EXPECT_EQ(observer.Count("NotClosed chat#1 websocket"), 1u);
  EXPECT_EQ(observer.Count("RequestCancelled chat#1"), 1u);
  EXPECT_EQ(observer.Count("PayloadError chat#1/messages usage"), 1u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ClosingTheSessionNowEndsEverySocketWithAnError) {
  Open(Text("before"));
  Operation& receive = Receive();
  Operation& ping = Ping();
  session().CloseNow();
  Run();
  EXPECT_EQ(receive.outcome, "before;session closed: the session was closed");
  EXPECT_EQ(ping.outcome, "session closed: the session was closed");
  EXPECT_EQ(network.open(), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ASocketOutlivesItsSession) {
  Open(Text("before"));
  session_.reset();
  EXPECT_EQ(Receive().outcome, "before;session closed: the session was closed");
  EXPECT_EQ(Close().outcome, "session closed: the session was closed");
  Forget();
  EXPECT_EQ(loop.armed_timers(), 0u);
}

TEST_F(ClientWebSocketTest, ClosingTheSessionInGoodOrderSaysGoodbye) {
  Open();
  Operation& receive = Receive();
  Operation& close = New();
  Spawn(CloseSession(session(), close.outcome), close);
  EXPECT_EQ(Sent(), "close[1001]");
  EXPECT_EQ(close.outcome, "pending");
  Peer(CloseFrame(1001));
  EXPECT_EQ(close.outcome, "ok");
  EXPECT_EQ(receive.outcome, "end");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, ACancelledReceiveLosesNoMessage) {
  Open();
  Operation& receive = Receive(1);
  network.last().Send(Text("hello"));
  while (socket->queue().size() == 0) ASSERT_TRUE(loop.Step());
  receive.task.reset();
  EXPECT_EQ(Receive(1).outcome, "hello;");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, TheTotalTimeoutIsThatOfTheHandshake) {
  options.timeout.total = absl::Seconds(5);
  Operation& connect = StartConnect();
  loop.Advance(absl::Seconds(5));
  EXPECT_TRUE(absl::StartsWith(connect.outcome, "timeout (total)")) << connect.outcome;
  Open();
  loop.Advance(absl::Hours(1));
  EXPECT_FALSE(socket->closed());
  ExpectAllClean();
}

}  // namespace
}  // namespace client::testing
