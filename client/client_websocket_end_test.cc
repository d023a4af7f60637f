#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/client_session.h"
#include "client/testing/websocket_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

using ClientWebSocketEndTest = WebSocketFixture;

TEST_F(ClientWebSocketEndTest, ThePeersCloseIsTheEndAndIsAnswered) {
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

TEST_F(ClientWebSocketEndTest, APeerThatClosesAndDoesNotEndTheConnectionIsCutOff) {
  Open(CloseFrame(1000));
  EXPECT_EQ(Receive().outcome, "end");
  loop.Advance(absl::Seconds(9));
  EXPECT_EQ(network.open(), 1u);
  loop.Advance(absl::Seconds(1));
  EXPECT_EQ(network.open(), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketEndTest, OurCloseWaitsForThePeersAndDropsWhatStillComes) {
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

TEST_F(ClientWebSocketEndTest, ClosingTakesBoundedTimeWhateverThePeerDoes) {
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

TEST_F(ClientWebSocketEndTest, ACancelledCloseGoesOn) {
  Open();
  Operation& close = Close();
  close.task.reset();
  loop.Advance(absl::Seconds(10));
  EXPECT_TRUE(socket->closed());
  EXPECT_EQ(network.open(), 0u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketEndTest, AConnectionThatEndsWithoutACloseIsAnErrorForEveryone) {
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

TEST_F(ClientWebSocketEndTest, AViolationIsAnsweredWithItsCodeAndNothingIsReceivedAfterIt) {
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

TEST_F(ClientWebSocketEndTest, AMissedHeartbeatWakesTheReceiver) {
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

TEST_F(ClientWebSocketEndTest, AnyByteIsASignOfLife) {
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

TEST_F(ClientWebSocketEndTest, TheHeartbeatStandsStillWhileReadingIsPaused) {
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

TEST_F(ClientWebSocketEndTest, ASocketDroppedWithoutClosingLeavesItsConnectionClosed) {
  Open(Text("unread"));
  socket.reset();
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(session().DebugString(), "session: 0 running; connector: 0/10 acquired, 0 idle, 0 waiting");
  EXPECT_EQ(observer.Count("NotClosed chat#1 websocket"), 1u);
  EXPECT_EQ(observer.Count("RequestCancelled chat#1"), 1u);
  EXPECT_EQ(observer.Count("PayloadError chat#1/messages usage"), 1u);
  ExpectAllClean();
}

TEST_F(ClientWebSocketEndTest, ClosingTheSessionNowEndsEverySocketWithAnError) {
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

TEST_F(ClientWebSocketEndTest, ASocketOutlivesItsSession) {
  Open(Text("before"));
  session_.reset();
  EXPECT_EQ(Receive().outcome, "before;session closed: the session was closed");
  EXPECT_EQ(Close().outcome, "session closed: the session was closed");
  Forget();
  EXPECT_EQ(loop.armed_timers(), 0u);
}

TEST_F(ClientWebSocketEndTest, ClosingTheSessionInGoodOrderSaysGoodbye) {
  Open();
  Operation& receive = Receive();
  Operation& close = CloseSession();
  EXPECT_EQ(Sent(), "close[1001]");
  EXPECT_EQ(close.outcome, "pending");
  Peer(CloseFrame(1001));
  EXPECT_EQ(close.outcome, "ok");
  EXPECT_EQ(receive.outcome, "end");
  ExpectAllClean();
}

TEST_F(ClientWebSocketEndTest, TheTotalTimeoutIsThatOfTheHandshake) {
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
