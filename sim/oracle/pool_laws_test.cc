// LIMIT, WAKE-TOKEN, FAIR, CONSERVATION, NO-ORPHAN, TIMER-OWNER, BOUNDED-CLOSE, NO-SPIN: who takes up what, and when it
// must be free again.

#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/async/task_group.h"
#include "gtest/gtest.h"
#include "sim/oracle/no_spin.h"
#include "sim/oracle/oracle_testing.h"

namespace sim {
namespace {

constexpr Limits kOne{.limit = 1};
constexpr Limits kTwo{.limit = 2, .limit_per_host = 1};

TEST(LimitLaw, CountsSocketsOfAllKinds) {
  OracleWorld on(LawId::kLimit, kOne);
  on.Open(on.Connection(1));
  on.ledger().SocketClosed(on.Connection(1));
  on.Open(on.Connection(2));
  on.Idle(on.Connection(2));
  EXPECT_EQ(on.reason(), "");
  on.Open(on.Connection(3));
  EXPECT_EQ(on.reason(), "2 sockets at once, where 1 is the limit");
}

TEST(LimitLaw, CountsEachKey) {
  OracleWorld on(LawId::kLimit, kTwo);
  on.Open(on.Connection(1));
  on.Open(on.Connection(2), on.other_key());
  EXPECT_EQ(on.reason(), "");
  on.ledger().SocketClosed(on.Connection(2));
  on.Open(on.Connection(3));
  EXPECT_EQ(on.reason(), "2 sockets for a.test:80 at once, where 1 is the limit");
}

TEST(WakeToken, AWaiterWhileEverythingIsTakenIsRight) {
  OracleWorld on(LawId::kWakeToken, kOne);
  on.Open(on.Connection(1));
  on.Lease(on.Connection(1), on.StartGet("first"));
  on.ledger().WaiterQueued(on.key(), on.StartGet("second"));
  on.AtStall();
  EXPECT_EQ(on.reason(), "");
}

TEST(WakeToken, AFreeSlotAndAWaiterDoNotGoTogether) {
  OracleWorld on(LawId::kWakeToken, kOne);
  on.ledger().WaiterQueued(on.key(), on.StartGet("second"));
  on.AtStall();
  EXPECT_EQ(on.reason(), "second/GET#1 waits for a slot of a.test:80 while there is room for another "
                         "(0 sockets, 0 of them to it, 0 idle)");
}

TEST(WakeToken, AnIdleConnectionIsASlotAlsoForAnotherHost) {
  OracleWorld on(LawId::kWakeToken, kOne);
  on.Open(on.Connection(1));
  on.Idle(on.Connection(1));
  on.ledger().WaiterQueued(on.other_key(), on.StartGet("second"));
  on.AtStall();
  EXPECT_EQ(on.violated(), LawId::kWakeToken);
}

TEST(WakeToken, ALookupUnderWayTakesASlot) {
  OracleWorld on(LawId::kWakeToken, kOne);
  on.ledger().LookupStarted(on.Named(on.StartGet("first"), "lookup"), "a.test");
  on.ledger().WaiterQueued(on.key(), on.StartGet("second"));
  on.AtStall();
  EXPECT_EQ(on.reason(), "");
}

TEST(WakeToken, AHostAtItsOwnLimitHoldsBackItsOwnWaitersOnly) {
  OracleWorld on(LawId::kWakeToken, kTwo);
  on.Open(on.Connection(1));
  on.Lease(on.Connection(1), on.StartGet("first"));
  on.ledger().WaiterQueued(on.key(), on.StartGet("second"));
  on.AtStall();
  EXPECT_EQ(on.reason(), "");
  on.ledger().WaiterQueued(on.other_key(), on.StartGet("third"));
  on.AtStall();
  EXPECT_EQ(on.violated(), LawId::kWakeToken);
}

TEST(Fair, FirstComeFirstServed) {
  OracleWorld on(LawId::kFair);
  const Name first = on.StartGet("first");
  const Name second = on.StartGet("second");
  on.ledger().WaiterQueued(on.key(), first);
  on.ledger().WaiterQueued(on.key(), second);
  on.ledger().WaiterLeft(on.key(), first);
  on.ledger().WaiterLeft(on.key(), second);
  on.Lease(on.Connection(2), second);  // its connect was quicker
  on.Lease(on.Connection(1), first);
  EXPECT_EQ(on.reason(), "");
}

TEST(Fair, AWaiterThatIsCancelledOvertakesNobody) {
  OracleWorld on(LawId::kFair);
  const Name first = on.StartGet("first");
  const Name second = on.StartGet("second");
  on.ledger().WaiterQueued(on.key(), first);
  on.ledger().WaiterQueued(on.key(), second);
  on.ledger().WaiterLeft(on.key(), second);
  on.ledger().RequestCancelled(second);
  EXPECT_EQ(on.reason(), "");
}

TEST(Fair, TheSecondInLineIsNotServedFirst) {
  OracleWorld on(LawId::kFair);
  const Name first = on.StartGet("first");
  const Name second = on.StartGet("second");
  on.ledger().WaiterQueued(on.key(), first);
  on.ledger().WaiterQueued(on.key(), second);
  on.ledger().WaiterLeft(on.key(), second);
  on.Lease(on.Connection(1), second);
  EXPECT_EQ(on.reason(), "second/GET#1 was given a connection before first/GET#1, which has waited for one longer");
}

TEST(Fair, ANewcomerDoesNotTakeWhatAWaiterWaitsFor) {
  OracleWorld on(LawId::kFair);
  const Name early = on.StartGet("early");
  on.ledger().WaiterQueued(on.key(), on.StartGet("first"));
  on.Lease(on.Connection(1), early);  // began before the other waited
  EXPECT_EQ(on.reason(), "");
  on.Lease(on.Connection(2), on.StartGet("newcomer"));
  EXPECT_EQ(on.violated(), LawId::kFair);
}

TEST(Conservation, NoRequestMeansNoLease) {
  OracleWorld on(LawId::kConservation);
  const Name user = on.Task("user");
  const Name get = on.Start(user, "GET", 1);
  on.Open(on.Connection(1));
  on.Lease(on.Connection(1), get);
  on.AtStall();
  EXPECT_EQ(on.reason(), "");
  on.End(user, get);
  on.AtStall();
  EXPECT_EQ(on.reason(), "connection#1 is on lease although no request is under way; user/GET#1 had it last");
}

TEST(NoOrphan, AnIdleConnectionAndALeaseOfALiveRequestAreRightAtTheQuietRest) {
  OracleWorld on(LawId::kNoOrphan);
  on.Open(on.Connection(1));
  on.Idle(on.Connection(1));
  on.Open(on.Connection(2));
  on.Lease(on.Connection(2), on.StartGet("user"));
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "");
}

TEST(NoOrphan, ASocketOfNobodysIsNot) {
  OracleWorld on(LawId::kNoOrphan);
  on.Open(on.Connection(1));
  on.ledger().ConnectionClosed(on.key(), on.Connection(1), "given up");
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "connection#1 is open and nobody's");
}

TEST(NoOrphan, ALeaseOfARequestThatHasEndedIsNot) {
  OracleWorld on(LawId::kNoOrphan);
  const Name get = on.StartGet("user");
  on.Open(on.Connection(1));
  on.Lease(on.Connection(1), get);
  on.ledger().RequestCancelled(get);
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "connection#1 is on lease to a request that has ended");
}

TEST(NoOrphan, AWaiterWhoIsGoneHasLeftTheQueue) {
  OracleWorld on(LawId::kNoOrphan);
  const Name get = on.StartGet("user");
  on.ledger().WaiterQueued(on.key(), get);
  on.ledger().RequestCancelled(get);
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "user/GET#1 has ended and is still in the queue");
}

TEST(NoOrphan, ABodyWhoseUserIsGoneIsGone) {
  OracleWorld on(LawId::kNoOrphan);
  const Name user = on.Task("user");
  const Name get = on.Start(user, "GET", 1);
  on.Open(on.Connection(1));
  on.Exchange(on.Connection(1), get, 10);
  on.Idle(on.Connection(1));
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "");
  on.End(user, get);
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "the body of user/GET#1 is still there although its user is gone");
}

TEST(NoOrphan, AtTheClosedRestThereIsNothing) {
  OracleWorld clean(LawId::kNoOrphan);
  clean.Open(clean.Connection(1));
  clean.ledger().SocketClosed(clean.Connection(1));
  clean.AtClosed();
  EXPECT_EQ(clean.reason(), "");

  OracleWorld socket(LawId::kNoOrphan);
  socket.Open(socket.Connection(1));
  socket.AtClosed();
  EXPECT_EQ(socket.reason(), "connection#1 is still open after everything was closed");

  OracleWorld armed(LawId::kNoOrphan);
  Timer timer(armed.loop(), armed.Named(Name(), "keepalive"), TimerKind::kIdle, [](void*) {}, nullptr);
  timer.PostAt(armed.loop().Now() + absl::Seconds(1));
  armed.AtClosed();
  EXPECT_EQ(armed.reason(), "keepalive is a timer that is still armed after everything was closed");
}

TEST(NoOrphan, ABodyThatWasAbandonedBelongsToTheCollectorUntilThatDestroysIt) {
  OracleWorld on(LawId::kNoOrphan);
  const Name user = on.Task("user");
  const Name get = on.Start(user, "GET", 1);
  on.Open(on.Connection(1));
  on.Exchange(on.Connection(1), get, 10);
  on.Idle(on.Connection(1));
  on.ledger().Abandoned(get);
  on.End(user, get);
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "");
  on.ledger().Collected(get);
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "the body of user/GET#1 is still there although its user is gone");
}

TEST(NoOrphan, ATaskThatWasAbandonedBringsItsRequestsAlong) {
  OracleWorld on(LawId::kNoOrphan);
  const Name user = on.Task("user");
  const Name get = on.Start(user, "GET", 1);
  on.ledger().OperationCancelled(user, get);
  on.ledger().TaskEnded(user, true);
  on.ledger().Abandoned(user);
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "");
  on.ledger().Collected(user);
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "user/GET#1 is still under way although its user is gone");
}

client::Task<> WaitOn(client::Signal& signal) {
  const client::WaitReason reason{"the signal of", Name()};
  co_await signal.Wait(reason);
}
client::Task<> EndAtOnce() { co_return; }

TEST(NoOrphan, AtTheClosedRestOnlyTasksThatWereAbandonedOrHaveEndedAreThere) {
  OracleWorld on(LawId::kNoOrphan);
  client::Signal signal;
  const client::SpawnedTask over(on.loop(), on.Named(Name(), "over"), EndAtOnce());
  const client::SpawnedTask waits(on.loop(), on.Named(Name(), "user"), WaitOn(signal));
  while (on.loop().ready() > 0) on.loop().Step();
  on.ledger().Abandoned(waits.name());
  on.AtClosed();
  EXPECT_EQ(on.reason(), "");
  on.ledger().Collected(waits.name());
  on.AtClosed();
  EXPECT_EQ(on.reason(), "user still runs after everything was closed");
}

TEST(NoOrphan, NobodyClosesASessionThatWasAbandoned) {
  OracleWorld on(LawId::kNoOrphan);
  const Name session = on.Named(Name(), "session");
  on.Open(on.Connection(1));
  on.Idle(on.Connection(1));
  on.ledger().Abandoned(session);
  on.AtClosed();
  EXPECT_EQ(on.reason(), "");
  on.ledger().Collected(session);
  on.AtClosed();
  EXPECT_EQ(on.reason(), "connection#1 is still open after everything was closed");
}

TEST(WakeToken, ATaskThatWasAbandonedKeepsItsLeaseAlsoWhenTheConnectionDies) {
  OracleWorld on(LawId::kWakeToken, kOne);
  const Name user = on.Task("user");
  const Name get = on.Start(user, "GET", 1);
  on.Open(on.Connection(1));
  on.Lease(on.Connection(1), get);
  on.ledger().WaiterQueued(on.key(), on.StartGet("other"));
  on.ledger().SocketClosed(on.Connection(1));
  on.ledger().Abandoned(user);
  on.AtStall();
  EXPECT_EQ(on.reason(), "");
  on.ledger().Collected(user);
  on.AtStall();
  EXPECT_EQ(on.violated(), LawId::kWakeToken);
}

TEST(WakeToken, ATaskThatWasAbandonedMayHaveASlotThatItDoesNotUse) {
  OracleWorld on(LawId::kWakeToken, kOne);
  const Name idle_hands = on.Task("idle_hands");
  on.Start(idle_hands, "GET", 1);  // was given the slot at once, and has not opened a connection yet
  on.ledger().WaiterQueued(on.key(), on.StartGet("other"));
  on.ledger().TaskEnded(idle_hands, true);
  on.ledger().Abandoned(idle_hands);
  on.AtStall();
  EXPECT_EQ(on.reason(), "");
  on.ledger().Collected(idle_hands);
  on.AtStall();
  EXPECT_EQ(on.violated(), LawId::kWakeToken);
}

TEST(TimerOwner, ATimeoutDiesWithItsRequestOrWithTheLeaseOfItsConnection) {
  OracleWorld on(LawId::kTimerOwner);
  const Name user = on.Task("user");
  const Name get = on.Start(user, "GET", 1);
  const Name c = on.Connection(1);
  on.Open(c);
  on.Lease(c, get);
  Timer total(on.loop(), on.Named(get, "total"), TimerKind::kTimeout, [](void*) {}, nullptr);
  Timer sock_read(on.loop(), on.Named(c, "sock_read"), TimerKind::kTimeout, [](void*) {}, nullptr);
  total.PostAt(on.loop().Now() + absl::Seconds(1));
  sock_read.PostAt(on.loop().Now() + absl::Seconds(1));
  on.AtStall();
  EXPECT_EQ(on.reason(), "");
  total.Cancel();
  on.Idle(c);
  on.AtStall();
  EXPECT_EQ(on.violated(), LawId::kTimerOwner);
}

client::Task<> WaitFor(client::Signal& signal, client::WaitReason reason) { co_await signal.Wait(reason); }

TEST(BoundedClose, ACloseThatNeverEndsIsReported) {
  OracleWorld on(LawId::kBoundedClose);
  on.AtQuiet();
  on.AtClosed();
  EXPECT_EQ(on.reason(), "");
  client::TaskGroup tasks(on.loop(), Name());
  client::Signal signal;
  tasks.Spawn(on.Named(Name(), "closing"), WaitFor(signal, {"the requests of", on.Named(Name(), "session")}));
  on.loop().Step();
  on.AtClosed();
  EXPECT_EQ(on.reason(), "closing does not end: closing waits for the requests of session");
}

TEST(NoSpin, StepsWithoutTimeAreBoundedByTheBytesThatMove) {
  OracleWorld on(LawId::kNoSpin);
  on.Open(on.Connection(1));
  for (uint64_t i = 0; i <= NoSpin::kSteps; ++i) on.AtStep();
  EXPECT_EQ(on.reason(), "");
  on.Send(on.Connection(1));
  on.AtStep();
  EXPECT_EQ(on.reason(), "");
  for (uint64_t i = 0; i <= 18 * NoSpin::kStepsPerByte; ++i) on.AtStep();
  EXPECT_EQ(on.violated(), LawId::kNoSpin);
}

}  // namespace
}  // namespace sim
