#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/client_session.h"
#include "client/testing/websocket_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

using ClientWebSocketTest = WebSocketFixture;

TEST_F(ClientWebSocketTest, TheAcceptOfTheRfcIsComputed) {
  EXPECT_EQ(WebSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(WebSocketAccept("AAAAAAAAAAAAAAAAAAAAAA=="), kAccept);
}

TEST_F(ClientWebSocketTest, TheHandshakeAsksAndTheConversationGoesBothWays) {
  socket_options.protocols = {"chat.v2", "chat.v1"};
  socket_options.headers.Add("Origin", "http://a.test");
  Operation& connect = StartConnect();
  EXPECT_EQ(network.last().written,
            "GET /chat HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
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
    Operation& connect = operations.emplace_back();
    connect.task.emplace(loop, MakeName(loop, Name(), "task"), Connect(connect.outcome));
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
  const std::vector<Result<Slice>> parts = {Slice::Static("he"), Slice::Static("l\xC3"), Slice::Static("\xB6")};
  Operation& send = SendStream(MessageType::kText, parts);
  EXPECT_EQ(send.outcome, "ok");
  EXPECT_EQ(Sent(), "text[helö]");
  ExpectAllClean();
}

TEST_F(ClientWebSocketTest, AStreamThatFailsEndsTheConnectionOnceItHasBegun) {
  const Result<Slice> failure = ClientError(ErrorKind::kBodySource, "no more");
  const Result<Slice> hello = Slice::Static("hello");
  for (const bool begun : {false, true}) {
    Open();
    Operation& send = SendStream(MessageType::kBinary, begun ? std::vector{hello, failure} : std::vector{failure});
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

TEST_F(ClientWebSocketTest, ACancelledReceiveLosesNoMessage) {
  Open();
  Operation& receive = Receive(1);
  network.last().Send(Text("hello"));
  while (socket->queue().size() == 0) ASSERT_TRUE(loop.Step());
  receive.task.reset();
  EXPECT_EQ(Receive(1).outcome, "hello;");
  ExpectAllClean();
}

}  // namespace
}  // namespace client::testing
