#include "sim/toys/toys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/choice/enumerate_source.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

struct Count {
  uint64_t runs = 0;
  uint64_t bad = 0;
};

Count Enumerate(absl::string_view toy) {
  const Program* program = FindToy(toy);
  Runner runner;
  EnumerateSource source;
  Count count;
  do {
    const Outcome outcome = runner.Run(*program, source, {});
    EXPECT_EQ(outcome.harness_fault, "");
    ++count.runs;
    if (!outcome.held()) ++count.bad;
  } while (source.Next());
  return count;
}

// The violation of the first run that has one; the number of that run in `runs`.
Violation Search(absl::string_view toy, uint64_t base, uint64_t runs_max, uint64_t* runs) {
  const Program* program = FindToy(toy);
  Runner runner;
  RandomSource::Options options;
  options.swarm = false;
  RandomSource source(options);
  for (*runs = 1; *runs <= runs_max; ++*runs) {
    source.Seed(RunSeed(base, *runs));
    const Outcome outcome = runner.Run(*program, source, {});
    if (!outcome.held()) return outcome.violation;
  }
  return {};
}

uint64_t MedianRunsToBug(absl::string_view toy) {
  std::vector<uint64_t> all;
  for (uint64_t base = 0; base < 101; ++base) {
    uint64_t runs;
    EXPECT_NE(Search(toy, base, 100'000, &runs).law, LawId::kNone);
    all.push_back(runs);
  }
  std::sort(all.begin(), all.end());
  return all[50];
}

TEST(ToysTest, Fixed2Has39ExecutionsAndHolds) {
  const Count count = Enumerate("fixed2");
  EXPECT_EQ(count.runs, 39u);
  EXPECT_EQ(count.bad, 0u);
}

TEST(ToysTest, LostHas36ExecutionsOfWhichThreeStall) {
  const Count count = Enumerate("lost");
  EXPECT_EQ(count.runs, 36u);
  EXPECT_EQ(count.bad, 3u);
}

TEST(ToysTest, PoolOfOneRequestHas858Executions) { EXPECT_EQ(Enumerate("pool_1_1_1").runs, 858u); }

TEST(ToysTest, PoolOfOneRequestOfTwoChunksHas146226Executions) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "too slow under a sanitizer";
  EXPECT_EQ(Enumerate("pool_1_1_2").runs, 146'226u);
}

TEST(ToysTest, ThreeTasksOfFourIncrementsHave756756Executions) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "too slow under a sanitizer";
  const Count count = Enumerate("incr_3_4");
  EXPECT_EQ(count.runs, 756'756u);
  EXPECT_EQ(count.bad, 0u);
}

TEST(ToysTest, RandomSearchFindsTheLostWakeUpInAboutTenRuns) { EXPECT_LE(MedianRunsToBug("lost"), 12u); }

TEST(ToysTest, RandomSearchFindsThePausedConnectionInAboutThreeRuns) { EXPECT_LE(MedianRunsToBug("pool"), 3u); }

TEST(ToysTest, RandomSearchFindsTheDeepBug) {
  uint64_t runs;
  const Violation violation = Search("deep", 1, 100'000, &runs);
  EXPECT_EQ(violation.law, LawId::kExpect);
  EXPECT_EQ(violation.reason, "the addition came in between");
}

TEST(ToysTest, AStallNamesWhoIsLeft) {
  uint64_t runs;
  const Violation violation = Search("lost", 1, 1000, &runs);
  EXPECT_EQ(violation.law, LawId::kProgress);
  EXPECT_EQ(violation.reason, "deadlock: 1 tasks are left and nothing can run\n  task#1 waits for an event");
}

TEST(ToysTest, TheFixedOnesHoldFor20000Seeds) {
  const uint64_t runs_max = SIM_HAS_ARENA ? 20'000 : 500;
  for (const char* toy : {"fixed2", "incr_3_4", "pool_fixed"}) {
    uint64_t runs;
    EXPECT_EQ(Search(toy, 7, runs_max, &runs).reason, "") << toy;
    EXPECT_EQ(runs, runs_max + 1) << toy;
  }
}

TEST(ToysTest, EveryToyIsFoundByItsName) {
  for (absl::string_view name : ToyNames()) {
    ASSERT_NE(FindToy(name), nullptr) << name;
    EXPECT_EQ(FindToy(name)->name(), name);
  }
  EXPECT_EQ(FindToy("no such toy"), nullptr);
}

}  // namespace
}  // namespace sim
