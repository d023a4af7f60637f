// For benchmarks: runs of a scenario, one after the other in a warm process.
#ifndef SIM_SCENARIO_WARM_RUNS_H_
#define SIM_SCENARIO_WARM_RUNS_H_

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "client/base/check.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/scenario/loader.h"
#include "sim/world/runner.h"

namespace sim {

inline std::unique_ptr<ScenarioProgram> Loaded(LoadResult result) {
  for (const std::string& error : result.errors) std::fprintf(stderr, "%s\n", error.c_str());
  CHECK(result.program != nullptr);
  return std::move(result.program);
}

// Random choices from one seed. A run that does not hold ends the process: its figure would mean nothing.
class WarmRuns {
 public:
  WarmRuns(const Program& program, LawSet laws, bool keep_trace) : program_(program) {
    options_.laws = laws;
    options_.keep_trace = keep_trace;
  }

  void Run(int64_t runs) {
    while (runs-- > 0) {
      source_.Seed(RunSeed(1, runs_++));
      const Outcome outcome = runner_.Run(program_, source_, options_);
      if (!outcome.held()) {
        std::fprintf(stderr, "%s %s\n", outcome.violation.reason.c_str(), outcome.harness_fault.c_str());
        std::abort();
      }
      steps_ += outcome.steps;
      elapsed_us_ += outcome.elapsed_ns / 1000;
      benchmark::DoNotOptimize(outcome.digest);
    }
  }
  // In all.
  uint64_t runs() const { return runs_; }
  uint64_t steps() const { return steps_; }
  int64_t elapsed_us() const { return elapsed_us_; }  // virtual

 private:
  const Program& program_;
  RunOptions options_;
  Runner runner_;
  RandomSource source_;
  uint64_t runs_ = 0;
  uint64_t steps_ = 0;
  int64_t elapsed_us_ = 0;
};

}  // namespace sim

#endif  // SIM_SCENARIO_WARM_RUNS_H_
