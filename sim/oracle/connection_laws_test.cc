// CLEAN-IDLE, GENERATION, PAUSE⇒RESUME, REQ-FRAMING, RETRY-SAFE: what may be done to a connection.

#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/async/task_group.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle_testing.h"

namespace sim {
namespace {

TEST(CleanIdle, AConnectionThatServedAWholeExchangeIsClean) {
  OracleWorld on(LawId::kCleanIdle);
  const Name get = on.StartGet("user");
  on.Open(on.Connection(1));
  on.Exchange(on.Connection(1), get, 100);
  on.Idle(on.Connection(1));
  on.AtStall();
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "");
}

TEST(CleanIdle, AFreshConnectionThatNobodyUsedIsClean) {
  OracleWorld on(LawId::kCleanIdle);
  on.Open(on.Connection(1));
  on.Idle(on.Connection(1));
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "");
}

TEST(CleanIdle, APausedConnectionIsNamedWithItsPauser) {
  OracleWorld on(LawId::kCleanIdle);
  const Name get = on.Start(on.Task("download"), "get", 1);
  const Name c = on.Connection(1);
  on.Open(c);
  const Name body = on.Exchange(c, get, 163840);
  on.ledger().PayloadFed(body, 163840, 163840);
  on.ledger().ReadingPaused(c);
  on.ledger().ReadingPaused(c, body);
  on.ledger().PayloadRead(body, 1024, 162816);
  on.Idle(c);
  EXPECT_EQ(on.reason(),
            "connection#1 was given back to the pool while its reading is paused (by the body of download/get#1: "
            "163 840 bytes in, 1 024 read)");
}

TEST(CleanIdle, AConnectionWhoseResponseIsNotAtItsEndIsNot) {
  OracleWorld on(LawId::kCleanIdle);
  const Name get = on.StartGet("user");
  const Name c = on.Connection(1);
  on.Open(c);
  on.Lease(c, get);
  on.Send(c);
  on.Arrive(c, get);
  on.Answer(c, get, 100);
  on.Deliver(c, 1);
  on.Idle(c);
  EXPECT_EQ(on.reason(),
            "connection#1 was given back to the pool before the response to user/GET#1 has come to its end "
            "(99 of 100 bytes in)");
}

TEST(CleanIdle, AConnectionWithBytesBehindTheResponseIsNot) {
  OracleWorld on(LawId::kCleanIdle);
  const Name c = on.Connection(1);
  on.Open(c);
  on.Exchange(c, on.StartGet("user"), 10);
  on.ledger().BytesReceived(c, End::kClient, "HTTP/1.1 408 Request Timeout\r\n");
  on.Idle(c);
  EXPECT_EQ(on.reason(), "connection#1 was given back to the pool with 30 bytes that belong to no response");
}

TEST(CleanIdle, AConnectionThatItsPeerHasClosedIsNotAtRestEither) {
  OracleWorld on(LawId::kCleanIdle);
  const Name c = on.Connection(1);
  on.Open(c);
  on.Exchange(c, on.StartGet("user"), 10);
  on.Idle(c);
  on.ledger().FinReceived(c, End::kClient);
  EXPECT_EQ(on.reason(), "");  // it may close in this very step
  on.AtStall();
  EXPECT_EQ(on.reason(), "connection#1 lies in the pool although its peer has closed it");
}

TEST(CleanIdle, ARequestMayStillBeOnItsWayWhenAnEarlyResponseGivesTheConnectionBackButNotForEver) {
  OracleWorld on(LawId::kCleanIdle);
  const Name c = on.Connection(1);
  const Name put = on.Start(on.Task("user"), "PUT", 1);
  on.Open(c);
  on.Lease(c, put);
  on.Send(c);
  on.Arrive(c, put, /*complete=*/false);
  on.Answer(c, put, 10);
  on.Deliver(c);
  on.OpenBody(c, put);
  on.Idle(c);
  on.AtStall();
  EXPECT_EQ(on.reason(), "");
  on.AtQuiet();
  EXPECT_EQ(on.reason(), "connection#1 lies in the pool although user/PUT#1 was never sent to its end");
}

client::Task<> WaitFor(client::Signal& signal, client::WaitReason reason) { co_await signal.Wait(reason); }

TEST(CleanIdle, NoTaskGoesOnWithARequestWhoseConnectionIsInThePool) {
  for (const bool complete : {true, false}) {
    OracleWorld on(LawId::kCleanIdle);
    const Name c = on.Connection(1);
    const Name put = on.Start(on.Task("user"), "PUT", 1);
    on.Open(c);
    on.Lease(c, put);
    on.Send(c);
    on.Arrive(c, put, complete);
    on.Answer(c, put, 10);
    on.Deliver(c);
    client::TaskGroup tasks(on.loop(), Name());
    client::Signal signal;
    tasks.Spawn(on.Named(put, "writer"), WaitFor(signal, {"room to write on", c}));
    on.loop().Step();
    on.Idle(c);
    EXPECT_EQ(on.reason(), complete ? ""
                                    : "connection#1 was given back to the pool while user/PUT#1/writer has not ended, "
                                      "and the request is incomplete");
  }
}

TEST(Generation, AConnectionHasOneHolder) {
  OracleWorld on(LawId::kGeneration);
  const Name c = on.Connection(1);
  const Name user = on.Task("user");
  on.Open(c);
  on.Exchange(c, on.Start(user, "GET", 1), 10);
  on.Idle(c);
  on.Lease(c, on.Start(user, "GET", 2));
  EXPECT_EQ(on.reason(), "");
  on.Lease(c, on.Start(user, "GET", 3));
  EXPECT_EQ(on.reason(), "connection#1 was given to user/GET#3 while user/GET#2 has it");
}

TEST(Generation, NobodyWritesToAConnectionInThePoolButTheRestOfItsLastRequest) {
  OracleWorld on(LawId::kGeneration);
  const Name c = on.Connection(1);
  const Name put = on.Start(on.Task("user"), "PUT", 1);
  on.Open(c);
  on.Lease(c, put);
  on.Send(c);
  on.Arrive(c, put, /*complete=*/false);
  on.Answer(c, put, 10);
  on.Deliver(c);
  on.Idle(c);
  on.Send(c);
  EXPECT_EQ(on.reason(), "");
  on.ledger().RequestComplete(c, put, 0);
  on.Send(c);
  EXPECT_EQ(on.reason(), "18 bytes were written to connection#1 while it lies in the pool");
}

TEST(Generation, NobodyPausesAConnectionInThePool) {
  OracleWorld on(LawId::kGeneration);
  const Name c = on.Connection(1);
  on.Open(c);
  on.Exchange(c, on.StartGet("user"), 10);
  on.ledger().ReadingPaused(c);
  on.ledger().ReadingResumed(c);
  on.Idle(c);
  EXPECT_EQ(on.reason(), "");
  on.ledger().ReadingPaused(c);
  EXPECT_EQ(on.reason(), "the reading of connection#1 was paused while it lies in the pool");
}

TEST(PauseResume, ABodyWithBytesToReadMayPauseUntilTheyAreRead) {
  OracleWorld on(LawId::kPauseResume);
  const Name c = on.Connection(1);
  on.Open(c);
  const Name body = on.Exchange(c, on.StartGet("user"), 100);
  on.ledger().PayloadFed(body, 100, 100);
  on.ledger().ReadingPaused(c);
  on.ledger().ReadingPaused(c, body);
  on.AtStep();
  EXPECT_EQ(on.reason(), "");
  on.ledger().PayloadRead(body, 100, 0);
  on.AtStep();
  EXPECT_EQ(on.reason(),
            "reading of connection#1 stays paused by a body that has nothing left to read: the body of user/GET#1 "
            "(100 of 100 bytes in, 100 read)");
}

TEST(PauseResume, ABodyThatIsGoneMustHaveResumedUnlessTheConnectionIsGivenUp) {
  for (const bool given_up : {true, false}) {
    OracleWorld on(LawId::kPauseResume);
    const Name c = on.Connection(1);
    on.Open(c);
    const Name body = on.Exchange(c, on.StartGet("user"), 100);
    on.ledger().PayloadFed(body, 100, 100);
    on.ledger().ReadingPaused(c);
    on.ledger().ReadingPaused(c, body);
    on.ledger().PayloadDestroyed(body);
    if (given_up) on.ledger().ConnectionClosed(on.key(), c, "given up");
    on.AtStep();
    EXPECT_EQ(on.violated(), given_up ? LawId::kNone : LawId::kPauseResume);
  }
}

TEST(PauseResume, TlsMayPauseByItselfUntilItsTurn) {
  for (const bool encrypted : {true, false}) {
    OracleWorld on(LawId::kPauseResume);
    const Name c = on.Connection(1);
    if (encrypted) on.ledger().Encrypted(c);
    on.Open(c);
    on.Lease(c, on.StartGet("user"));
    on.ledger().ReadingPaused(c);
    on.AtStep();
    EXPECT_EQ(on.reason(), encrypted ? "" : "reading of connection#1 stays paused by nobody");
    on.AtStall();
    EXPECT_EQ(on.reason(), "reading of connection#1 stays paused by nobody");
  }
}

TEST(ReqFraming, WhatAServerCannotParseIsReported) {
  OracleWorld on(LawId::kReqFraming);
  const Name c = on.Connection(1);
  on.Open(c);
  on.Exchange(c, on.StartGet("user"), 0);
  EXPECT_EQ(on.reason(), "");
  on.ledger().RequestBegan(c, 2);
  on.ledger().RequestMalformed(c, 2, "bad method");
  EXPECT_EQ(on.reason(), "what the server got as request 2 on connection#1 is none: bad method");
}

TEST(RetrySafe, ARequestThatWasNotSentDoesNotFailWithAClosedConnection) {
  for (const bool sent : {true, false}) {
    OracleWorld on(LawId::kRetrySafe);
    const Name c = on.Connection(1);
    const Name get = on.StartGet("user");
    on.Open(c);
    on.Lease(c, get);
    if (sent) on.Send(c);
    on.ledger().FinReceived(c, End::kClient);
    on.ledger().RequestEnded(get, client::ClientError(client::ErrorKind::kDisconnected, "closed by the peer"));
    EXPECT_EQ(on.reason(), sent ? "" : "user/GET#1 failed because connection#1 was closed, although not a byte of it "
                                       "was sent");
  }
}

TEST(RetrySafe, BehindATunnelThatWasJustOpenedItMay) {
  for (const bool tunnelled : {true, false}) {
    OracleWorld on(LawId::kRetrySafe);
    const Name c = on.Connection(1);
    const Name get = on.StartGet("user");
    on.Open(c);
    on.ledger().Proxied(c);
    if (tunnelled) on.ledger().Tunnelled(c, "10.0.0.1:80");
    on.Lease(c, get);
    on.ledger().FinReceived(c, End::kClient);
    on.ledger().RequestEnded(get, client::ClientError(client::ErrorKind::kDisconnected, "closed by the peer"));
    EXPECT_EQ(on.violated(), tunnelled ? LawId::kNone : LawId::kRetrySafe);
  }
}

TEST(RetrySafe, OnlyIdempotentRequestsMayReachAServerTwice) {
  for (const char* method : {"GET", "POST"}) {
    OracleWorld on(LawId::kRetrySafe);
    const Name request = on.Start(on.Task("user"), method, 1);
    for (const uint32_t number : {1, 2}) {
      on.Open(on.Connection(number));
      on.Lease(on.Connection(number), request);
      on.Arrive(on.Connection(number), request);
    }
    EXPECT_EQ(on.violated(), *method == 'G' ? LawId::kNone : LawId::kRetrySafe) << method;
  }
}

TEST(RetrySafe, ARetryThatNobodyAnswersIsNotRetried) {
  for (const uint32_t answered : {1, 2, 5}) {
    OracleWorld on(LawId::kRetrySafe);
    const Name get = on.StartGet("user");
    for (uint32_t number = 1; !on.world().violated(); ++number) {
      const Name c = on.Connection(number);
      on.Open(c);
      on.Lease(c, get);
      on.Arrive(c, get);
      if (number == answered) on.ledger().ResponseBegan(c, get, 302, 0, false);
      EXPECT_EQ(on.world().violated(), number == (answered < 3 ? answered + 3 : 3)) << number;
    }
    EXPECT_EQ(on.reason(), "user/GET#1 reached a server once more, although its retry was not answered");
  }
}

TEST(RetrySafe, RedirectsComeToAnEnd) {
  OracleWorld on(LawId::kRetrySafe);
  const Name get = on.StartGet("user");
  uint32_t number = 0;
  while (!on.world().violated() && number < 1000) {
    const Name c = on.Connection(++number);
    on.Open(c);
    on.Lease(c, get);
    on.Arrive(c, get);
    on.ledger().ResponseBegan(c, get, 302, 0, false);
  }
  EXPECT_EQ(on.reason(), "user/GET#1 has reached servers 101 times, and nobody ends that");
}

}  // namespace
}  // namespace sim
