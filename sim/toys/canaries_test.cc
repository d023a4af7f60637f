#include "sim/toys/canaries.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

// The laws that `runs` random runs break.
std::set<LawId> BrokenLaws(absl::string_view canary, uint64_t runs) {
  std::set<LawId> laws;
  Runner runner;
  RandomSource source;
  for (uint64_t run = 0; run < runs; ++run) {
    source.Seed(RunSeed(1, run));
    laws.insert(runner.Run(*FindCanary(canary), source, {}).violation.law);
  }
  return laws;
}

uint64_t Digest(absl::string_view canary, const Runner::Options& options) {
  Runner runner(options, std::make_shared<History>());
  RandomSource source;
  source.Seed(1);
  const Outcome outcome = runner.Run(*FindCanary(canary), source, {});
  EXPECT_TRUE(outcome.held()) << outcome.violation.reason;
  return outcome.digest;
}

Runner::Options AtOffset(size_t base_offset) {
  Runner::Options options;
  options.arena.base_offset = base_offset;
  return options;
}

TEST(CanariesTest, MustFailFailsInSomeOrders) {
  const std::set<LawId> expected = {LawId::kNone, LawId::kExpect};
  EXPECT_EQ(BrokenLaws("must_fail", 20), expected);
}

TEST(CanariesTest, MustStallStallsInSomeOrders) {
  const std::set<LawId> expected = {LawId::kNone, LawId::kProgress};
  EXPECT_EQ(BrokenLaws("must_stall", 20), expected);
}

TEST(CanariesTest, MustHangNeverReturns) {
  const pid_t child = fork();
  if (child == 0) {
    Runner runner;
    RandomSource source;
    runner.Run(*FindCanary("must_hang"), source, {});
    _exit(0);
  }
  usleep(300'000);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, WNOHANG), 0) << "it returned";
  kill(child, SIGKILL);
  EXPECT_EQ(waitpid(child, &status, 0), child);
}

TEST(CanariesTest, TheClockDiffersFromRunToRun) { EXPECT_NE(Digest("clock_order", {}), Digest("clock_order", {})); }

TEST(CanariesTest, HashOrderDiffersWithTheBaseAddress) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "no arena";
  EXPECT_NE(Digest("hash_order", AtOffset(0)), Digest("hash_order", AtOffset(size_t{3} << 20)));
}

TEST(CanariesTest, PointerOrderDiffersWithTheBaseAddress) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "no arena";
  EXPECT_NE(Digest("pointer_order", AtOffset(0)), Digest("pointer_order", AtOffset(4096)));
}

TEST(CanariesTest, PointerOrderDiffersWithPaddedAllocations) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "no arena";
  Runner::Options padded;
  padded.arena.padded = true;
  EXPECT_NE(Digest("pointer_order", {}), Digest("pointer_order", padded));
}

TEST(CanariesTest, TheOthersDoNotDifferWithTheBaseAddress) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "no arena";
  for (const char* canary : {"must_fail", "must_stall"}) {
    Runner::Options heap;
    heap.memory = Memory::kHeap;
    EXPECT_EQ(Digest(canary, {}), Digest(canary, AtOffset(4096))) << canary;
    EXPECT_EQ(Digest(canary, {}), Digest(canary, heap)) << canary;
  }
}

TEST(CanariesTest, EveryCanaryIsFoundByItsName) {
  for (absl::string_view name : CanaryNames()) {
    ASSERT_NE(FindCanary(name), nullptr) << name;
    EXPECT_EQ(FindCanary(name)->name(), name);
  }
  EXPECT_EQ(FindCanary("no such canary"), nullptr);
}

}  // namespace
}  // namespace sim
