#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/client_session.h"
#include "client/testing/websocket_fixture.h"
#include "client/websocket/message_deflate.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

const char kAgreed[] = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

class ClientWebSocketDeflateTest : public WebSocketFixture {
 protected:
  ClientWebSocketDeflateTest() { socket_options.compress.emplace(); }

  // Open(), with compression agreed.
  void OpenDeflated() {
    Operation& connect = StartConnect();
    network.last().Send(Answer(kAgreed));
    Run();
    ASSERT_EQ(connect.outcome, "ok");
    ASSERT_TRUE(socket->compression().has_value());
    network.last().written.clear();
  }
  static std::string Deflated(MessageDeflater& server, absl::string_view text) {
    return std::string(EncodeDeflatedFrame(FrameOpcode::kText, true, server.Deflate(text, true), nullptr).view());
  }
  // What the server understands of what was sent since OpenDeflated().
  std::string Understood() { return Sent(socket->compression()); }

  std::string prose = "it was the best of times, it was the worst of times";
};

TEST_F(ClientWebSocketDeflateTest, TheHandshakeOffersAndTheConversationIsCompressedBothWays) {
  Operation& connect = StartConnect();
  EXPECT_TRUE(absl::StrContains(network.last().written,
                                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"));
  const std::string answer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10\r\n";
  MessageDeflater server{DeflateParameters(), WebSocketRole::kServer};
  const std::string first = Deflated(server, prose);
  network.last().Send(Answer(answer) + first + Text("plain") + Deflated(server, prose));
  network.last().written.clear();
  Run();
  ASSERT_EQ(connect.outcome, "ok");
  EXPECT_EQ(socket->compression()->DebugString(), "permessage-deflate; client_max_window_bits=10");
  EXPECT_EQ(Receive(3).outcome, absl::StrCat(prose, ";plain;", prose, ";"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(prose).outcome, "ok");
  EXPECT_EQ(Send("\xFF", MessageType::kBinary).outcome, "ok");
  EXPECT_EQ(Understood(), absl::StrCat("text[", prose, "]text[", prose, "]text[", prose, "]binary[\xFF]"));
  EXPECT_LT(network.last().written.size(), 2 * prose.size());
  ExpectAllClean();
}

TEST_F(ClientWebSocketDeflateTest, AServerThatDoesNotCompressGetsPlainMessages) {
  Open();
  EXPECT_FALSE(socket->compression().has_value());
  EXPECT_EQ(Send(prose).outcome, "ok");
  EXPECT_EQ(Sent(), absl::StrCat("text[", prose, "]"));
  Operation& receive = Receive();
  MessageDeflater server{DeflateParameters(), WebSocketRole::kServer};
  Peer(Deflated(server, "compressed"));
  EXPECT_EQ(receive.outcome, "protocol: bad WebSocket frame: reserved bits are set");
  ExpectAllClean();
}

TEST_F(ClientWebSocketDeflateTest, AnAnswerThatDoesNotFitTheOfferFailsTheHandshake) {
  socket_options.compress->server_max_window_bits = 10;
  const std::pair<std::string, std::string> cases[] = {
      {"permessage-deflate", "no server_max_window_bits"},
      {"permessage-deflate; server_max_window_bits=11", "too large a server_max_window_bits"},
      {"permessage-deflate; server_max_window_bits=10; level=1", "unknown parameter level"},
      {"permessage-bzip2", "an extension that was not offered"},
  };
  for (const auto& [answer, why] : cases) {
    Operation& connect = StartConnect();
    Peer(Answer(absl::StrCat("Sec-WebSocket-Extensions: ", answer, "\r\n")));
    EXPECT_EQ(connect.outcome, absl::StrCat("protocol: bad WebSocket handshake: ", why));
    EXPECT_EQ(network.open(), 0u);
  }
  ExpectAllClean();
}

TEST_F(ClientWebSocketDeflateTest, FragmentsAreCompressedWithControlFramesInBetween) {
  socket_options.fragment_bytes = 16;
  options.socket.write_high = 10;
  options.socket.write_low = 0;
  OpenDeflated();
  network.last().hold_writes = true;
  Operation& send = Send(prose);
  Operation& ping = Ping();
  EXPECT_EQ(send.outcome, "pending");
  network.last().TakeWrites();
  Run();
  EXPECT_EQ(send.outcome, "ok");
  EXPECT_EQ(SendStream(MessageType::kText, {Slice::Static("a"), Slice::Static("b")}).outcome, "ok");
  EXPECT_EQ(SendStream(MessageType::kText, {}).outcome, "ok");
  EXPECT_EQ(Send("").outcome, "ok");
  EXPECT_EQ(Send(prose).outcome, "ok");
  EXPECT_EQ(Understood(), absl::StrCat("ping[8]text[", prose, "]text[ab]text[]text[]text[", prose, "]"));
  EXPECT_EQ(ping.outcome, "pending");
  ExpectAllClean();
}

// A send that is cancelled has either written what it compressed, or compressed nothing.
TEST_F(ClientWebSocketDeflateTest, ASendCancelledAnywhereSpoilsNothing) {
  options.socket.write_high = 10;
  options.socket.write_low = 0;
  for (size_t steps = 0; steps < 8; ++steps) {
    SCOPED_TRACE(steps);
    OpenDeflated();
    network.last().hold_writes = true;
    EXPECT_EQ(Send("it was the best of times").outcome, "pending");  // there is no room any more
    Operation& waits = Send(prose);
    Operation& cancelled = operations.emplace_back();
    cancelled.task.emplace(loop, MakeName(loop, Name(), "task"), SendText(prose + "!", cancelled.outcome));
    for (size_t i = 0; i < steps; ++i) {
      if (i == 2) network.last().TakeWrites();
      loop.Step();
    }
    cancelled.task.reset();
    network.last().TakeWrites();
    Run();
    EXPECT_EQ(waits.outcome, "ok");
    EXPECT_EQ(Send("and so on").outcome, "ok");
    const std::string first = absl::StrCat("text[it was the best of times]text[", prose, "]");
    const std::string got = Understood();
    EXPECT_TRUE(got == absl::StrCat(first, "text[and so on]") ||
                got == absl::StrCat(first, "text[", prose, "!]text[and so on]"))
        << got;
    Forget();
  }
  ExpectAllClean();
}

TEST_F(ClientWebSocketDeflateTest, BadDataIsAnsweredWithItsCode) {
  socket_options.message_bytes_max = 1000;
  MessageDeflater bomb{DeflateParameters(), WebSocketRole::kServer};
  MessageDeflater bad_text{DeflateParameters(), WebSocketRole::kServer};
  const std::pair<std::string, std::string> cases[] = {
      {std::string("\xC1\x01\x06", 3), "close[1007]"},
      {Deflated(bad_text, "\xFF"), "close[1007]"},
      {Deflated(bomb, std::string(1 << 20, 'x')), "close[1009]"},
      {std::string("\xC9\x00", 2), "close[1002]"},
  };
  for (const auto& [bytes, answer] : cases) {
    OpenDeflated();
    Operation& receive = Receive();
    MessageDeflater server{DeflateParameters(), WebSocketRole::kServer};
    Peer(Text("first") + bytes);
    EXPECT_TRUE(absl::StartsWith(receive.outcome, "first;protocol: bad WebSocket frame: ")) << receive.outcome;
    EXPECT_EQ(Understood(), answer);
    Forget();
  }
  ExpectAllClean();
}

}  // namespace
}  // namespace client::testing
