#include "sim/explore/realigner.h"

#include "gtest/gtest.h"
#include "sim/explore/campaign.h"
#include "sim/explore/scenario_check.h"
#include "sim/explore/shrinker.h"
#include "sim/explore/test_toys.h"

namespace sim {
namespace {

// The shortest failure of the door: one decision.
Shrunk Kept() {
  CampaignOptions options;
  options.runs = 5000;
  const CampaignResult result = RunCampaign(DoorToy(), options);
  if (result.failures.empty()) {
    ADD_FAILURE() << "nobody came twice";
    return {};
  }
  const CampaignFailure& failure = result.failures[0];
  const SparseTape tape = Sparse(failure.tape.data(), failure.tape.data() + failure.tape.size());
  return Shrink(DoorToy(), tape, failure.outcome.violation, {});
}

Realigned Replay(const Program& program, const Shrunk& kept) {
  IsolatedRunner runner(program, {});
  TapeRun run;
  run.tape = kept.tape;
  return Realign(runner, run, kept.outcome.digest);
}

TEST(RealignerTest, WhatFitsIsReplayedAsItIs) {
  const Shrunk kept = Kept();
  ASSERT_EQ(kept.tape.size(), 1u);
  const Realigned realigned = Replay(DoorToy(), kept);
  EXPECT_EQ(realigned.report.outcome.digest, kept.outcome.digest);
  EXPECT_EQ(realigned.drift, "");
  EXPECT_EQ(realigned.alignment, "");
  EXPECT_EQ(realigned.tried, 0u);
}

TEST(RealignerTest, AChangeThatShiftsAMomentIsFollowed) {
  const Shrunk kept = Kept();
  TapeRun run;
  run.tape = kept.tape;
  IsolatedRunner runner(ChangedDoorToy(), {});
  ASSERT_TRUE(runner.Run(run).outcome.held()) << "the change moves nothing";

  const Realigned realigned = Replay(ChangedDoorToy(), kept);
  EXPECT_EQ(realigned.report.outcome.violation.law, LawId::kExpect);
  EXPECT_EQ(realigned.alignment.rfind("loop.next ", 0), 0u) << realigned.alignment;
  EXPECT_NE(realigned.alignment.find(" later from decision 1 on"), std::string::npos) << realigned.alignment;
  EXPECT_NE(realigned.drift, "");
}

TEST(RealignerTest, WhereTheFailureIsGoneTheTapeIsLeftAsItIs) {
  const Shrunk kept = Kept();
  IsolatedRunner runner(ClosedDoorToy(), {});
  TapeRun run;
  run.tape = kept.tape;
  const uint64_t digest = runner.Run(run).outcome.digest;
  const Realigned realigned = Replay(ClosedDoorToy(), kept);
  EXPECT_TRUE(realigned.report.outcome.held());
  EXPECT_EQ(realigned.report.outcome.digest, digest);
  EXPECT_EQ(realigned.alignment, "");
  EXPECT_NE(realigned.drift, "");
  EXPECT_GT(realigned.tried, 2u * static_cast<uint64_t>(kShiftMax));
}

TEST(RealignerTest, ItIsTheSameEveryTime) {
  const Shrunk kept = Kept();
  const Realigned first = Replay(ChangedDoorToy(), kept), second = Replay(ChangedDoorToy(), kept);
  EXPECT_EQ(first.alignment, second.alignment);
  EXPECT_EQ(first.drift, second.drift);
  EXPECT_EQ(first.tried, second.tried);
  EXPECT_EQ(first.report.outcome.digest, second.report.outcome.digest);
}

TEST(RealignerTest, DriftNamesTheFirstDecisionThatFindsAnotherPlace) {
  Shrunk kept = Kept();
  ASSERT_EQ(kept.tape.size(), 1u);
  kept.tape[0].entry.count = 9;
  kept.outcome.digest = 0;
  const Realigned realigned = Replay(DoorToy(), kept);
  EXPECT_EQ(realigned.drift.rfind("drifted at decision 1: the tape has loop.next, time ", 0), 0u) << realigned.drift;
  EXPECT_NE(realigned.drift.find(" of 9; the run offers 2 there"), std::string::npos) << realigned.drift;
  kept.tape[0].ordinal = 1000;
  EXPECT_NE(Replay(ClosedDoorToy(), kept).drift.find("; the run does not ask that"), std::string::npos);
}

TEST(RealignerTest, AKeptTapeIsCheckedWhereTheCodeHasChanged) {
  const Shrunk kept = Kept();
  TapeFile tape;
  tape.decisions = kept.tape;
  tape.digest = kept.outcome.digest;
  const CheckResult fails = CheckTapeFails(ChangedDoorToy(), tape, LawSet::Only(LawId::kExpect), LawSet::All(), {});
  EXPECT_TRUE(fails.ok) << fails.text;
  EXPECT_NE(fails.text.find("(realigned: loop.next "), std::string::npos) << fails.text;
  EXPECT_TRUE(CheckTapeHolds(ClosedDoorToy(), tape, LawSet::All(), {}).ok);
  const CheckResult holds = CheckTapeHolds(ChangedDoorToy(), tape, LawSet::All(), {});
  EXPECT_FALSE(holds.ok);
  EXPECT_NE(holds.text.find("drifted"), std::string::npos) << holds.text;
}

}  // namespace
}  // namespace sim
