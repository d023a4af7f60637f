#include "sim/explore/shrinker.h"

#include "gtest/gtest.h"
#include "sim/explore/campaign.h"
#include "sim/explore/explainer.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

CampaignFailure FindFailure(const Program& program, LawId law) {
  CampaignOptions options;
  options.runs = 5000;
  const CampaignResult result = RunCampaign(program, options);
  if (result.failures.empty() || result.failures[0].outcome.violation.law != law) {
    ADD_FAILURE() << program.name() << " was not found";
    return {};
  }
  return result.failures[0];
}

Shrunk FindAndShrink(const Program& program, LawId law) {
  const CampaignFailure failure = FindFailure(program, law);
  const SparseTape tape = Sparse(failure.tape.data(), failure.tape.data() + failure.tape.size());
  return Shrink(program, tape, failure.outcome.violation, {});
}

TEST(ShrinkerTest, OneReorderingAndNothingElseIsLeft) {
  const CampaignFailure failure = FindFailure(OneReorderingToy(), LawId::kExpect);
  const SparseTape tape = Sparse(failure.tape.data(), failure.tape.data() + failure.tape.size());
  const Shrunk shrunk = Shrink(OneReorderingToy(), tape, failure.outcome.violation, {});
  ASSERT_TRUE(shrunk.reproduced);
  ASSERT_EQ(shrunk.tape.size(), 1u);
  EXPECT_EQ(shrunk.tape[0].entry.label, Label::kLoopNext);
  EXPECT_EQ(shrunk.outcome.violation.law, LawId::kExpect);
}

TEST(ShrinkerTest, IndicesBecomeAsLowAsTheyCanBe) {
  const Shrunk shrunk = FindAndShrink(MenuToy(), LawId::kExpect);
  ASSERT_EQ(shrunk.tape.size(), 1u);
  EXPECT_EQ(shrunk.tape[0].entry.label, Label::kToy);
  EXPECT_EQ(shrunk.tape[0].entry.index, 7u);
}

TEST(ShrinkerTest, ADeadlockNeedsFewDecisions) {
  const Shrunk lost = FindAndShrink(*FindToy("lost"), LawId::kProgress);
  EXPECT_GE(lost.tape.size(), 1u);
  EXPECT_LE(lost.tape.size(), 3u);
  const Shrunk stall = FindAndShrink(*FindCanary("must_stall"), LawId::kProgress);
  EXPECT_LE(stall.tape.size(), 1u);
}

TEST(ShrinkerTest, ACrashIsShrunkAndStaysTheSameCrash) {
  const Shrunk shrunk = FindAndShrink(CrashingToy(), LawId::kCrash);
  ASSERT_TRUE(shrunk.reproduced);
  EXPECT_EQ(shrunk.tape.size(), 1u);
  EXPECT_NE(shrunk.outcome.violation.reason.find("CHECK failed: first"), std::string::npos);
}

TEST(ShrinkerTest, TheShrunkTapeReplaysToItsOwnDigest) {
  const Shrunk shrunk = FindAndShrink(OneReorderingToy(), LawId::kExpect);
  IsolatedRunner runner(OneReorderingToy(), {});
  TapeRun run;
  run.tape = shrunk.tape;
  const TapeRunReport report = runner.Run(run);
  EXPECT_EQ(report.outcome.digest, shrunk.outcome.digest);
  EXPECT_EQ(report.misfits, 0u);
  EXPECT_EQ(RecordedComplete(runner.history()), shrunk.complete);
}

TEST(ShrinkerTest, WhatDoesNotReproduceIsReturnedAsItIs) {
  Violation violation;
  violation.law = LawId::kProgress;
  const Shrunk shrunk = Shrink(*FindToy("fixed2"), {}, violation, {});
  EXPECT_FALSE(shrunk.reproduced);
  EXPECT_TRUE(shrunk.tape.empty());
}

TEST(ExplainerTest, EveryDecisionOfAShrunkTapeMatters) {
  const Shrunk shrunk = FindAndShrink(*FindToy("lost"), LawId::kProgress);
  const Explanation explanation = Explain(*FindToy("lost"), shrunk.tape, shrunk.outcome.violation, LawSet::All(), {});
  ASSERT_EQ(explanation.matters.size(), shrunk.tape.size());
  for (size_t i = 0; i < shrunk.tape.size(); ++i) {
    EXPECT_TRUE(explanation.matters[i]) << explanation.decisions[i];
    EXPECT_EQ(explanation.decisions[i].rfind("loop.next, time ", 0), 0u) << explanation.decisions[i];
  }
  EXPECT_EQ(explanation.unavoidable.rfind("unavoidable from question ", 0), 0u) << explanation.unavoidable;
}

TEST(ExplainerTest, ADecisionTooManyIsNamed) {
  Shrunk shrunk = FindAndShrink(MenuToy(), LawId::kExpect);
  ASSERT_EQ(shrunk.tape.size(), 1u);
  Decision idle = shrunk.tape[0];
  idle.entry.asker = Name().Child("drawer", idle.entry.asker == Name().Child("drawer", 1) ? 2 : 1);
  idle.entry.index = 1;
  shrunk.tape.push_back(idle);
  const Explanation explanation = Explain(MenuToy(), shrunk.tape, shrunk.outcome.violation, LawSet::All(), {});
  EXPECT_TRUE(explanation.matters[0]);
  EXPECT_FALSE(explanation.matters[1]);
}

}  // namespace
}  // namespace sim
