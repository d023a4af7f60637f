#include "sim/oracle/progress.h"

#include "client/async/deadline.h"
#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/async/task_group.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle_testing.h"

namespace sim {
namespace {

using client::Signal;
using client::Task;
using client::WaitReason;

Task<> WaitFor(Signal& signal, WaitReason reason) { co_await signal.Wait(reason); }

// Tasks that wait, in a world whose only law is PROGRESS.
class ProgressTest : public ::testing::Test {
 protected:
  ~ProgressTest() override { tasks_.CancelAll(); }

  void Waits(Name task, const char* what, Name on) {
    signals_.push_back(std::make_unique<Signal>());
    tasks_.Spawn(task, WaitFor(*signals_.back(), WaitReason{what, on}));
    while (on_.loop().ready() > 0) on_.loop().Step();
  }

  OracleWorld on_{LawId::kProgress, Limits{.limit = 1}};
  std::vector<std::unique_ptr<Signal>> signals_;
  client::TaskGroup tasks_{on_.loop(), Name()};
  const Name c1_ = on_.Connection(1);
};

// aiohttp-10169 in facts: the connection of a body that nobody reads on is given to an upload.
TEST_F(ProgressTest, ADeadlockOfAPausedConnectionIsExplainedLinkByLink) {
  const Name download = on_.Task("download");
  const Name get = on_.Start(download, "get", 1);
  on_.Open(c1_);
  const Name body = on_.Exchange(c1_, get, 131072);
  on_.ledger().PayloadFed(body, 131072, 131072);
  on_.ledger().ReadingPaused(c1_);
  on_.ledger().ReadingPaused(c1_, body);
  on_.ledger().PayloadRead(body, 1024, 130048);
  on_.Idle(c1_);
  const Name upload = on_.Task("upload");
  const Name put = on_.Start(upload, "put", 1);
  on_.Lease(c1_, put);
  on_.Send(c1_);
  on_.Arrive(c1_, put);
  on_.Answer(c1_, put, 10);
  Waits(download, "the end of", upload);
  Waits(upload, "the head of", put);
  on_.AtStall();
  EXPECT_EQ(on_.reason(),
            "deadlock, nothing can run\n"
            "  upload waits for the head of upload/put#1 on connection#1\n"
            "  connection#1 does not read: paused by the body of download/get#1 "
            "(131 072 of 131 072 bytes in, 1 024 read)\n"
            "  the body of download/get#1 is read by download, which waits for upload");
}

TEST_F(ProgressTest, ATaskThatReadsTheBodyAndWaitsItselfIsNamedOnce) {
  const Name user = on_.Task("user");
  const Name get = on_.Start(user, "get", 1);
  on_.Open(c1_);
  const Name body = on_.Exchange(c1_, get, 100);
  on_.ledger().PayloadFed(body, 100, 100);
  on_.ledger().ReadingPaused(c1_);
  on_.ledger().ReadingPaused(c1_, body);
  on_.Idle(c1_);
  const Name put = on_.Start(user, "put", 1);
  on_.Lease(c1_, put);
  on_.Send(c1_);
  on_.Arrive(c1_, put);
  on_.Answer(c1_, put, 10);
  Waits(user, "the head of", put);
  on_.AtStall();
  EXPECT_EQ(on_.reason(),
            "deadlock, nothing can run\n"
            "  user waits for the head of user/put#1 on connection#1\n"
            "  connection#1 does not read: paused by the body of user/get#1 (100 of 100 bytes in, 0 read)\n"
            "  the body of user/get#1 is read by user, which waits for the head of user/put#1 on connection#1");
}

TEST_F(ProgressTest, WhoWaitsForAServerThatOwesTheResponseWaitsRightly) {
  const Name user = on_.Task("user");
  const Name get = on_.Start(user, "get", 1);
  on_.Open(c1_);
  on_.Lease(c1_, get);
  on_.Send(c1_);
  on_.Arrive(c1_, get);
  Waits(user, "the head of", get);
  on_.AtStall();
  on_.AtQuiet();
  EXPECT_EQ(on_.reason(), "");
}

TEST_F(ProgressTest, WhoWaitsForASilentServerWaitsRightlyAlsoInTheMiddleOfAnUploadOrABody) {
  const Name user = on_.Task("user");
  const Name put = on_.Start(user, "put", 1);
  on_.Open(c1_);
  on_.Lease(c1_, put);
  on_.Send(c1_);
  on_.Arrive(c1_, put, /*complete=*/false);
  on_.ledger().Silent(c1_, put);
  Waits(user, "the head of", put);
  const Name reader = on_.Task("reader");
  const Name get = on_.Start(reader, "get", 1);
  const Name c2 = on_.Connection(2);
  on_.Open(c2);
  on_.Lease(c2, get);
  on_.Send(c2);
  on_.Arrive(c2, get);
  on_.Answer(c2, get, 100, 50);
  on_.ledger().Silent(c2, get);
  on_.Deliver(c2);
  Waits(reader, "data of", on_.OpenBody(c2, get));
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
}

TEST_F(ProgressTest, WhoAsksForATunnelWaitsRightlyForASilentProxyAndForWhatAFaultHolds) {
  const Name user = on_.Task("user");
  on_.Start(user, "get", 1);
  on_.Open(c1_);
  on_.ledger().Proxied(c1_);
  on_.ledger().BytesSent(c1_, End::kClient, "CONNECT a.test:80 HTTP/1.1\r\n\r\n");
  Waits(user, "the connect of", c1_);
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");  // held
  on_.ledger().BytesReceived(c1_, End::kServer, "CONNECT a.test:80 HTTP/1.1\r\n\r\n");
  on_.ledger().Silent(c1_, Name());
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
}

TEST_F(ProgressTest, WhoAsksForATunnelWaitsRightlyForAnEndThatAFaultHolds) {
  const Name user = on_.Task("user");
  on_.Start(user, "get", 1);
  on_.Open(c1_);
  on_.ledger().Proxied(c1_);
  on_.ledger().FinSent(c1_, End::kServer);
  Waits(user, "the connect of", c1_);
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
  on_.ledger().FinReceived(c1_, End::kClient);
  on_.AtStall();
  EXPECT_EQ(on_.violated(), LawId::kProgress);
}

TEST_F(ProgressTest, WhoWaitsForATunnelThatWasAnsweredWaitsInVain) {
  const Name user = on_.Task("user");
  on_.Start(user, "get", 1);
  on_.Open(c1_);
  on_.ledger().Proxied(c1_);
  Waits(user, "the connect of", c1_);
  on_.AtStall();
  EXPECT_EQ(on_.violated(), LawId::kProgress);
}

TEST_F(ProgressTest, AResponseThatHasComeAndIsNotHandedOnIsADeadlock) {
  const Name user = on_.Task("user");
  const Name get = on_.Start(user, "get", 1);
  on_.Open(c1_);
  on_.Exchange(c1_, get, 10);
  Waits(user, "the head of", get);
  on_.AtStall();
  EXPECT_EQ(on_.reason(),
            "deadlock, nothing can run\n"
            "  user waits for the head of user/get#1 on connection#1\n"
            "  user/get#1 has been given its whole response");
}

TEST_F(ProgressTest, AnUploadThatNobodyContinuesIsADeadlock) {
  const Name user = on_.Task("user");
  const Name put = on_.Start(user, "put", 1);
  on_.Open(c1_);
  on_.Lease(c1_, put);
  on_.Send(c1_);
  on_.Arrive(c1_, put, /*complete=*/false);
  Waits(user, "the head of", put);
  Waits(on_.Named(put, "writer"), "room to write on", c1_);
  on_.AtStall();
  EXPECT_EQ(on_.violated(), LawId::kProgress);
}

TEST_F(ProgressTest, BytesThatAFaultHoldsBackAreWaitedForRightlyUntilTheNetworkHeals) {
  const Name user = on_.Task("user");
  const Name get = on_.Start(user, "get", 1);
  on_.Open(c1_);
  on_.Lease(c1_, get);
  on_.Send(c1_);
  on_.Arrive(c1_, get);
  on_.Answer(c1_, get, 10);
  Waits(user, "the head of", get);
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
  on_.AtQuiet();
  EXPECT_EQ(on_.violated(), LawId::kProgress);
}

TEST_F(ProgressTest, AWaiterForASlotThatASilentServerHoldsWaitsRightly) {
  const Name first = on_.Task("first");
  const Name get = on_.Start(first, "get", 1);
  on_.Open(c1_);
  on_.Lease(c1_, get);
  on_.Send(c1_);
  on_.Arrive(c1_, get);
  on_.ledger().Silent(c1_, get);
  Waits(first, "the head of", get);
  const Name second = on_.Task("second");
  const Name queued = on_.Start(second, "get", 1);
  on_.ledger().WaiterQueued(on_.key(), queued);
  Waits(second, "a slot of", on_.key());
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
}

TEST_F(ProgressTest, AWaiterForASlotThatTheCollectorHoldsWaitsRightly) {
  const Name first = on_.Task("first");
  const Name get = on_.Start(first, "get", 1);
  on_.Open(c1_);
  const Name body = on_.Exchange(c1_, get, 131072);
  on_.ledger().PayloadFed(body, 131072, 131072);
  on_.ledger().ReadingPaused(c1_);
  on_.ledger().ReadingPaused(c1_, body);
  on_.ledger().OperationEnded(first, get, true, "");
  on_.ledger().TaskEnded(first, false);
  const Name second = on_.Task("second");
  on_.ledger().WaiterQueued(on_.key(), on_.Start(second, "get", 1));
  Waits(second, "a slot of", on_.key());
  on_.ledger().Abandoned(get);
  on_.AtQuiet();
  EXPECT_EQ(on_.reason(), "");
  on_.ledger().Collected(get);
  on_.AtQuiet();
  EXPECT_EQ(on_.violated(), LawId::kProgress);
}

// A user who holds one slot and wants another is at fault only when nobody else will give one back.
TEST_F(ProgressTest, AHolderWhoWantsASecondSlotWaitsRightlyWhileTheCollectorHasOneToGiveBack) {
  const Name first = on_.Task("first");
  const Name abandoned = on_.Start(first, "get", 1);
  on_.Open(c1_);
  on_.Exchange(c1_, abandoned, 131072);
  on_.ledger().OperationEnded(first, abandoned, true, "");
  on_.ledger().TaskEnded(first, false);
  on_.ledger().Abandoned(abandoned);
  const Name second = on_.Task("second");
  const Name held = on_.Start(second, "get", 1);
  const Name c2 = on_.Connection(2);
  on_.Open(c2);
  const Name body = on_.Exchange(c2, held, 131072);
  on_.ledger().PayloadFed(body, 131072, 131072);
  on_.ledger().ReadingPaused(c2);
  on_.ledger().ReadingPaused(c2, body);
  on_.ledger().WaiterQueued(on_.key(), on_.Start(second, "get", 2));
  Waits(second, "a slot of", on_.key());
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
  on_.ledger().Collected(abandoned);
  on_.AtStall();
  EXPECT_EQ(on_.violated(), LawId::kProgress);
}

TEST_F(ProgressTest, AHolderWhoWantsASecondSlotWaitsRightlyWhileALookupOrAConnectHasOne) {
  const Name second = on_.Task("second");
  const Name held = on_.Start(second, "get", 1);
  on_.Open(c1_);
  const Name body = on_.Exchange(c1_, held, 131072);
  on_.ledger().PayloadFed(body, 131072, 131072);
  on_.ledger().ReadingPaused(c1_);
  on_.ledger().ReadingPaused(c1_, body);
  const Name first = on_.Task("first");
  const Name get = on_.Start(first, "get", 1);
  const Name lookup = on_.Named(get, "lookup");
  Waits(first, "the lookup of", on_.key());
  on_.ledger().LookupStarted(lookup, "a.test");
  on_.ledger().WaiterQueued(on_.key(), on_.Start(second, "get", 2));
  Waits(second, "a slot of", on_.key());
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
  on_.ledger().LookupEnded(lookup);
  const Name c2 = on_.Connection(2);
  on_.ledger().ConnectStarted(on_.key(), c2);
  on_.ledger().SocketOpened(c2, "10.0.0.1:80");
  Waits(first, "the connect of", c2);
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
}

TEST_F(ProgressTest, AWaiterForASlotThatIsFreeIsADeadlock) {
  const Name second = on_.Task("second");
  const Name queued = on_.Start(second, "get", 1);
  on_.ledger().WaiterQueued(on_.key(), queued);
  Waits(second, "a slot of", on_.key());
  on_.AtStall();
  EXPECT_EQ(on_.reason(),
            "deadlock, nothing can run\n"
            "  second waits for a slot of a.test:80\n"
            "  second/get#1 could be given a connection, and is not");
}

TEST_F(ProgressTest, AConnectOrALookupThatAFaultNeverAnswersIsWaitedForRightly) {
  const Name dialer = on_.Task("dialer");
  on_.Start(dialer, "get", 1);
  on_.ledger().ConnectStarted(on_.key(), c1_);
  on_.ledger().SocketOpened(c1_, "10.0.0.1:80");
  Waits(dialer, "the connect of", c1_);
  const Name resolver = on_.Task("resolver");
  const Name request = on_.Start(resolver, "get", 1);
  on_.ledger().LookupStarted(on_.Named(request, "lookup"), "a.test");
  Waits(resolver, "the lookup of", on_.key());
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
}

TEST_F(ProgressTest, ARequestWhoseConnectionBrokeBeforeItsUseMayWaitForAnother) {
  const Name user = on_.Task("user");
  const Name get = on_.Start(user, "get", 1);
  on_.Open(c1_);
  on_.Lease(c1_, get);
  on_.ledger().ConnectionClosed(on_.key(), c1_, "closed by the peer");
  on_.ledger().SocketClosed(c1_);
  on_.ledger().LookupStarted(on_.Named(get, "lookup"), "a.test");
  Waits(user, "the lookup of", on_.key());
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "");
}

TEST_F(ProgressTest, AConnectThatHasFailedAndIsStillWaitedForIsADeadlock) {
  const Name dialer = on_.Task("dialer");
  on_.Start(dialer, "get", 1);
  on_.ledger().ConnectStarted(on_.key(), c1_);
  on_.ledger().SocketOpened(c1_, "10.0.0.1:80");
  on_.ledger().SocketFailed(c1_, "connection refused");
  Waits(dialer, "the connect of", c1_);
  on_.AtStall();
  EXPECT_EQ(on_.violated(), LawId::kProgress);
}

TEST_F(ProgressTest, TasksThatWaitForEachOtherAreADeadlock) {
  const Name a = on_.Task("a");
  const Name b = on_.Task("b");
  Waits(a, "the end of", b);
  Waits(b, "the end of", a);
  on_.AtStall();
  EXPECT_EQ(on_.reason(), "deadlock, nothing can run\n  a waits for b\n  b waits for a");
}

}  // namespace
}  // namespace sim
