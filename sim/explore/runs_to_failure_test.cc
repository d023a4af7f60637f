#include "sim/explore/runs_to_failure.h"

#include <numeric>

#include "gtest/gtest.h"

namespace sim {
namespace {

constexpr uint64_t kNever = RunsToFailure::kNever;

RunsToFailure UpTo(size_t n) {
  std::vector<uint64_t> runs(n);
  std::iota(runs.rbegin(), runs.rend(), 1);
  return RunsToFailure(runs);
}

TEST(RunsToFailureTest, TheIntervalHasTheRanksOfTheSignTest) {
  EXPECT_EQ(UpTo(30).interval(), (std::pair<uint64_t, uint64_t>(10, 21)));
  EXPECT_EQ(UpTo(10).interval(), (std::pair<uint64_t, uint64_t>(2, 9)));
  EXPECT_EQ(UpTo(6).interval(), (std::pair<uint64_t, uint64_t>(1, 6)));
  EXPECT_EQ(UpTo(60).interval(), (std::pair<uint64_t, uint64_t>(22, 39)));
  EXPECT_EQ(UpTo(5).interval(), (std::pair<uint64_t, uint64_t>(kNever, kNever)));
}

TEST(RunsToFailureTest, ACellSaysWhatWasNotFoundInTime) {
  EXPECT_EQ(UpTo(30).Cell(99), "15 (10–21)");
  EXPECT_EQ(UpTo(3).Cell(99), "2");
  std::vector<uint64_t> runs(30, kNever);
  EXPECT_EQ(RunsToFailure(runs).Cell(99), "> 99");
  for (uint64_t i = 0; i < 12; ++i) runs[i] = i + 1;
  EXPECT_EQ(RunsToFailure(runs).Cell(99), "> 99 (10–> 99)");
  EXPECT_EQ(RunsToFailure({}).Cell(99), "> 99");
}

TEST(RunsToFailureTest, SurvivorsAreTheSeedsThatHaveFoundNothing) {
  EXPECT_EQ(RunsToFailure({7, 3, kNever, 3}).SurvivalCsv("pos", "deep"), "pos,deep,0,4\npos,deep,3,2\npos,deep,7,1\n");
}

}  // namespace
}  // namespace sim
