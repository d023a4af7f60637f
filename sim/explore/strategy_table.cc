// The table of strategies by bugs: how many runs a strategy takes to the first failure, as the median over 30 base
// seeds, with its interval (runs_to_failure.h).
//
//   bazel run -c opt //sim/explore:strategy_table [-- RUNS_MAX] [--csv=FILE]
//
// Markdown on stdout. "> N": fewer than half of the seeds have found it within RUNS_MAX runs (default 100 000). The
// file (an absolute path) has the survival curves: strategy,bug,run,survivors.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "sim/explore/classroom.h"
#include "sim/explore/coverage.h"
#include "sim/explore/lesson_log.h"
#include "sim/explore/runs_to_failure.h"
#include "sim/explore/strategy.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

constexpr uint64_t kSeeds = 30;

uint64_t FirstFailure(const Program& program, Runner& runner, const std::string& name, uint64_t seed,
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
    if (strategy->learns()) {
      coverage.AddMarks(runner.history());
      classroom.Tell(run, *strategy, coverage.keys(), coverage.places(), runner.history().tape());
    }
    if (!strategy->Advance()) break;
  }
  return RunsToFailure::kNever;
}

// Without a file for the curves, once half of the seeds have failed to find it, the others are not tried.
std::string Cell(const char* bug, Runner& runner, const std::string& name, uint64_t runs_max, std::FILE* curves) {
  // A systematic search does not depend on the seed.
  const uint64_t seeds = MakeStrategy(name)->sequential() ? 1 : kSeeds;
  std::vector<uint64_t> runs;
  uint64_t misses = 0;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    runs.push_back(FirstFailure(*FindToy(bug), runner, name, seed, runs_max));
    if (runs.back() == RunsToFailure::kNever) ++misses;
    if (curves == nullptr && 2 * misses > seeds) return absl::StrCat("> ", runs_max);
  }
  const RunsToFailure found(std::move(runs));
  if (curves != nullptr) std::fputs(found.SurvivalCsv(name, bug).c_str(), curves);
  return found.Cell(runs_max);
}

void PrintTable(uint64_t runs_max, std::FILE* curves) {
  const char* const kBugs[] = {"lost", "pool", "deep", "depth_1", "depth_2", "depth_3", "depth_4", "depth_5"};
  const char* const kStrategies[] = {"random", "pct",     "pct:1",   "pct:2", "pct:3", "pct:4",       "pct:5",
                                     "pos",    "surw",    "urw",     "delay", "delay:1", "guided",      "fork",
                                     "portfolio",
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
    for (const char* bug : kBugs) absl::StrAppend(&row, " ", Cell(bug, runner, strategy, runs_max, curves), " |");
    std::printf("%s\n", row.c_str());
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace sim

int main(int argc, char** argv) {
  uint64_t runs_max = 100'000;
  std::FILE* curves = nullptr;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    const bool ok = absl::ConsumePrefix(&argument, "--csv=")
                        ? (curves = std::fopen(std::string(argument).c_str(), "w")) != nullptr
                        : absl::SimpleAtoi(argument, &runs_max) && runs_max != 0;
    if (ok) continue;
    std::fprintf(stderr, "strategy_table: %s: %s\nusage: strategy_table [RUNS_MAX] [--csv=FILE]\n", argv[i],
                 errno != 0 ? std::strerror(errno) : "not a number of runs");
    return 2;
  }
  if (curves != nullptr) std::fputs("strategy,bug,run,survivors\n", curves);
  sim::PrintTable(runs_max, curves);
  if (curves == nullptr || std::fclose(curves) == 0) return 0;
  std::perror("strategy_table");
  return 2;
}
