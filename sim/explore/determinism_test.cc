#include "sim/explore/determinism.h"

#include "gtest/gtest.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

DeterminismReport CheckRun(const Program& program, uint64_t seed) {
  IsolatedRunner runner(program, {});
  TapeRun run;
  run.random_from = 0;
  run.seed = seed;
  runner.Run(run);
  return CheckDeterminism(program, RecordedComplete(runner.history()), LawSet::All(), {});
}

TEST(DeterminismTest, ToysAreDeterministicWhetherTheyHoldOrNot) {
  for (const char* name : {"fixed2", "lost", "pool", "incr_8_100"}) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      const DeterminismReport report = CheckRun(*FindToy(name), seed);
      EXPECT_TRUE(report.deterministic) << name << ": " << report.reason;
      EXPECT_NE(report.digest, 0u);
    }
  }
}

TEST(DeterminismTest, WhatABrokenWorldDoesWhileItIsDestroyedDoesNotCount) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const DeterminismReport report = CheckRun(ToyThatAsksAtItsEnd(), seed);
    EXPECT_TRUE(report.deterministic) << report.reason;
  }
}

TEST(DeterminismTest, ACrashThatHappensAgainIsDeterministic) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const DeterminismReport report = CheckRun(CrashingToy(), seed);
    EXPECT_TRUE(report.deterministic) << report.reason;
  }
}

TEST(DeterminismTest, TheClockIsNamedAtTheFirstEventThatDiffers) {
  const DeterminismReport report = CheckRun(*FindCanary("clock_order"), 1);
  EXPECT_FALSE(report.deterministic);
  EXPECT_EQ(report.reason.rfind("NONDETERMINISTIC: the same tape, replayed again in the same process", 0), 0u)
      << report.reason;
  EXPECT_NE(report.reason.find("they part at event "), std::string::npos) << report.reason;
  EXPECT_NE(report.reason.find("> 0.000 s  toy event"), std::string::npos) << report.reason;
}

TEST(DeterminismTest, HashOrderIsFound) {
  EXPECT_FALSE(CheckRun(*FindCanary("hash_order"), 1).deterministic);
}

TEST(DeterminismTest, PointerOrderIsFound) {
  EXPECT_FALSE(CheckRun(*FindCanary("pointer_order"), 1).deterministic);
}

TEST(DeterminismTest, WhatAProcessDrawsAtItsStartIsFoundInOneThatWasStartedAnew) {
  const DeterminismReport report = CheckRun(*FindCanary("salt_order"), 1);
  EXPECT_FALSE(report.deterministic);
  EXPECT_EQ(report.reason.rfind("NONDETERMINISTIC: the same tape, replayed in a process that was started anew", 0), 0u)
      << report.reason;
  EXPECT_NE(report.reason.find("they part at event "), std::string::npos) << report.reason;
}

TEST(DeterminismTest, ADifferenceIsNamedByItsLineWhereEdgesAreLogged) {
  if (!EdgeLog::kBuiltIn) GTEST_SKIP() << "needs --config=edges";
  const DeterminismReport report = CheckRun(*FindCanary("pointer_order"), 1);
  EXPECT_NE(report.reason.find("the ways through the code part after "), std::string::npos) << report.reason;
  // It is where an address becomes a number that the ways come to depend on it.
  const size_t line = report.reason.find("both:       sim/toys/canaries.cc:");
  ASSERT_NE(line, std::string::npos) << report.reason;
  EXPECT_NE(report.reason.find(" in Bucket", line), std::string::npos) << report.reason;
}

TEST(DeterminismTest, ATapeOfAnotherProgramDoesNotFit) {
  IsolatedRunner runner(*FindToy("pool"), {});
  TapeRun run;
  run.random_from = 0;
  runner.Run(run);
  const DeterminismReport report =
      CheckDeterminism(*FindToy("fixed2"), RecordedComplete(runner.history()), LawSet::All(), {});
  EXPECT_FALSE(report.deterministic);
  EXPECT_NE(report.reason.find("does not fit"), std::string::npos) << report.reason;
}

}  // namespace
}  // namespace sim
