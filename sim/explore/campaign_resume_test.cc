// Campaigns that are cut off and go on, whose processes are killed, and that are made in parts.
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sim/explore/campaign.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

constexpr size_t kKeysMax = 1 << 20;

CampaignOptions Runs(uint64_t runs, const std::string& strategy) {
  CampaignOptions options;
  options.runs = runs;
  options.strategy = strategy;
  options.keep_going = true;
  return options;
}

std::string Failures(const CampaignResult& result) {
  std::string text;
  for (const CampaignFailure& failure : result.failures) {
    text += KindOfFailure(failure.outcome) + " in run " + std::to_string(failure.run) + ", " +
            std::to_string(failure.tape.size()) + " questions; ";
  }
  return text;
}

void ExpectEqual(const CampaignResult& a, const CampaignResult& b) {
  EXPECT_EQ(a.runs, b.runs);
  EXPECT_EQ(a.independent_runs, b.independent_runs);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.checked, b.checked);
  EXPECT_EQ(a.digest, b.digest);
  EXPECT_EQ(a.exhausted, b.exhausted);
  EXPECT_EQ(a.runs_by, b.runs_by);
  EXPECT_EQ(a.statistics.end_states, b.statistics.end_states);
  EXPECT_EQ(a.statistics.handoffs, b.statistics.handoffs);
  EXPECT_EQ(a.statistics.singular_runs, b.statistics.singular_runs);
  EXPECT_EQ(a.corpus.size(), b.corpus.size());
  EXPECT_EQ(Failures(a), Failures(b));
}

// The state of a campaign without end at a checkpoint in the middle.
CampaignState CutOff(const Program& program, CampaignOptions options) {
  std::vector<CampaignState> states;
  options.runs = 0;
  options.checkpoint_every_ns = 1;
  options.checkpoint = [&states](const CampaignState& state) {
    if (state.next_run != 0) states.push_back(state);
  };
  options.interrupted = [&states] { return !states.empty(); };
  RunCampaign(program, options);
  EXPECT_GT(states.size(), 1u);
  EXPECT_LT(states.front().next_run, states.back().next_run);
  return states.front();
}

// Processes whose parent is this one.
std::vector<pid_t> Children() {
  std::vector<pid_t> children;
  DIR* listing = opendir("/proc");
  while (const dirent* entry = readdir(listing)) {
    std::ifstream stat(std::string("/proc/") + entry->d_name + "/stat");
    std::string pid, name, status;
    pid_t parent = 0;
    if (stat >> pid >> name >> status >> parent && parent == getpid() && status != "Z") {
      children.push_back(std::stoi(pid));
    }
  }
  closedir(listing);
  return children;
}

TEST(CampaignResumeTest, WhatGoesOnFromACheckpointEndsAsIfItHadNotBeenCutOff) {
  for (const char* strategy : {"random", "pct", "portfolio"}) {
    CampaignOptions options = Runs(0, strategy);
    options.jobs = 2;
    const CampaignState state = CutOff(*FindToy("depth_2"), options);
    EXPECT_EQ(state.totals.runs, state.next_run - 1);
    const uint64_t runs = state.totals.runs + 1000;
    const CampaignResult whole = RunCampaign(*FindToy("depth_2"), Runs(runs, strategy));
    SCOPED_TRACE(testing::Message() << strategy << ", cut off before " << state.next_run);
    CampaignOptions rest = Runs(runs, strategy);
    rest.jobs = 3;
    rest.resume = &state;
    ExpectEqual(RunCampaign(*FindToy("depth_2"), rest), whole);
  }
}

TEST(CampaignResumeTest, WhatIsInterruptedGoesOn) {
  CampaignOptions options = Runs(0, "portfolio");
  options.jobs = 2;
  CampaignState last;
  uint64_t asked = 0;
  options.interrupted = [&asked] { return ++asked >= 2; };
  options.checkpoint = [&last](const CampaignState& state) { last = state; };
  const CampaignResult first = RunCampaign(*FindToy("depth_5"), options);
  EXPECT_TRUE(first.interrupted);
  EXPECT_EQ(first.runs, last.totals.runs);
  CampaignOptions rest = Runs(first.runs + 500, "portfolio");
  rest.resume = &last;
  ExpectEqual(RunCampaign(*FindToy("depth_5"), rest),
              RunCampaign(*FindToy("depth_5"), Runs(first.runs + 500, "portfolio")));
}

TEST(CampaignResumeTest, AnEnumerationGoesOnBehindItsLastTape) {
  CampaignOptions options = Runs(0, "enumerate");
  const CampaignResult whole = RunCampaign(*FindToy("fixed2"), options);
  EXPECT_EQ(whole.runs, 39u);
  CampaignState state;
  options.runs = 20;
  options.checkpoint = [&state](const CampaignState& now) { state = now; };
  RunCampaign(*FindToy("fixed2"), options);
  CampaignOptions rest = Runs(0, "enumerate");
  rest.resume = &state;
  const CampaignResult result = RunCampaign(*FindToy("fixed2"), rest);
  EXPECT_TRUE(result.exhausted);
  ExpectEqual(result, whole);
}

TEST(CampaignResumeTest, AKnownFailureIsKeptAndNotToldAgain) {
  CampaignOptions options = Runs(300, "random");
  CampaignState at_once;
  int told = 0;
  options.checkpoint = [&](const CampaignState& state) {
    if (at_once.failures.empty()) at_once = state;
  };
  options.found = [&](const CampaignFailure& failure, const History&) {
    ++told;
    // Whoever is told can rely on its being kept.
    ASSERT_EQ(at_once.failures.size(), 1u);
    EXPECT_EQ(at_once.failures[0].run, failure.run);
    EXPECT_EQ(at_once.next_run, 0u);  // no checkpoint was due: the runs will be made again
  };
  const CampaignResult whole = RunCampaign(*FindToy("lost"), options);
  EXPECT_EQ(told, 1);
  options.checkpoint = nullptr;
  options.resume = &at_once;
  ExpectEqual(RunCampaign(*FindToy("lost"), options), whole);
  EXPECT_EQ(told, 1);
  // Nor where it has ended the campaign.
  options.keep_going = false;
  const CampaignResult stopped = RunCampaign(*FindToy("lost"), options);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(Failures(stopped), Failures(whole));
  EXPECT_EQ(stopped.runs, whole.failures[0].run);
}

TEST(CampaignResumeTest, AWorkerThatIsKilledLosesNothing) {
  for (const char* strategy : {"random", "portfolio"}) {
    CampaignOptions options = Runs(0, strategy);
    options.jobs = 2;
    int killed = 0;
    uint64_t end = 0;
    CampaignProgress last{};
    options.progress = [&](const CampaignProgress& progress) {
      // Not in the same run twice, and some more runs at the end.
      if (progress.runs < last.runs + 1000 || progress.elapsed_ns < last.elapsed_ns + 300'000'000) return;
      last = progress;
      if (killed > 3) end = progress.runs;
      if (killed > 3) return;
      for (const pid_t child : Children()) killed += kill(child, SIGKILL) == 0 ? 1 : 0;
    };
    options.interrupted = [&end] { return end != 0; };
    const CampaignResult disturbed = RunCampaign(*FindToy("depth_2"), options);
    EXPECT_GT(killed, 3);
    ExpectEqual(disturbed, RunCampaign(*FindToy("depth_2"), Runs(disturbed.runs, strategy)));
  }
}

TEST(CampaignResumeTest, ShardsTogetherAreTheWholeCampaign) {
  CampaignOptions options = Runs(2000, "pos");
  const CampaignResult whole = RunCampaign(*FindToy("depth_1"), options);
  EXPECT_EQ(whole.failures.size(), 1u);
  CampaignState sum;
  options.shards = 3;
  options.jobs = 2;
  for (options.shard = 0; options.shard < 3; ++options.shard) {
    CampaignState shard;
    options.checkpoint = [&shard](const CampaignState& state) { shard = state; };
    RunCampaign(*FindToy("depth_1"), options);
    if (options.shard == 0) {
      sum = shard;
    } else {
      sum.Merge(shard, kKeysMax);
    }
  }
  ExpectEqual(ResultOf(sum, "pos"), whole);
  EXPECT_FALSE(sum.full);
}

TEST(CampaignResumeTest, ASumThatIsCutSaysSo) {
  CampaignState a;
  a.end_states = {{1, 10}, {5, 10}, {9, kSeveralRuns}};
  CampaignState b;
  b.end_states = {{5, 11}, {7, 12}};
  CampaignState whole = a;
  whole.Merge(b, 4);
  EXPECT_EQ(whole.end_states, (std::vector<Sighting>{{1, 10}, {5, kSeveralRuns}, {7, 12}, {9, kSeveralRuns}}));
  EXPECT_EQ(whole.Statistics().singular_runs, 2u);
  EXPECT_FALSE(whole.full);
  CampaignState cut = a;
  cut.Merge(b, 3);
  EXPECT_EQ(cut.end_states.size(), 3u);
  EXPECT_TRUE(cut.full);
}

}  // namespace
}  // namespace sim
