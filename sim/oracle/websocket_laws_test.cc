// What the laws say of WebSockets: each is fed what is right, and what violates it.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/async/task_group.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle_testing.h"

namespace sim {
namespace {

using client::ClientError;
using client::ErrorKind;
using client::TimeoutKind;

constexpr int64_t kSecond = 1'000'000'000;

std::string Frame(char first, const std::string& payload) {
  std::string frame(1, first);
  if (payload.size() < 126) return frame + static_cast<char>(payload.size()) + payload;
  frame += static_cast<char>(126);
  frame += static_cast<char>(payload.size() >> 8);
  frame += static_cast<char>(payload.size() & 0xFF);
  return frame + payload;
}
std::string Binary(const std::string& payload) { return Frame('\x82', payload); }
const std::string& Close1000() {
  static const std::string* const close = new std::string("\x88\x02\x03\xE8", 4);
  return *close;
}

client::Task<> WaitFor(client::Signal& signal, client::WaitReason reason) { co_await signal.Wait(reason); }

// A user whose WebSocket a server has accepted.
class Talking {
 public:
  ~Talking() { tasks.CancelAll(); }
  explicit Talking(LawId law, const SocketTerms& terms = SocketTerms{}, const Limits& limits = Limits{})
      : on(law, limits) {
    task = on.Task("user");
    socket = on.Start(task, "WEBSOCKET", 0);
    ledger().WebSocketPlanned(socket, terms);
    c = on.Connection(1);
    on.Open(c);
    on.Lease(c, socket);
    on.Send(c);
    on.Arrive(c, socket);
    ledger().WebSocketAccepted(c, socket);
    ledger().ResponseComplete(c, socket);
    FromServer("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    ledger().HeadReceived(c, socket, 101);
    messages = on.Named(socket, "messages");
    ledger().PayloadOpened(c, socket, messages);
  }
  Ledger& ledger() { return on.ledger(); }

  void FromServer(const std::string& bytes) {
    ledger().BytesSent(c, End::kServer, bytes);
    ledger().BytesReceived(c, End::kClient, bytes);
  }
  std::string Content(bool from_client, uint64_t number, size_t bytes) const {
    std::string content(bytes, '\0');
    FillMessage(MessageKey(socket, from_client, number), false, content.data(), bytes);
    return content;
  }
  // A binary message of the server's, handed to the client in full.
  void ServerSends(size_t bytes) {
    ledger().MessageBegan(socket, MessageKey(socket, false, sent), false, bytes);
    ledger().MessageSent(socket);
    FromServer(Binary(Content(false, sent++, bytes)));
  }
  void Receive(uint64_t number, size_t bytes) {
    ledger().MessageReceived(socket, false, Content(false, number, bytes));
  }
  void Give(size_t bytes, bool accepted) {
    const Name key = MessageKey(socket, true, given++);
    ledger().MessageGiven(socket, key, false, bytes);
    if (accepted) ledger().MessageAccepted(socket, key);
  }
  void Arrive(uint64_t number, size_t bytes) { ledger().MessageArrived(socket, false, Content(true, number, bytes)); }
  void Pass(int64_t ns) {
    Timer timer(on.loop(), on.Named(Name(), "clock"), TimerKind::kSleep, [](void*) {}, nullptr);
    timer.PostAt(on.loop().Now() + absl::Nanoseconds(ns));
    while (timer.pending()) {
      if (on.loop().ready() > 0) {
        on.loop().Step();
      } else {
        on.loop().Advance();
      }
    }
  }

  // A task waits, by the words of the client.
  void Waits(Name who, const char* what, Name what_of) {
    signals.push_back(std::make_unique<client::Signal>());
    tasks.Spawn(who, WaitFor(*signals.back(), client::WaitReason{what, what_of}));
    while (on.loop().ready() > 0) on.loop().Step();
  }

  OracleWorld on;
  std::vector<std::unique_ptr<client::Signal>> signals;
  client::TaskGroup tasks{on.loop(), Name()};
  Name task, socket, c, messages;
  uint64_t sent = 0;
  uint64_t given = 0;
};

TEST(ExactBodyOfMessages, AllOfThemInOrderAreRight) {
  Talking t(LawId::kExactBody);
  t.ServerSends(100);
  t.ServerSends(0);
  t.Receive(0, 100);
  t.Receive(1, 0);
  t.FromServer(Close1000());
  t.ledger().MessagesEnded(t.socket, 1000);
  EXPECT_EQ(t.on.reason(), "");
}

TEST(ExactBodyOfMessages, OneThatIsLostIsSeenWithTheNext) {
  Talking t(LawId::kExactBody);
  t.ServerSends(100);
  t.ServerSends(50);
  t.Receive(1, 50);
  EXPECT_EQ(t.on.reason(), "message 1 of user/WEBSOCKET (binary, 100 bytes) was received as binary of 50 bytes, wrong "
                           "from byte 0 on");
}

TEST(ExactBodyOfMessages, OneThatIsLostIsSeenAtTheEnd) {
  for (const bool closing : {false, true}) {
    Talking t(LawId::kExactBody);
    t.ServerSends(100);
    if (closing) t.ledger().ClosingStarted(t.socket);
    t.FromServer(Close1000());
    t.ledger().MessagesEnded(t.socket, 1000);
    EXPECT_EQ(t.on.reason(),
              closing ? "" : "user/WEBSOCKET has come to its end after 0 of 1 messages that had arrived");
  }
}

TEST(ExactBodyOfMessages, OneThatWasCutIsNotDelivered) {
  Talking t(LawId::kExactBody);
  t.ledger().MessageBegan(t.socket, MessageKey(t.socket, false, 0), false, 100);
  t.Receive(0, 50);
  EXPECT_EQ(t.on.reason(), "message 1 of user/WEBSOCKET was received although the server has sent only a part of it");
}

TEST(ExactBodyOfMessages, OneThatTheServerHasNotSentIsMadeUp) {
  Talking t(LawId::kExactBody);
  t.Receive(0, 1);
  EXPECT_EQ(t.on.reason(), "message 1 of user/WEBSOCKET was received although the server has sent only 0");
}

TEST(ExactBodyOfMessages, AtTheServerThoseThatWereGivenUpMayBeMissing) {
  for (const bool accepted : {false, true}) {
    Talking t(LawId::kExactBody);
    t.Give(10, accepted);
    t.Give(20, true);
    t.Arrive(1, 20);
    EXPECT_EQ(t.on.reason(), accepted ? "message 1 of user/WEBSOCKET was sent, and has not arrived at the server" : "");
  }
}

TEST(ExactBodyOfMessages, AtTheServerNothingIsMadeUpOrOutOfOrder) {
  Talking t(LawId::kExactBody);
  t.Give(10, true);
  t.Give(20, true);
  t.Arrive(0, 10);
  t.Arrive(1, 20);
  EXPECT_EQ(t.on.reason(), "");
  t.Arrive(0, 10);
  EXPECT_EQ(t.on.reason(), "the server of user/WEBSOCKET got a binary message of 10 bytes that nobody has sent");
}

TEST(ExactBodyOfMessages, WhatWasSentIsThereBeforeTheClose) {
  Talking t(LawId::kExactBody);
  t.Give(10, true);
  t.ledger().CloseArrived(t.socket, 1000);
  EXPECT_EQ(t.on.reason(), "message 1 of user/WEBSOCKET was sent, and has not arrived at the server");
}

TEST(FrameAtomic, WhatTheServerCannotTakeIsReported) {
  Talking t(LawId::kFrameAtomic);
  t.ledger().FramesMalformed(t.c, t.socket, "a message inside a message");
  EXPECT_EQ(t.on.reason(), "what the server of user/WEBSOCKET got on connection#1 is not WebSocket: a message inside a "
                           "message");
}

TEST(ErrorNotEofOfMessages, ACleanEndNeedsTheServersClose) {
  Talking t(LawId::kErrorNotEof);
  t.ledger().MessagesEnded(t.socket, 1000);
  EXPECT_EQ(t.on.reason(), "user/WEBSOCKET has ended cleanly although no Close of the server's has come");
}

TEST(ErrorNotEofOfMessages, AQueueThatHasItsEofNeedsTheServersClose) {
  Talking t(LawId::kErrorNotEof);
  t.ledger().PayloadEof(t.messages);
  EXPECT_EQ(t.on.reason(), "user/WEBSOCKET has its eof although no Close of the server's has come");
}

TEST(ErrorNotEofOfMessages, TheCodeIsTheServers) {
  Talking t(LawId::kErrorNotEof);
  t.FromServer(Close1000());
  t.ledger().PayloadEof(t.messages);
  t.ledger().MessagesEnded(t.socket, 1000);
  EXPECT_EQ(t.on.reason(), "");
  Talking other(LawId::kErrorNotEof);
  other.FromServer(Close1000());
  other.ledger().MessagesEnded(other.socket, 1006);
  EXPECT_EQ(other.on.reason(), "user/WEBSOCKET was closed with 1000, and its user was told 1006");
}

TEST(ErrorNotEofOfMessages, ACutIsNoNormalClosureAndACloseNoCut) {
  Talking cut(LawId::kErrorNotEof);
  cut.ledger().MessagesFailed(cut.socket, "disconnected", 1000);
  EXPECT_EQ(cut.on.reason(), "user/WEBSOCKET was cut, and its user was told 1000");
  Talking closed(LawId::kErrorNotEof);
  closed.FromServer(Close1000());
  closed.ledger().MessagesFailed(closed.socket, "disconnected", 1006);
  EXPECT_EQ(closed.on.reason(), "user/WEBSOCKET failed (disconnected) although the server's Close had come");
}

TEST(ErrorNotEofOfMessages, ClosingSucceedsWithTheServersCloseOnly) {
  for (const bool ok : {false, true}) {
    Talking t(LawId::kErrorNotEof);
    t.ledger().ClosingStarted(t.socket);
    t.ledger().ClosingEnded(t.socket, ok, "timeout");
    EXPECT_EQ(t.on.reason(), ok ? "user/WEBSOCKET was closed cleanly although no Close of the server's has come" : "");
  }
}

TEST(EofOnceOfMessages, AfterTheServersCloseTheQueueHasItsEnd) {
  Talking t(LawId::kEofOnce);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(), "");
  t.FromServer(Close1000());
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(), "the messages of user/WEBSOCKET has come in full, and was not told that it is at its end");
}

TEST(BufferBoundOfMessages, TheHighWaterMarkOneMessageAndOneReadMayWait) {
  Limits limits;
  limits.max_read = 10;
  Talking t(LawId::kBufferBound, {.high_water = 100}, limits);
  t.ServerSends(80);
  t.ServerSends(80);
  t.ServerSends(30);
  EXPECT_EQ(t.on.reason(), "");
  t.ServerSends(1);
  EXPECT_EQ(t.on.reason(), "191 bytes of the messages of user/WEBSOCKET wait to be read, where 190 is the bound");
}

TEST(BufferBoundOfMessages, WhatComesWhileTheUserClosesIsDropped) {
  Limits limits;
  limits.max_read = 10;
  Talking t(LawId::kBufferBound, {.high_water = 100}, limits);
  t.ledger().ClosingStarted(t.socket);
  for (int i = 0; i < 9; ++i) t.ServerSends(80);
  EXPECT_EQ(t.on.reason(), "");
}

TEST(PauseResumeOfMessages, AnEmptyMessageIsSomethingToRead) {
  Talking t(LawId::kPauseResume);
  t.ledger().PayloadFed(t.messages, 0, 0);
  t.ledger().ReadingPaused(t.c);
  t.ledger().ReadingPaused(t.c, t.messages);
  t.on.AtStep();
  EXPECT_EQ(t.on.reason(), "");
  t.ledger().PayloadRead(t.messages, 0, 0);
  t.on.AtStep();
  EXPECT_EQ(t.on.reason(), "reading of connection#1 stays paused by a body that has nothing left to read: the messages "
                           "of user/WEBSOCKET (0 bytes in, 0 read)");
}

TEST(Conservation, AnUpgradedConnectionIsNotGivenBackToThePool) {
  Talking t(LawId::kConservation);
  t.on.Idle(t.c);
  EXPECT_EQ(t.on.reason(), "connection#1, which is a WebSocket's, was given back to the pool");
}

TEST(BoundedCloseOfMessages, AWebSocketIsClosedInTheTimeThatItsUserAllows) {
  for (const int64_t extra_ns : {0, 1}) {
    Talking t(LawId::kBoundedClose, {.close_timeout_ns = 2 * kSecond});
    t.ledger().ClosingStarted(t.socket);
    t.Pass(2 * kSecond + extra_ns);
    t.ledger().ClosingEnded(t.socket, false, "timeout");
    EXPECT_EQ(t.on.reason(), extra_ns == 0 ? "" : "closing user/WEBSOCKET took 2000 ms, where 2000 ms are allowed");
  }
}

TEST(BoundedCloseOfMessages, AWebSocketThatIsBeingClosedHasATimerThatEndsIt) {
  Talking t(LawId::kBoundedClose, {.close_timeout_ns = 2 * kSecond});
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(), "");
  t.ledger().ClosingStarted(t.socket);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(), "closing user/WEBSOCKET does not end");
}

TEST(TimeoutExactOfMessages, AHeartbeatFailsAfterItsSilenceAndAnyByteIsASignOfLife) {
  for (const int64_t quiet_ns : {3 * kSecond, 3 * kSecond - 1'000'000}) {
    Talking t(LawId::kTimeoutExact, {.heartbeat_ns = 2 * kSecond});
    t.Pass(kSecond);
    t.FromServer("\x82");  // the first byte of a frame
    t.Pass(quiet_ns);
    t.ledger().PayloadError(t.messages, ClientError::TimedOut(TimeoutKind::kHeartbeat, "nothing came"));
    EXPECT_EQ(t.on.reason(), quiet_ns == 3 * kSecond
                                 ? ""
                                 : "user/WEBSOCKET failed by heartbeat after 2999 ms, where 3000 ms were allowed");
  }
}

TEST(TimeoutExactOfMessages, AHeartbeatThatNobodyHasSetIsReported) {
  Talking t(LawId::kTimeoutExact);
  t.Pass(kSecond);
  t.ledger().PayloadError(t.messages, ClientError::TimedOut(TimeoutKind::kHeartbeat, "nothing came"));
  EXPECT_EQ(t.on.reason(), "user/WEBSOCKET failed by a timeout, heartbeat, that nobody has set");
}

TEST(TimeoutExactOfMessages, AHeartbeatStandsStillWhileReadingIsPaused) {
  Talking t(LawId::kTimeoutExact, {.heartbeat_ns = 2 * kSecond});
  t.ledger().ReadingPaused(t.c);
  t.Pass(9 * kSecond);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(), "");
  t.ledger().ReadingResumed(t.c);
  t.Pass(3 * kSecond);
  t.FromServer("\x82");
  EXPECT_EQ(t.on.reason(), "");
  t.ledger().ReadingPaused(t.c);
  t.Pass(9 * kSecond);
  t.ledger().PayloadError(t.messages, ClientError::TimedOut(TimeoutKind::kHeartbeat, "nothing came"));
  EXPECT_EQ(t.on.reason(), "the messages of user/WEBSOCKET failed by heartbeat while their reading was paused");
}

TEST(TimeoutExactOfMessages, AHeartbeatThatDoesNotComeIsReported) {
  Talking t(LawId::kTimeoutExact, {.heartbeat_ns = 2 * kSecond});
  t.Pass(4 * kSecond);
  t.FromServer("\x82");
  EXPECT_EQ(t.on.reason(), "user/WEBSOCKET was not given up after 4000 ms of silence, where its heartbeat allows 3000 "
                           "ms");
}

TEST(TimeoutExactOfMessages, WhenTimePassesNobodyMayBeSilentForLonger) {
  Talking t(LawId::kTimeoutExact, {.heartbeat_ns = 2 * kSecond});
  t.Pass(3 * kSecond);
  t.on.AtLull();
  EXPECT_EQ(t.on.reason(), "");
  t.Pass(kSecond);
  t.on.AtLull();
  EXPECT_EQ(t.on.reason(), "user/WEBSOCKET waits since 0 ms, though its heartbeat was to end that 3000 ms later");
}

TEST(TimeoutExactOfMessages, WhatComesAfterItWasGivenUpIsNoMatter) {
  Talking t(LawId::kTimeoutExact, {.heartbeat_ns = 2 * kSecond});
  t.Pass(3 * kSecond);
  t.ledger().PayloadError(t.messages, ClientError::TimedOut(TimeoutKind::kHeartbeat, "nothing came"));
  t.Pass(kSecond);
  t.FromServer("\x82");
  EXPECT_EQ(t.on.reason(), "");
}

TEST(TimeoutExactOfMessages, AHeartbeatThatIsNotArmedIsReported) {
  Talking t(LawId::kTimeoutExact, {.heartbeat_ns = 2 * kSecond});
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(), "user/WEBSOCKET is silent since 0 ms, and no heartbeat will find that out");
}

TEST(TimeoutExactOfMessages, TheTimeoutsOfTheHandshakeEndWithIt) {
  Talking t(LawId::kTimeoutExact);
  t.ledger().PatienceSet(t.socket, {.total_ns = kSecond, .sock_read_ns = kSecond});
  t.Pass(9 * kSecond);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(), "");
}

TEST(TimeoutExactOfMessages, ACloseThatTheSessionHasBegunIsNotBegunAnew) {
  Talking t(LawId::kTimeoutExact, {.close_timeout_ns = 2 * kSecond});
  t.ledger().SessionClosing();
  t.Pass(kSecond);
  t.ledger().ClosingStarted(t.socket);
  t.Pass(kSecond);
  t.ledger().PayloadError(t.messages, ClientError::TimedOut(TimeoutKind::kClose, "no answer"));
  EXPECT_EQ(t.on.reason(), "");
}

TEST(NoOrphanOfMessages, WhatSendsBesideAnAbandonedTaskIsTheCollectors) {
  for (const bool abandoned : {false, true}) {
    Talking t(LawId::kNoOrphan);
    if (abandoned) t.ledger().Abandoned(t.task);
    t.Waits(t.on.Named(t.socket, "send", 1), "the turn to send on", t.socket);
    t.ledger().SocketClosed(t.c);
    t.ledger().PayloadError(t.messages, ClientError(ErrorKind::kSessionClosed, "closed"));
    t.on.AtClosed();
    EXPECT_EQ(t.on.reason(), abandoned ? "" : "user/WEBSOCKET/send#1 still runs after everything was closed");
  }
}

TEST(TimeoutExactOfMessages, ACloseIsGivenUpAfterItsTime) {
  Talking t(LawId::kTimeoutExact, {.close_timeout_ns = 2 * kSecond});
  t.ledger().ClosingStarted(t.socket);
  t.Pass(kSecond);
  t.ledger().PayloadError(t.messages, ClientError::TimedOut(TimeoutKind::kClose, "no answer"));
  EXPECT_EQ(t.on.reason(), "user/WEBSOCKET failed by close after 1000 ms, where 2000 ms were allowed");
}

TEST(ProgressOfMessages, WhoWaitsForAMessageThatTheServerHasNotSentWaitsRightly) {
  Talking t(LawId::kProgress);
  t.Waits(t.task, "a message of", t.messages);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(), "");
}

TEST(ProgressOfMessages, WhoIsNotGivenAMessageThatHasComeDoesNot) {
  Talking t(LawId::kProgress);
  t.ServerSends(5);
  t.Waits(t.task, "a message of", t.messages);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(),
            "deadlock, nothing can run\n"
            "  user waits for a message of the messages of user/WEBSOCKET on connection#1\n"
            "  user/WEBSOCKET has a message, and whoever waits for it was not given it");
}

TEST(ProgressOfMessages, WhoIsNotToldOfTheEndOfTheConnectionDoesNot) {
  Talking t(LawId::kProgress);
  t.Waits(t.task, "a message of", t.messages);
  t.ledger().LossReported(t.c, End::kClient);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(),
            "deadlock, nothing can run\n"
            "  user waits for a message of the messages of user/WEBSOCKET on connection#1\n"
            "  user/WEBSOCKET has lost its connection");
}

TEST(ProgressOfMessages, APongIsOwedByAServerThatIsNotSilent) {
  for (const bool silent : {false, true}) {
    Talking t(LawId::kProgress);
    if (silent) t.ledger().Silent(t.c, t.socket);
    t.Waits(t.task, "a pong of", t.socket);
    t.on.AtStall();
    EXPECT_EQ(t.on.reason(), silent ? ""
                                    : "deadlock, nothing can run\n"
                                      "  user waits for a pong of user/WEBSOCKET on connection#1\n"
                                      "  user/WEBSOCKET has its pong, and was not told");
  }
}

TEST(ProgressOfMessages, APongBehindMessagesThatNobodyReceivesDoesNotCome) {
  Talking t(LawId::kProgress);
  t.ServerSends(5);
  t.ledger().PayloadFed(t.messages, 5, 5);
  t.ledger().ReadingPaused(t.c);
  t.ledger().ReadingPaused(t.c, t.messages);
  t.ledger().BytesSent(t.c, End::kServer, "more");
  t.Waits(t.task, "a pong of", t.socket);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(),
            "deadlock, nothing can run\n"
            "  user waits for a pong of user/WEBSOCKET on connection#1\n"
            "  connection#1 does not read: paused by the messages of user/WEBSOCKET (5 bytes in, 0 read)\n"
            "  the messages of user/WEBSOCKET is read by user, which waits for a pong of user/WEBSOCKET on "
            "connection#1");
}

TEST(ProgressOfMessages, TheTurnIsWaitedForWhileSomebodySends) {
  for (const bool somebody : {true, false}) {
    Talking t(LawId::kProgress);
    if (somebody) {
      t.ledger().BytesSent(t.c, End::kClient, "a fragment that is not taken");
      t.Waits(t.on.Named(t.socket, "send", 1), "room to write on", t.socket);
    }
    t.Waits(t.task, "the turn to send on", t.socket);
    t.on.AtStall();
    EXPECT_EQ(t.on.reason(),
              somebody ? ""
                       : "deadlock, nothing can run\n"
                         "  user waits for the turn to send on user/WEBSOCKET on connection#1\n"
                         "  user/WEBSOCKET is sent on by nobody, and whoever waits for that was not told");
  }
}

TEST(ProgressOfMessages, AnEndThatNoTimerBringsAboutIsWaitedForInVain) {
  Talking t(LawId::kProgress);
  t.Waits(t.task, "the end of", t.socket);
  t.on.AtStall();
  EXPECT_EQ(t.on.reason(),
            "deadlock, nothing can run\n"
            "  user waits for the end of user/WEBSOCKET on connection#1\n"
            "  user/WEBSOCKET is being closed, and nothing will end that");
}

}  // namespace
}  // namespace sim
