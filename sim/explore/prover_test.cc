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
