#include "sim/explore/prover.h"

#include <gtest/gtest.h>

#include "sim/choice/enumerate_source.h"
#include "sim/choice/replay_source.h"
#include "sim/explore/sparse_tape.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

// What plain enumeration finds.
struct Enumerated {
  uint64_t runs = 0;
  uint64_t bad = 0;
};

Enumerated Enumerate(const Program& program) {
  Runner runner;
  EnumerateSource source;
  Enumerated all;
  do {
    const Outcome outcome = runner.Run(program, source, {});
    ++all.runs;
    if (!outcome.held()) ++all.bad;
  } while (source.Next());
  return all;
}

class ProverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!SIM_HAS_ARENA) GTEST_SKIP() << "the sanitizer has the heap: there are no snapshots";
  }
};

TEST_F(ProverTest, WhatHoldsIsExhaustedInFarFewerStepsThanByEnumeration) {
  for (const char* toy : {"fixed2", "incr_3_4", "pool_1_1_1", "pool_1_1_2"}) {
    const ProveResult result = Prove(*FindToy(toy), {});
    EXPECT_TRUE(result.exhausted) << toy << ": " << result.stopped;
    EXPECT_TRUE(result.outcome.held()) << toy;
    EXPECT_EQ(result.explored_ppm, 1'000'000u) << toy;
    const Enumerated all = Enumerate(*FindToy(toy));
    EXPECT_EQ(all.bad, 0u);
    EXPECT_LT(result.runs, all.runs) << toy;
  }
}

TEST_F(ProverTest, ABugIsFoundAndItsTapeFailsAgain) {
  for (const char* toy : {"lost", "deep", "pool"}) {
    const ProveResult result = Prove(*FindToy(toy), {});
    ASSERT_FALSE(result.exhausted) << toy;
    ASSERT_NE(result.outcome.violation.law, LawId::kNone) << toy;
    Runner runner;
    ReplaySource source(result.tape, ReplaySource::Mode::kStrict);
    const Outcome again = runner.Run(*FindToy(toy), source, {});
    EXPECT_EQ(again.violation.law, result.outcome.violation.law) << toy;
    EXPECT_EQ(again.violation.reason, result.outcome.violation.reason) << toy;
  }
}

// Also where a sanitizer has the memory.
TEST(ProverOnTheHeapTest, EveryRunIsTakenFromItsBeginning) {
  ProveOptions options;
  options.memory = Memory::kHeap;
  const ProveResult all = Prove(*FindToy("fixed2"), options);
  EXPECT_TRUE(all.exhausted);
  EXPECT_EQ(all.runs, 39u);
  EXPECT_EQ(all.states, 0u);
  options.bound = 1;
  const ProveResult some = Prove(*FindToy("fixed2"), options);
  EXPECT_FALSE(some.exhausted);
  EXPECT_EQ(some.bound, 1);
  EXPECT_LT(some.runs, 39u);
  options.bound = -1;
  const ProveResult broken = Prove(*FindToy("lost"), options);
  EXPECT_EQ(broken.outcome.violation.law, LawId::kProgress);
  EXPECT_FALSE(broken.tape.empty());
}

TEST_F(ProverTest, WithABoundItGoesNoFurther) {
  ProveOptions options;
  options.bound = 1;
  const ProveResult result = Prove(*FindToy("pool_1_1_1"), options);
  EXPECT_FALSE(result.exhausted);
  EXPECT_EQ(result.bound, 1);
  EXPECT_EQ(result.stopped, "");
}

TEST_F(ProverTest, ReductionTakesFewerTransitions) {
  const ProveResult reduced = Prove(*FindToy("pool_2_2_1"), {});
  ProveOptions options;
  options.reduces = false;
  const ProveResult all = Prove(*FindToy("pool_2_2_1"), options);
  EXPECT_TRUE(reduced.exhausted && reduced.is_reduced);
  EXPECT_TRUE(all.exhausted && !all.is_reduced);
  EXPECT_LT(reduced.transitions, all.transitions / 2);
  EXPECT_EQ(reduced.end_states, all.end_states);
}

TEST_F(ProverTest, ACrashIsAViolationWithATape) {
  const ProveResult result = Prove(CrashingToy(), {});
  EXPECT_EQ(result.outcome.violation.law, LawId::kCrash);
  EXPECT_FALSE(result.exhausted);
}

TEST_F(ProverTest, WhatIsExhaustedIsSaidWithItsBound) {
  ProveOptions options;
  options.states_max = 3000;
  const ProveResult result = Prove(*FindToy("pool_2_2_2"), options);
  EXPECT_FALSE(result.exhausted);
  EXPECT_EQ(result.stopped, "the limit of 3000 states");
  EXPECT_GE(result.bound, 1);
  EXPECT_LT(result.states, 3000u);
  EXPECT_LT(result.explored_ppm, 1'000'000u);
}

TEST_F(ProverTest, ABugIsFoundWithAsFewDeviationsAsItTakes) {
  const ProveResult result = Prove(*FindToy("pool"), {});
  const SparseTape tape = Sparse(result.tape.data(), result.tape.data() + result.tape.size());
  EXPECT_EQ(static_cast<int64_t>(tape.size()), result.bound + 1);
}

}  // namespace
}  // namespace sim
