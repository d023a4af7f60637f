// How far a search gets on the toys: exact counts of executions, runs to the first failure, proofs.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "sim/choice/enumerate_source.h"
#include "sim/explore/prover.h"
#include "sim/explore/strategy.h"
#include "sim/toys/toys.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

constexpr uint64_t kSeeds = 301;  // with a tenth of them medians near ten are off by three
constexpr uint64_t kRunsMax = 100'000;

// Sanitizers make long searches too long.
constexpr bool kSlow = !SIM_HAS_ARENA;

// All executions of a toy, one by one.
void Enumerate(benchmark::State& state, const char* toy) {
  const Program& program = *FindToy(toy);
  Runner runner;
  uint64_t runs = 0;
  uint64_t bad = 0;
  for (auto _ : state) {
    EnumerateSource source;
    runs = bad = 0;
    do {
      ++runs;
      if (!runner.Run(program, source, {}).held()) ++bad;
    } while (source.Next());
  }
  state.counters["runs"] = static_cast<double>(runs);
  state.counters["bad"] = static_cast<double>(bad);
  state.SetItemsProcessed(static_cast<int64_t>(runs) * state.iterations());
}

void EnumerateMany(benchmark::State& state, const char* toy) {
  if (kSlow) return state.SkipWithError("not in this build");
  Enumerate(state, toy);
}

// The median, over base seeds, of the number of the first run that fails. Without a seed there is only one.
void FirstFailure(benchmark::State& state, const char* toy, const char* name) {
  const Program& program = *FindToy(toy);
  Runner runner;
  uint64_t median = 0;
  for (auto _ : state) {
    std::vector<uint64_t> found;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const std::unique_ptr<Strategy> strategy = MakeStrategy(name);
      if (strategy->wants_profile()) strategy->Use(MakeProfile(program, runner, LawSet::All(), seed));
      uint64_t run = 1;
      while (run < kRunsMax && runner.Run(program, strategy->ForRun(seed, run), {}).held()) {
        run = strategy->Advance() ? run + 1 : kRunsMax;
      }
      found.push_back(run);
    }
    std::sort(found.begin(), found.end());
    median = found[kSeeds / 2];
  }
  state.counters["median"] = static_cast<double>(median);
}

void Exhaust(benchmark::State& state, const char* toy) {
  if (kSlow) return state.SkipWithError("not in this build");
  ProveOptions options;
  options.duration_ns = 120'000'000'000;
  ProveResult result;
  for (auto _ : state) result = Prove(*FindToy(toy), options);
  if (!result.exhausted) return state.SkipWithError("not exhausted");
  state.counters["seconds"] = static_cast<double>(result.elapsed_ns) / 1e9;
  state.counters["states"] = static_cast<double>(result.states);
  state.counters["states/s"] = static_cast<double>(result.StatesPerSecond());
}

BENCHMARK_CAPTURE(Enumerate, fixed2, "fixed2");
BENCHMARK_CAPTURE(Enumerate, lost, "lost");
BENCHMARK_CAPTURE(EnumerateMany, incr_3_4, "incr_3_4")->Iterations(1);
BENCHMARK_CAPTURE(Enumerate, pool_1_1_1, "pool_1_1_1");
BENCHMARK_CAPTURE(EnumerateMany, pool_1_1_2, "pool_1_1_2")->Iterations(1);
BENCHMARK_CAPTURE(FirstFailure, lost_random, "lost", "random")->Iterations(1);
BENCHMARK_CAPTURE(FirstFailure, pool_random, "pool", "random")->Iterations(1);
BENCHMARK_CAPTURE(FirstFailure, lost_pct, "lost", "pct:3")->Iterations(1);
BENCHMARK_CAPTURE(FirstFailure, lost_bounded, "lost", "enumerate:1")->Iterations(1);
BENCHMARK_CAPTURE(FirstFailure, deep_delay, "deep", "delay")->Iterations(1);
BENCHMARK_CAPTURE(Exhaust, pool_1_2_1, "pool_1_2_1")->Iterations(1);
BENCHMARK_CAPTURE(Exhaust, pool_2_2_2, "pool_2_2_2")->Iterations(1);

}  // namespace
}  // namespace sim
