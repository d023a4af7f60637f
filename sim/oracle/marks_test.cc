// Which marks a run comes to, by what the ledger is told.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle_testing.h"

namespace sim {
namespace {

class MarksTest : public testing::Test {
 protected:
  MarksTest() : on_(LawId::kExpect), c_(on_.Connection(1)) {}

  // "queued(third) ...": with the requests of their tasks, and other subjects by themselves.
  std::string Marks() {
    const History& history = on_.world().history();
    std::string text;
    for (size_t i = 0; i < kMarkCount; ++i) {
      const auto mark = static_cast<MarkId>(i);
      for (uint32_t k = 0; k < history.reached(mark); ++k) {
        const std::string subject = history.Render(history.hit(mark, k).subject);
        absl::StrAppend(&text, text.empty() ? "" : " ", MarkName(mark), "(", subject, ")");
      }
    }
    return text;
  }
  void Cancel(Name request) {
    ledger().OperationCancelled(on_.world().history().Parent(request), request);
    ledger().RequestCancelled(request);
  }
  Ledger& ledger() { return on_.ledger(); }

  OracleWorld on_;
  const Name c_;
};

TEST_F(MarksTest, ACancelledRequestIsMarkedByWhereItStood) {
  const Name queued = on_.StartGet("queued");
  ledger().WaiterQueued(on_.key(), queued);
  Cancel(queued);
  Cancel(on_.StartGet("connecting"));
  EXPECT_EQ(Marks(),
            "queued(queued/GET#1) cancelled while queued(queued/GET#1) "
            "cancelled while connecting(connecting/GET#1)");
}

TEST_F(MarksTest, ACancelledRequestWithAConnectionIsMarkedByWhatItHasSent) {
  on_.Open(c_);
  const Name served = on_.StartGet("served");
  on_.Lease(c_, served);
  Cancel(served);
  const Name sending = on_.StartGet("sending");
  on_.Lease(c_, sending);
  on_.Send(c_);
  Cancel(sending);
  const Name waiting = on_.StartGet("waiting");
  on_.Lease(c_, waiting);
  on_.Send(c_);
  ledger().RequestSent(c_, waiting);
  Cancel(waiting);
  EXPECT_EQ(Marks(),
            "reused(sending/GET#1) reused(waiting/GET#1) cancelled when served(served/GET#1) "
            "cancelled while sending(sending/GET#1) cancelled while waiting(waiting/GET#1)");
}

TEST_F(MarksTest, ABodyIsBeingReadUntilAllOfItHasCome) {
  on_.Open(c_);
  for (const size_t missing : {size_t{0}, size_t{5}}) {
    const Name get = on_.StartGet(missing == 0 ? "whole" : "part");
    on_.Lease(c_, get);
    on_.Send(c_);
    ledger().RequestSent(c_, get);
    on_.Arrive(c_, get);
    on_.Answer(c_, get, 100);
    on_.Deliver(c_, missing);
    on_.OpenBody(c_, get);
    ledger().BodyDropped(get, 0);
    Cancel(get);
  }
  EXPECT_EQ(Marks(), "reused(part/GET#1) cancelled while reading(part/GET#1) given up(part/GET#1)");
}

TEST_F(MarksTest, AnEarlyResponseComesBeforeTheRequestWasSent) {
  on_.Open(c_);
  const Name get = on_.StartGet("early");
  on_.Lease(c_, get);
  on_.OpenBody(c_, get);
  EXPECT_EQ(Marks(), "early response(early/GET#1)");
}

TEST_F(MarksTest, ALostConnectionIsMarkedByWhoHadIt) {
  on_.Open(c_);
  on_.Lease(c_, on_.StartGet("first"));
  on_.Idle(c_);
  ledger().FinReceived(c_, End::kServer);
  EXPECT_EQ(Marks(), "");
  ledger().FinReceived(c_, End::kClient);
  const Name other = on_.Connection(2);
  on_.Open(other);
  const Name get = on_.StartGet("second");
  on_.Lease(other, get);
  on_.Send(other);
  ledger().LossReported(other, End::kClient);
  ledger().FinReceived(other, End::kClient);
  EXPECT_EQ(Marks(), "idle connection lost(pool/connection#1) lost unanswered(second/GET#1)");
}

TEST_F(MarksTest, WhatIsDrainedComesBackOrNot) {
  for (const bool back : {true, false}) {
    const Name connection = on_.Connection(back ? 3 : 4);
    on_.Open(connection);
    on_.Lease(connection, on_.StartGet(back ? "little" : "much"));
    ledger().ConnectionDraining(on_.key(), connection);
    if (back) {
      on_.Idle(connection);
    } else {
      ledger().ConnectionClosed(on_.key(), connection, "too much");
    }
  }
  EXPECT_EQ(Marks(), "drained(little/GET#1) drain ended(much/GET#1)");
}

TEST_F(MarksTest, AFailureIsMarkedByItsKind) {
  const Name get = on_.StartGet("slow");
  ledger().RequestEnded(get, client::ClientError::TimedOut(client::TimeoutKind::kTotal, "late"));
  EXPECT_EQ(Marks(), "timed out(slow/GET#1)");
}

TEST_F(MarksTest, ClosesCrossIfBothAreSaidBeforeTheOtherIsHeard) {
  for (const bool cross : {false, true}) {
    const Name socket = on_.StartGet(cross ? "crossing" : "answered");
    ledger().WebSocketPlanned(socket, SocketTerms());
    ledger().WebSocketAccepted(c_, socket);
    ledger().ClosingStarted(socket);
    if (!cross) ledger().CloseArrived(socket, 1000);
    ledger().CloseSent(socket, 1000);
  }
  EXPECT_EQ(Marks(), "closes cross(crossing/GET#1)");
}

}  // namespace
}  // namespace sim
