#include "sim/explore/strategy.h"

#include "gtest/gtest.h"
#include "sim/choice/replay_source.h"
#include "sim/explore/campaign.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

class EveryStrategyTest : public testing::TestWithParam<std::string> {};

TEST_P(EveryStrategyTest, TwoOfAKindMakeTheSameRunsInAnyOrder) {
  const Program& program = *FindToy("pool_fixed");
  Runner runner;
  const std::unique_ptr<Strategy> one = MakeStrategy(GetParam());
  const std::unique_ptr<Strategy> two = MakeStrategy(GetParam());
  one->Use(MakeProfile(program, runner, LawSet::All(), 7));
  two->Use(MakeProfile(program, runner, LawSet::All(), 7));
  std::vector<uint64_t> digests;
  for (uint64_t run = 1; run <= 20; ++run) {
    digests.push_back(runner.Run(program, one->ForRun(7, run), {}).digest);
  }
  for (uint64_t run = 20; run >= 1; --run) {
    EXPECT_EQ(runner.Run(program, two->ForRun(7, run), {}).digest, digests[run - 1]) << run;
  }
}

TEST_P(EveryStrategyTest, TheTapeOfARunMakesTheRun) {
  const Program& program = *FindToy("pool");
  Runner runner;
  const std::unique_ptr<Strategy> strategy = MakeStrategy(GetParam());
  strategy->Use(MakeProfile(program, runner, LawSet::All(), 7));
  for (uint64_t run = 1; run <= 20; ++run) {
    const Outcome outcome = runner.Run(program, strategy->ForRun(7, run), {});
    ReplaySource replay(RecordedComplete(runner.history()), ReplaySource::Mode::kStrict);
    const Outcome again = runner.Run(program, replay, {});
    EXPECT_EQ(again.harness_fault, "");
    EXPECT_EQ(again.digest, outcome.digest);
    EXPECT_EQ(again.violation.law, outcome.violation.law);
  }
}

TEST_P(EveryStrategyTest, FindsTheLostWakeUpInTheSameRunWhateverTheNumberOfJobs) {
  CampaignOptions options;
  options.strategy = GetParam();
  options.runs = 3000;
  options.seed = 5;
  const CampaignResult one = RunCampaign(*FindToy("lost"), options);
  ASSERT_EQ(one.failures.size(), 1u);
  EXPECT_EQ(one.failures[0].outcome.violation.law, LawId::kProgress);
  options.jobs = 3;
  const CampaignResult three = RunCampaign(*FindToy("lost"), options);
  ASSERT_EQ(three.failures.size(), 1u);
  EXPECT_EQ(three.failures[0].run, one.failures[0].run);
  EXPECT_EQ(three.failures[0].tape, one.failures[0].tape);
}

TEST_P(EveryStrategyTest, IsFairInTheEnd) {
  // A task that spins until another one has had a single turn: no livelock, if only it gets its turn.
  CampaignOptions options;
  options.strategy = GetParam();
  options.runs = 200;
  const CampaignResult result = RunCampaign(SpinningToy(), options);
  EXPECT_TRUE(result.failures.empty()) << result.failures[0].outcome.violation.reason;
}

TEST_P(EveryStrategyTest, AProfileThatEndsTheProcessIsDoneWithout) {
  CampaignOptions options;
  options.strategy = GetParam();
  options.runs = 200;
  options.keep_going = true;
  const CampaignResult result = RunCampaign(CrashingToy(), options);
  EXPECT_EQ(result.runs, 200u);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].outcome.violation.law, LawId::kCrash);
  EXPECT_GT(result.failures[0].run, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, EveryStrategyTest, testing::ValuesIn(StrategyNames()),
                         [](const auto& info) { return info.param; });

TEST(StrategyTest, NumbersBelongToPctAndDelay) {
  for (const char* name : {"pct:1", "pct:8", "delay:1", "delay:8"}) EXPECT_NE(MakeStrategy(name), nullptr) << name;
  for (const char* name : {"", "luck", "pct:0", "pct:9", "pct:", "pct:x", "delay:9", "random:1", "pos:2"}) {
    EXPECT_EQ(MakeStrategy(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace sim
