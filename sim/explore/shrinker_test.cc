#include "sim/explore/shrinker.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "sim/explore/campaign.h"
#include "sim/explore/explainer.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toy.h"
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

// Breaks EXPECT if the first three of its draws are 1, or if the fourth is.
class TwoWays final : public Toy {
 public:
  explicit TwoWays(World& world) : Toy(world) {}
  static Name Drawer(uint32_t number) { return Name().Child("drawer", number); }
  void Spawn() override { Toy::Spawn(1, Draw(*this)); }

 private:
  static Task<> Draw(TwoWays& toy) {
    uint32_t sum = 0;
    for (uint32_t i = 1; i <= 3; ++i) {
      co_await Yield();
      sum += toy.world().Choose(Label::kToy, Drawer(i), 2);
    }
    const uint32_t last = toy.world().Choose(Label::kToy, Drawer(4), 2);
    toy.Expect(sum < 3 && last == 0, "it came one way or the other");
  }
};

class TwoWaysProgram final : public Program {
 public:
  TwoWaysProgram() { config_.offers.Add(Label::kToy); }
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override { return std::make_unique<TwoWays>(world); }

 private:
  const std::string name_ = "two_ways";
  WorldConfig config_;
};

TEST(ShrinkerTest, AnotherWayWithFewerDecisionsIsFound) {
  const TwoWaysProgram program;
  SparseTape tape;
  for (uint32_t i = 1; i <= 3; ++i) tape.push_back({{TwoWays::Drawer(i), Name(), 1, 2, Label::kToy}, 0});
  IsolatedRunner runner(program, {});
  TapeRun run;
  run.tape = tape;
  const Outcome outcome = runner.Run(run).outcome;
  ASSERT_EQ(outcome.violation.law, LawId::kExpect);
  const Shrunk shrunk = Shrink(program, tape, outcome.violation, {});
  ASSERT_EQ(shrunk.tape.size(), 1u);
  EXPECT_EQ(shrunk.tape[0].entry.asker, TwoWays::Drawer(4));
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
