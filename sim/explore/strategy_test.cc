#include "sim/explore/strategy.h"

#include "gtest/gtest.h"
#include "sim/choice/replay_source.h"
#include "sim/explore/campaign.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"
#include "sim/world/arena.h"

namespace sim {
namespace {

// Strategies whose runs can be made in any order, whatever they show.
std::vector<std::string> StatelessStrategies() {
  std::vector<std::string> names;
  for (const std::string& name : StrategyNames()) {
    if (!MakeStrategy(name)->sequential() && !MakeStrategy(name)->learns()) names.push_back(name);
  }
  return names;
}

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

// A label that a strategy does not draw itself is left out of some of its runs: what happens in every run hides the
// bugs that need its absence (swarm).
TEST(StrategiesTest, EachLeavesLabelsOutOfSomeRuns) {
  const std::vector<TapeEntry> tape = {{Name().Child("a", 0), Name(), 1, 3, Label::kToy}};
  const Lesson lesson{1, 1, {7}, {0}, Placed(tape.data(), tape.data() + tape.size())};
  for (const std::string& name : StrategyNames()) {
    const std::unique_ptr<Strategy> strategy = MakeStrategy(name);
    if (strategy->sequential()) continue;
    if (strategy->learns()) {
      strategy->BeginEpoch({0, 1, 1, 1});
      strategy->Learn(lesson);
    }
    int without_delays = 0;
    int without_splits = 0;
    int without_both = 0;
    for (uint64_t run = 1; run <= 64; ++run) {
      ChoiceSource& source = strategy->ForRun(1, run);
      source.BeginRun();
      bool delays = false;
      bool splits = false;
      for (int i = 0; i < 64; ++i) {
        if (source.Choose({Label::kLinkDelay, Name(), 5}) != 0) delays = true;
        if (source.Choose({Label::kLinkSplit, Name(), 5}) != 0) splits = true;
      }
      if (!delays) ++without_delays;
      if (!splits) ++without_splits;
      if (!delays && !splits) ++without_both;
    }
    EXPECT_GE(without_delays, 2) << name;
    EXPECT_GE(without_splits, 2) << name;
    EXPECT_LE(without_delays, 48) << name;
    EXPECT_LE(without_splits, 48) << name;
    // Each by itself.
    EXPECT_LT(without_both, without_delays + without_splits - without_both) << name;
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

INSTANTIATE_TEST_SUITE_P(All, EveryStrategyTest, testing::ValuesIn(StatelessStrategies()),
                         [](const auto& info) { return info.param; });

// Failures among so many runs.
uint64_t Hits(const char* toy, const char* name, uint64_t runs) {
  const Program& program = *FindToy(toy);
  Runner runner;
  const std::unique_ptr<Strategy> strategy = MakeStrategy(name);
  strategy->Use(MakeProfile(program, runner, LawSet::All(), 1));
  uint64_t hits = 0;
  for (uint64_t run = 1; run <= runs; ++run) {
    if (!runner.Run(program, strategy->ForRun(1, run), {}).held()) ++hits;
  }
  return hits;
}

TEST(PctTest, KeepsItsGuaranteeOnBugsOfEveryDepth) {
  Runner runner;
  const Profile profile = MakeProfile(*FindToy("depth_3"), runner, LawSet::All(), 1);
  const uint64_t n = profile.sources.size();
  const uint64_t k = profile.questions;
  EXPECT_EQ(n, 4u);
  // 1/(n k^(d-1)), with room for chance: about 5 standard deviations of what is expected at least.
  EXPECT_GE(Hits("depth_1", "pct:1", 1000), 1000 / n - 70);
  EXPECT_GE(Hits("depth_2", "pct:2", 20'000), 20'000 / (n * k) * 6 / 10);
  if (!SIM_HAS_ARENA) return;  // too slow under a sanitizer
  EXPECT_GE(Hits("depth_3", "pct:3", 400'000), 400'000 / (n * k * k) * 5 / 10);
}

TEST(PctTest, FindsNothingDeeperThanItLooks) {
  EXPECT_EQ(Hits("depth_2", "pct:1", 2000), 0u);
  EXPECT_EQ(Hits("depth_3", "pct:2", 20'000), 0u);
}

TEST(DelayTest, FindsNothingThatNeedsMoreDelays) { EXPECT_EQ(Hits("depth_1", "delay:1", 2000), 0u); }

TEST(EnumerateTest, EndsWhenItHasSeenEveryExecution) {
  CampaignOptions options;
  options.strategy = "enumerate";
  options.jobs = 2;
  const CampaignResult fixed = RunCampaign(*FindToy("fixed2"), options);
  EXPECT_TRUE(fixed.exhausted);
  EXPECT_EQ(fixed.runs, 39u);
  EXPECT_EQ(fixed.independent_runs, 0u);
  EXPECT_TRUE(fixed.failures.empty());
  options.runs = 38;
  EXPECT_FALSE(RunCampaign(*FindToy("fixed2"), options).exhausted);
}

TEST(EnumerateTest, GoesOnAfterFailuresAndCrashes) {
  CampaignOptions options;
  options.strategy = "enumerate";
  options.keep_going = true;
  const CampaignResult lost = RunCampaign(*FindToy("lost"), options);
  EXPECT_TRUE(lost.exhausted);
  EXPECT_EQ(lost.runs, 36u);
  EXPECT_EQ(lost.failures.size(), 1u);
  const CampaignResult crashing = RunCampaign(CrashingToy(), options);
  EXPECT_TRUE(crashing.exhausted);
  EXPECT_EQ(crashing.runs, 6u);
  EXPECT_EQ(crashing.failures.size(), 1u);
}

TEST(EnumerateTest, ABoundLeavesOutWhatDeviatesMore) {
  CampaignOptions options;
  options.strategy = "enumerate:0";
  EXPECT_EQ(RunCampaign(*FindToy("fixed2"), options).runs, 1u);
  options.strategy = "enumerate:1";
  const CampaignResult one = RunCampaign(*FindToy("fixed2"), options);
  EXPECT_TRUE(one.exhausted);
  EXPECT_GT(one.runs, 1u);
  EXPECT_LT(one.runs, 39u);
}

TEST(StrategyTest, NumbersBelongToPctAndDelay) {
  for (const char* name : {"pct:1", "pct:8", "delay:1", "delay:8"}) EXPECT_NE(MakeStrategy(name), nullptr) << name;
  for (const char* name : {"", "luck", "pct:0", "pct:9", "pct:", "pct:x", "delay:9", "random:1", "pos:2"}) {
    EXPECT_EQ(MakeStrategy(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace sim
