#include <gtest/gtest.h>

#include "sim/oracle/oracle_testing.h"

namespace sim {
namespace {

using client::ClientError;
using client::TimeoutKind;

constexpr int64_t kSecond = 1'000'000'000;

// A request with timeouts, on a connection, and time that passes.
struct Waiting {
  explicit Waiting(const Patience& patience, LawId law = LawId::kTimeoutExact) : on(law) {
    get = on.StartGet("user");
    on.ledger().PatienceSet(get, patience);
    c = on.Connection(1);
  }

  void Connect() {
    on.Open(c);
    on.Lease(c, get);
  }
  void Send() {
    on.Send(c);
    on.ledger().RequestSent(c, get);
    on.Arrive(c, get);
  }
  void Pass(int64_t seconds) {
    Timer timer(on.loop(), on.Named(Name(), "clock"), TimerKind::kSleep, [](void*) {}, nullptr);
    timer.PostAt(on.loop().Now() + absl::Seconds(seconds));
    while (timer.pending()) {
      if (on.loop().ready() > 0) {
        on.loop().Step();
      } else {
        on.loop().Advance();
      }
    }
  }
  void Fail(TimeoutKind kind) { on.ledger().RequestEnded(get, ClientError::TimedOut(kind, "too slow")); }

  OracleWorld on;
  Name get;
  Name c;
};

TEST(TimeoutExact, ATotalTimeoutThatHasLastedMayEndARequest) {
  Waiting w({.total_ns = 5 * kSecond});
  w.Pass(5);
  w.Fail(TimeoutKind::kTotal);
  EXPECT_EQ(w.on.reason(), "");
}

TEST(TimeoutExact, WhenTimePassesNobodyMayWaitForLonger) {
  Waiting w({.total_ns = 5 * kSecond});
  w.Pass(5);
  w.on.AtLull();
  EXPECT_EQ(w.on.reason(), "");
  w.Pass(1);
  w.on.AtLull();
  EXPECT_EQ(w.on.reason(), "user/GET#1 waits since 0 ms, though its total was to end that 5000 ms later");
}

TEST(TimeoutExact, OneThatCameEarlyIsReported) {
  Waiting w({.total_ns = 5 * kSecond});
  w.Pass(4);
  w.Fail(TimeoutKind::kTotal);
  EXPECT_EQ(w.on.reason(), "user/GET#1 failed by total after 4000 ms, where 5000 ms were allowed");
}

TEST(TimeoutExact, OneThatNobodyHasSetIsReported) {
  Waiting w({.total_ns = 5 * kSecond});
  w.Pass(9);
  w.Fail(TimeoutKind::kConnect);
  EXPECT_EQ(w.on.reason(), "user/GET#1 failed by a timeout, connect, that nobody has set");
}

TEST(TimeoutExact, SockReadBeginsWhenTheRequestIsSentAndAgainWithEveryByte) {
  for (const int seconds : {4, 5}) {
    Waiting w({.sock_read_ns = 5 * kSecond});
    w.Connect();
    w.Pass(3);
    w.Send();
    w.Pass(3);
    w.on.ledger().BytesReceived(w.c, End::kClient, "HTTP/1.1 ");
    w.Pass(seconds);
    w.Fail(TimeoutKind::kSockRead);
    EXPECT_EQ(w.on.violated(), seconds < 5 ? LawId::kTimeoutExact : LawId::kNone);
  }
}

TEST(TimeoutExact, SockReadDoesNotRunWhileTheRequestIsBeingSent) {
  Waiting w({.sock_read_ns = 5 * kSecond});
  w.Connect();
  w.Pass(9);
  w.Fail(TimeoutKind::kSockRead);
  EXPECT_EQ(w.on.reason(), "user/GET#1 failed by sock_read before its request was sent");
}

TEST(TimeoutExact, SockReadDoesNotRunWhileTheUserDoesNotRead) {
  for (const bool paused : {true, false}) {
    Waiting w({.sock_read_ns = 5 * kSecond});
    w.Connect();
    w.Send();
    w.on.Answer(w.c, w.get, 100, 50);
    w.on.Deliver(w.c);
    const Name body = w.on.OpenBody(w.c, w.get);
    w.on.ledger().PayloadFed(body, 50, 50);
    if (paused) w.on.ledger().ReadingPaused(w.c);
    w.Pass(9);
    w.on.ledger().PayloadError(body, ClientError::TimedOut(TimeoutKind::kSockRead, "no byte for 5 s"));
    EXPECT_EQ(w.on.reason(),
              paused ? "the body of user/GET#1 failed by sock_read while its reading was paused" : "");
  }
}

TEST(TimeoutExact, WhoeverWaitsHasATimerThatComesInTime) {
  for (const int seconds : {0, 5, 6}) {
    Waiting w({.connect_ns = 5 * kSecond});
    Timer timer(w.on.loop(), w.on.Named(w.get, "connect"), TimerKind::kTimeout, [](void*) {}, nullptr);
    if (seconds > 0) timer.PostAt(w.on.loop().Now() + absl::Seconds(seconds));
    w.on.AtStall();
    EXPECT_EQ(w.on.reason(), seconds == 5 ? ""
                                          : "user/GET#1 waits since 0 ms, and no timer will end that 5000 ms later, as "
                                            "its connect says");
    timer.Cancel();
  }
}

TEST(TimeoutExact, ConnectBeginsAnewWhereTheRequestHasBeenSentAndIsSentOnceMore) {
  for (const bool sent : {true, false}) {
    Waiting w({.connect_ns = 5 * kSecond});
    w.Connect();
    w.Pass(2);
    if (sent) w.on.Send(w.c);
    w.on.ledger().ConnectionClosed(w.on.key(), w.c, "closed by the peer");
    Timer timer(w.on.loop(), w.on.Named(w.get, "connect"), TimerKind::kTimeout, [](void*) {}, nullptr);
    timer.PostAt(w.on.loop().Now() + absl::Seconds(5));
    w.on.AtStall();
    EXPECT_EQ(w.on.violated(), sent ? LawId::kNone : LawId::kTimeoutExact);
    timer.Cancel();
  }
}

TEST(TimeoutExact, TheTimerOfAnotherIsNone) {
  Waiting w({.total_ns = 5 * kSecond});
  const Name other = w.on.StartGet("other");
  Timer timer(w.on.loop(), w.on.Named(other, "total"), TimerKind::kTimeout, [](void*) {}, nullptr);
  timer.PostAt(w.on.loop().Now() + absl::Seconds(1));
  w.on.AtStall();
  EXPECT_EQ(w.on.violated(), LawId::kTimeoutExact);
  timer.Cancel();
}

TEST(TimeoutExact, NoTimerIsNeededOnceAllHasArrivedOrWhileReadingIsPaused) {
  for (const bool paused : {true, false}) {
    Waiting w({.sock_read_ns = 5 * kSecond});
    w.Connect();
    w.Send();
    w.on.Answer(w.c, w.get, 100);
    w.on.Deliver(w.c, paused ? 10 : 0);
    w.on.OpenBody(w.c, w.get);
    if (paused) w.on.ledger().ReadingPaused(w.c);
    w.on.AtStall();
    EXPECT_EQ(w.on.reason(), "");
  }
}

TEST(ErrorNotEof, NothingIsDisconnectedThatThePeerHasNotEnded) {
  for (const bool ended : {true, false}) {
    Waiting w({}, LawId::kErrorNotEof);
    w.Connect();
    w.Send();
    if (ended) w.on.ledger().FinReceived(w.c, End::kClient);
    w.on.ledger().RequestEnded(w.get, ClientError(client::ErrorKind::kDisconnected, "lost"));
    EXPECT_EQ(w.on.reason(),
              ended ? "" : "user/GET#1 failed as disconnected, although nobody has closed connection#1");
  }
}

TEST(ErrorNotEof, ThePeerOfATlsConnectionEndsItByCloseNotify) {
  for (const bool ended : {true, false}) {
    Waiting w({}, LawId::kErrorNotEof);
    w.on.ledger().Encrypted(w.c);
    w.Connect();
    w.Send();
    if (ended) w.on.ledger().PlainEnded(w.c);
    w.on.ledger().RequestEnded(w.get, ClientError(client::ErrorKind::kDisconnected, "lost"));
    EXPECT_EQ(w.on.violated(), ended ? LawId::kNone : LawId::kErrorNotEof);
  }
}

TEST(CleanIdle, AConnectionLiesInThePoolForAsLongAsItMayAndNoLonger) {
  for (const int seconds : {15, 16}) {
    Waiting w({}, LawId::kCleanIdle);
    w.on.Open(w.c);
    w.on.Exchange(w.c, w.get, 10);
    w.on.Idle(w.c);
    w.Pass(seconds);
    w.on.AtStall();
    EXPECT_EQ(w.on.reason(),
              seconds == 15 ? ""
                            : "connection#1 lies in the pool after 16000 ms of idleness, where 15000 ms are allowed");
  }
}

TEST(CleanIdle, WhatIsHandedOutIsClean) {
  for (const bool stray : {false, true}) {
    Waiting w({}, LawId::kCleanIdle);
    w.on.Open(w.c);
    w.on.Exchange(w.c, w.get, 10);
    w.on.Idle(w.c);
    if (stray) w.on.ledger().BytesReceived(w.c, End::kClient, "HTTP/1.1 408 \r\n");
    w.on.Lease(w.c, w.on.StartGet("other"));
    EXPECT_EQ(w.on.reason(), stray ? "connection#1 was handed out with 15 bytes that belong to no response" : "");
  }
}

TEST(Ownership, BytesThatCrossARequestMayBeTakenForItsResponse) {
  for (const bool crossing : {true, false}) {
    Waiting w({}, LawId::kOwnership);
    w.on.Open(w.c);
    w.on.Lease(w.c, w.get);
    if (crossing) w.on.Send(w.c);
    w.on.ledger().BytesReceived(w.c, End::kClient, "HTTP/1.1 408 \r\n\r\n");
    w.on.ledger().HeadReceived(w.c, w.get, 408);
    EXPECT_EQ(w.on.violated(), crossing ? LawId::kNone : LawId::kOwnership);
  }
}

TEST(BufferBound, AnUploadThatWaitsForTheNetworkIsNotAskedForMore) {
  for (const uint64_t sent : {0u, 100u}) {
    Waiting w({}, LawId::kBufferBound);
    w.Connect();
    w.on.ledger().BytesSent(w.c, End::kClient, std::string(sent, 'x'));
    w.on.ledger().UploadGiven(w.get, (64 << 10) + 100);
    EXPECT_EQ(w.on.reason(), "");
    w.on.ledger().UploadGiven(w.get, 1000);
    EXPECT_EQ(w.on.reason(), sent > 0 ? ""
                                      : "65 636 bytes of the upload of user/GET#1 wait to be sent, where 65 536 is the "
                                        "bound");
  }
}

TEST(BufferBound, WhatIsWrittenToAConnectionThatWasResetDoesNotWait) {
  Waiting w({}, LawId::kBufferBound);
  w.Connect();
  w.on.ledger().Reset(w.c, End::kServer);
  w.on.ledger().UploadGiven(w.get, (64 << 10) + 100);
  w.on.ledger().UploadGiven(w.get, 1000);
  EXPECT_EQ(w.on.reason(), "");
}

TEST(BufferBound, WhatWasGivenForAnEarlierAttemptDoesNotWait) {
  Waiting w({}, LawId::kBufferBound);
  w.Connect();
  w.on.ledger().UploadGiven(w.get, (64 << 10) + 100);
  w.on.Lease(w.c, w.get);
  w.on.ledger().UploadGiven(w.get, 1000);
  w.on.ledger().UploadGiven(w.get, 1000);
  EXPECT_EQ(w.on.reason(), "");
}

TEST(WakeToken, ALullIsEnoughToSeeThatASlotIsFree) {
  OracleWorld on(LawId::kWakeToken, Limits{.limit = 1});
  on.ledger().WaiterQueued(on.key(), on.StartGet("user"));
  on.AtLull();
  EXPECT_EQ(on.violated(), LawId::kWakeToken);
}

}  // namespace
}  // namespace sim
