#include "sim/explore/sweep.h"

#include "gtest/gtest.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

SweepOptions Quietly() {
  SweepOptions options;
  options.random_runs = 0;
  return options;
}

TEST(SweepTest, GivesEveryAnswerAtEverySuspensionAndFindsTheOneThatHurts) {
  const SweepResult result = Sweep(CancellableToy(), Quietly());
  EXPECT_EQ(result.points, 6u);
  EXPECT_EQ(result.swept, 6u);
  EXPECT_EQ(result.runs, 1u + 6 * 3);
  EXPECT_EQ(result.violations, 1u);
  ASSERT_EQ(result.kept.size(), 1u);
  EXPECT_EQ(result.kept[0].outcome.violation.law, LawId::kExpect);
  EXPECT_EQ(result.kept[0].point.entry.asker, Name().Child("canceller", 2));
  EXPECT_EQ(result.kept[0].point.ordinal, 1u);
  EXPECT_EQ(result.kept[0].point.entry.index, 3u);
  EXPECT_FALSE(result.kept[0].tape.empty());
}

TEST(SweepTest, WhatAnAnswerHasBroughtAboutIsSweptBehindIt) {
  const SweepResult result = Sweep(BringingToy(), Quietly());
  EXPECT_EQ(result.points, 2u);
  EXPECT_EQ(result.swept, 2u);
  EXPECT_EQ(result.behind, 2 * 3u);
  EXPECT_EQ(result.runs, 1u + 2 * 2 + 2 * 3);
  EXPECT_EQ(result.violations, 2u);
  ASSERT_EQ(result.kept.size(), 1u);
  EXPECT_EQ(result.kept[0].point.entry.asker, Name().Child("canceller", 2));
  EXPECT_EQ(result.kept[0].point.ordinal, 2u);
}

TEST(SweepTest, RandomRunsShareThePointAndWhatIsBeforeIt) {
  SweepOptions options;
  options.random_runs = 5;
  const SweepResult result = Sweep(CancellableToy(), options);
  EXPECT_EQ(result.swept, 6u);
  EXPECT_EQ(result.runs, 1u + 6 * 3 * 6);
  EXPECT_GE(result.violations, 6u);  // the point that hurts, with all that follows it
}

TEST(SweepTest, ATaskThatIsNotAskedAboutHasNoPoints) {
  const SweepResult result = Sweep(*FindToy("fixed2"), SweepOptions());
  EXPECT_TRUE(result.quiet.held());
  EXPECT_EQ(result.points, 0u);
  EXPECT_EQ(result.runs, 1u);
}

TEST(SweepTest, NothingIsSweptWhereTheQuietRunDoesNotHold) {
  const SweepResult result = Sweep(ToyThatAsksAtItsEnd(), SweepOptions());
  EXPECT_FALSE(result.quiet.held());
  EXPECT_EQ(result.runs, 1u);
}

TEST(SweepTest, EndsWhereItIsInterrupted) {
  SweepOptions options = Quietly();
  int asked = 0;
  options.interrupted = [&asked] { return ++asked > 2; };
  const SweepResult result = Sweep(CancellableToy(), options);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.points, 6u);
  EXPECT_EQ(result.swept, 2u);
}

}  // namespace
}  // namespace sim
