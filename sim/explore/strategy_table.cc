// The table of strategies by bugs: how many runs a strategy takes to the first failure, as the median over 30 base
// seeds.
//
//   bazel run -c opt //sim/explore:strategy_table [-- RUNS_MAX]
//
// Markdown on stdout. "> N": fewer than half of the seeds have found it within RUNS_MAX runs (default 100 000).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sim/explore/classroom.h"
#include "sim/explore/coverage.h"
#include "sim/explore/lesson_log.h"
#include "sim/explore/strategy.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

constexpr uint64_t kSeeds = 30;

uint64_t RunsToFailure(const Program& program, Runner& runner, const std::string& name, uint64_t seed,
                       uint64_t runs_max) {
  const std::unique_ptr<Strategy> strategy = MakeStrategy(name);
  if (strategy->wants_profile()) strategy->Use(MakeProfile(program, runner, LawSet::All(), seed));
  LessonLog log;
  Classroom classroom({&log}, 0, {seed, 1, 1});
  HandoffCoverage coverage;
  RunOptions options;
  if (strategy->learns()) options.listener = &coverage;
  for (uint64_t run = 1; run <= runs_max; ++run) {
    if (strategy->learns()) classroom.Enter(run, *strategy, [] { return true; });
    coverage.BeginRun();
    if (!runner.Run(program, strategy->ForRun(seed, run), options).held()) return run;
    if (strategy->learns()) classroom.Tell(run, *strategy, coverage.keys(), runner.history().tape());
    if (!strategy->Advance()) break;
  }
  return ~uint64_t{0};
}

std::string Cell(const Program& program, Runner& runner, const std::string& strategy, uint64_t runs_max) {
  // A systematic search does not depend on the seed.
  const uint64_t seeds = MakeStrategy(strategy)->sequential() ? 1 : kSeeds;
  std::vector<uint64_t> runs;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    runs.push_back(RunsToFailure(program, runner, strategy, seed, runs_max));
    // Once half of them have failed to find it the median is known.
    const auto misses = std::count(runs.begin(), runs.end(), ~uint64_t{0});
    if (2 * static_cast<uint64_t>(misses) > seeds) return absl::StrCat("> ", runs_max);
  }
  std::sort(runs.begin(), runs.end());
  const uint64_t median = runs[(seeds - 1) / 2];
  return median == ~uint64_t{0} ? absl::StrCat("> ", runs_max) : absl::StrCat(median);
}

void PrintTable(uint64_t runs_max) {
  const char* const kBugs[] = {"lost", "pool", "deep", "depth_1", "depth_2", "depth_3", "depth_4", "depth_5"};
  const char* const kStrategies[] = {"random", "pct",     "pct:1",   "pct:2", "pct:3", "pct:4",       "pct:5",
                                     "pos",    "surw",    "urw",     "delay", "delay:1", "guided",      "portfolio",
                                     "enumerate", "enumerate:2"};
  std::string head = "| strategy |";
  std::string line = "|---|";
  for (const char* bug : kBugs) {
    absl::StrAppend(&head, " ", bug, " |");
    absl::StrAppend(&line, "---|");
  }
  std::printf("%s\n%s\n", head.c_str(), line.c_str());
  Runner runner;
  for (const char* strategy : kStrategies) {
    std::string row = absl::StrCat("| ", strategy, " |");
    for (const char* bug : kBugs) absl::StrAppend(&row, " ", Cell(*FindToy(bug), runner, strategy, runs_max), " |");
    std::printf("%s\n", row.c_str());
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace sim

int main(int argc, char** argv) {
  uint64_t runs_max = 100'000;
  if (argc > 2 || (argc == 2 && (!absl::SimpleAtoi(argv[1], &runs_max) || runs_max == 0))) {
    std::fprintf(stderr, "usage: strategy_table [RUNS_MAX]\n");
    return 2;
  }
  sim::PrintTable(runs_max);
}
