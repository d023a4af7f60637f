#include "sim/explore/campaign.h"

#include <signal.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

CampaignOptions Runs(uint64_t runs) {
  CampaignOptions options;
  options.runs = runs;
  return options;
}

TEST(CampaignTest, AProgramThatHoldsHoldsInEveryRun) {
  const CampaignResult result = RunCampaign(*FindToy("fixed2"), Runs(500));
  EXPECT_EQ(result.runs, 500u);
  EXPECT_EQ(result.checked, 5u);
  EXPECT_TRUE(result.failures.empty());
}

TEST(CampaignTest, TheFirstFailureDoesNotDependOnTheNumberOfJobs) {
  CampaignOptions options = Runs(2000);
  const CampaignResult one = RunCampaign(*FindToy("lost"), options);
  ASSERT_EQ(one.failures.size(), 1u);
  EXPECT_EQ(one.failures[0].outcome.violation.law, LawId::kProgress);
  for (const uint32_t jobs : {2u, 3u}) {
    options.jobs = jobs;
    const CampaignResult more = RunCampaign(*FindToy("lost"), options);
    ASSERT_EQ(more.failures.size(), 1u);
    EXPECT_EQ(more.failures[0].run, one.failures[0].run);
    EXPECT_EQ(more.failures[0].tape, one.failures[0].tape);
    EXPECT_EQ(more.failures[0].outcome.digest, one.failures[0].outcome.digest);
  }
}

TEST(CampaignTest, TheDigestOfAllRunsDoesNotDependOnTheNumberOfJobs) {
  CampaignOptions options = Runs(300);
  const uint64_t one = RunCampaign(*FindToy("pool_fixed"), options).digest;
  options.jobs = 3;
  EXPECT_EQ(RunCampaign(*FindToy("pool_fixed"), options).digest, one);
}

TEST(CampaignTest, TheStatisticsDoNotDependOnTheNumberOfJobs) {
  CampaignOptions options = Runs(300);
  const CampaignStatistics one = RunCampaign(*FindToy("depth_5"), options).statistics;
  options.jobs = 3;
  const CampaignStatistics three = RunCampaign(*FindToy("depth_5"), options).statistics;
  EXPECT_GT(one.end_states, 0u);
  EXPECT_GT(one.handoffs, 10u);
  EXPECT_GT(one.singular_runs, 0u);
  EXPECT_LT(one.singular_runs, 300u);
  EXPECT_FALSE(one.full);
  EXPECT_EQ(one.end_states, three.end_states);
  EXPECT_EQ(one.handoffs, three.handoffs);
  EXPECT_EQ(one.singular_runs, three.singular_runs);
}

TEST(CampaignTest, TheChanceOfSomethingNewIsWhatTheNextRunsShow) {
  // Good and Turing's estimate after n runs against what as many others really show.
  CampaignOptions options = Runs(400);
  const CampaignStatistics half = RunCampaign(*FindToy("depth_5"), options).statistics;
  options.runs = 800;
  const CampaignStatistics whole = RunCampaign(*FindToy("depth_5"), options).statistics;
  EXPECT_GE(half.singular_runs, whole.singular_runs / 2);  // the share falls
  EXPECT_LE(whole.handoffs - half.handoffs + whole.end_states - half.end_states, 4 * half.singular_runs);
}

TEST(CampaignTest, ShardsShareNoRunAndMissNone) {
  CampaignOptions options = Runs(301);
  const CampaignResult whole = RunCampaign(*FindToy("fixed2"), options);
  uint64_t runs = 0;
  uint64_t digest = 0;
  options.shards = 3;
  for (options.shard = 0; options.shard < 3; ++options.shard) {
    const CampaignResult shard = RunCampaign(*FindToy("fixed2"), options);
    runs += shard.runs;
    digest += shard.digest;
  }
  EXPECT_EQ(runs, whole.runs);
  EXPECT_EQ(digest, whole.digest);
}

TEST(CampaignTest, ACrashIsTheFirstFailureWithItsTape) {
  const CampaignResult result = RunCampaign(CrashingToy(), Runs(100));
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].outcome.violation.law, LawId::kCrash);
  EXPECT_FALSE(result.failures[0].tape.empty());
  EXPECT_EQ(result.runs, result.failures[0].run);
}

TEST(CampaignTest, ACrashLosesNothing) {
  CampaignOptions options = Runs(100);
  options.keep_going = true;
  const CampaignResult result = RunCampaign(CrashingToy(), options);
  EXPECT_EQ(result.runs, 100u);
  EXPECT_EQ(result.failures.size(), 1u);  // all of one kind
}

TEST(CampaignTest, ASignalIsAFailureWithItsTape) {
  const CampaignResult result = RunCampaign(SegfaultingToy(), Runs(100));
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].run, 1u);
  EXPECT_EQ(result.failures[0].outcome.violation.law, LawId::kCrash);
  EXPECT_EQ(result.failures[0].outcome.violation.step, 2u);
}

#if SIM_HAS_ARENA
TEST(CampaignTest, RunawayMemoryIsAFailureWithItsTape) {
  for (const Memory memory : {Memory::kArena, Memory::kHeap}) {
    CampaignOptions options = Runs(4);
    options.isolation.memory = memory;
    options.isolation.memory_max = uint64_t{512} << 20;
    const CampaignResult result = RunCampaign(GreedyToy(), options);
    ASSERT_EQ(result.failures.size(), 1u);
    EXPECT_EQ(result.failures[0].outcome.violation.law, LawId::kCrash);
    EXPECT_GT(result.failures[0].outcome.violation.step, 10u);
  }
}
#else
TEST(CampaignTest, WhatTheSanitizersSayIsAFailureWithItsTape) {
  const CampaignResult memory = RunCampaign(UseAfterFreeToy(), Runs(100));
  ASSERT_EQ(memory.failures.size(), 1u);
  EXPECT_EQ(memory.failures[0].outcome.violation.law, LawId::kCrash);
  EXPECT_NE(memory.failures[0].outcome.violation.reason.find("AddressSanitizer: heap-use-after-free"),
            std::string::npos)
      << memory.failures[0].outcome.violation.reason;
  const CampaignResult arithmetic = RunCampaign(OverflowingToy(), Runs(100));
  ASSERT_EQ(arithmetic.failures.size(), 1u);
  EXPECT_NE(arithmetic.failures[0].outcome.violation.reason.find("runtime error: signed integer overflow"),
            std::string::npos)
      << arithmetic.failures[0].outcome.violation.reason;
}
#endif

TEST(CampaignTest, AHangIsAFailure) {
  CampaignOptions options = Runs(3);
  options.isolation.step_limit_ns = 300'000'000;
  const CampaignResult result = RunCampaign(*FindCanary("must_hang"), options);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].run, 1u);
  EXPECT_EQ(result.failures[0].outcome.violation.law, LawId::kCrash);
}

TEST(CampaignTest, ARunThatDiffersWhenReplayedIsAHarnessFault) {
  CampaignOptions options = Runs(300);
  const CampaignResult result = RunCampaign(*FindCanary("clock_order"), options);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].run, 100u);
  EXPECT_NE(result.failures[0].outcome.harness_fault.find("NONDETERMINISTIC"), std::string::npos);
}

TEST(CampaignTest, EndsAfterItsDuration) {
  CampaignOptions options;
  options.duration_ns = 300'000'000;
  options.jobs = 2;
  const CampaignResult result = RunCampaign(*FindToy("fixed2"), options);
  EXPECT_GT(result.runs, 0u);
  EXPECT_LT(result.elapsed_ns, 5'000'000'000);
  EXPECT_FALSE(result.interrupted);
}

volatile sig_atomic_t interrupted = 0;

TEST(CampaignTest, CtrlCEndsItWithWhatItHas) {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
  CampaignOptions options;  // without end
  options.jobs = 2;
  options.interrupted = [] { return interrupted != 0; };
  bool sent = false;
  options.progress = [&sent](const CampaignProgress& progress) {
    if (progress.runs < 100 || sent) return;
    sent = true;
    kill(getpid(), SIGINT);
  };
  const CampaignResult result = RunCampaign(*FindToy("fixed2"), options);
  signal(SIGINT, SIG_DFL);
  EXPECT_TRUE(result.interrupted);
  EXPECT_GE(result.runs, 100u);
  EXPECT_TRUE(result.failures.empty());
}

}  // namespace
}  // namespace sim
