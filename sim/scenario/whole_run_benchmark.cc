// Whole runs of scenarios, one after the other in a warm process, tape and digest on.
//
// Asked for, each as a ratio in one process:
//   one GET at most 4 times its floor, a pool scenario of some 90 steps at most 4 times the pool model;
//   with every law judging at most twice as slow, with the trace kept at most 1.3 times;
//   virtual time against real time: 10^6 when nothing happens, 1000 under faults.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "sim/choice/prng.h"
#include "sim/scenario/loader.h"
#include "sim/scenario/one_get_floor.h"
#include "sim/scenario/warm_runs.h"
#include "sim/toys/floor_explorer.h"
#include "tools/benchmark/against_floor.h"

namespace sim {
namespace {

// A scenario of the tree; paths are those of the runfiles.
const ScenarioProgram& Get() {
  static const auto& program = *Loaded(LoadScenarioFile("scenarios/smoke/get.textproto")).release();
  return program;
}
const ScenarioProgram& DownloadAndUpload() {
  static const auto& program =
      *Loaded(LoadScenarioFile("scenarios/history/aiohttp_10169/scenario.textproto")).release();
  return program;
}

// The pool model's story with a client in it: two connections, three requests, three pieces each, small buffers.
const ScenarioProgram& Pool() {
  static const auto& program = *Loaded(LoadScenarioText(R"(
      name: "pool"
      client { limit: 2 }
      origin { host: "a.test" responses { body { bytes: 30 chunk: 10 } } }
      workload {
        request { id: "a" host: "a.test" }
        request { id: "b" host: "a.test" }
        request { id: "c" host: "a.test" }
      }
      offer { label: "loop.next" }
      offer { label: "link.split" }
      )", "pool")).release();
  return program;
}

// Against a floor, with no law judging. `ns` is that of a run.
template <class Floor>
void RunsAgainst(benchmark::State& state, const Program& program, int64_t runs, Floor floor) {
  WarmRuns ours(program, LawSet::None(), /*keep_trace=*/false);
  tools::AgainstFloor(state, runs, [&](int64_t n) { ours.Run(n); }, floor);
  state.counters["runs/s"] = 1e9 / state.counters["ns"];
  state.counters["steps"] = static_cast<double>(ours.steps()) / static_cast<double>(ours.runs());
}

void RunGetFloor(int64_t runs) {
  static uint64_t seed = 0;
  while (runs-- > 0) {
    floor::GetWorld world(++seed);
    if (!world.Run()) std::abort();
    benchmark::DoNotOptimize(world.digest());
  }
}

void RunPoolFloor(int64_t runs) {
  static std::vector<char> memory(floor::kBumpSize);
  static uint64_t seed = 0;
  floor::bump_memory = memory.data();
  floor::Explorer explorer;
  floor::explorer = &explorer;
  floor::Pool pool;
  while (runs-- > 0) {
    pool.Start();
    Prng prng(++seed);
    benchmark::DoNotOptimize(explorer.Run(prng));
    explorer.Reset();
  }
  benchmark::DoNotOptimize(explorer.hash);
}

void BM_Get(benchmark::State& state) { RunsAgainst(state, Get(), 256, RunGetFloor); }
void BM_Pool(benchmark::State& state) { RunsAgainst(state, Pool(), 64, RunPoolFloor); }
BENCHMARK(BM_Get)->UseManualTime();
BENCHMARK(BM_Pool)->UseManualTime();

// Against the same runs without: laws, or a trace.
void Cost(benchmark::State& state, const Program& program, int64_t runs, LawSet laws, bool keep_trace) {
  WarmRuns with(program, laws, keep_trace);
  WarmRuns without(program, LawSet::None(), /*keep_trace=*/false);
  tools::AgainstFloor(
      state, runs, [&](int64_t n) { with.Run(n); }, [&](int64_t n) { without.Run(n); });
  state.counters["runs/s"] = 1e9 / state.counters["ns"];
}
void BM_LawsOfGet(benchmark::State& state) { Cost(state, Get(), 256, LawSet::All(), false); }
void BM_LawsOfPool(benchmark::State& state) { Cost(state, Pool(), 64, LawSet::All(), false); }
void BM_LawsOfDownloadAndUpload(benchmark::State& state) {
  Cost(state, DownloadAndUpload(), 32, LawSet::All(), false);
}
BENCHMARK(BM_LawsOfGet)->UseManualTime();
BENCHMARK(BM_LawsOfPool)->UseManualTime();
BENCHMARK(BM_LawsOfDownloadAndUpload)->UseManualTime();

void BM_TraceOfGet(benchmark::State& state) { Cost(state, Get(), 256, LawSet::None(), true); }
void BM_TraceOfDownloadAndUpload(benchmark::State& state) {
  Cost(state, DownloadAndUpload(), 32, LawSet::None(), true);
}
BENCHMARK(BM_TraceOfGet)->UseManualTime();
BENCHMARK(BM_TraceOfDownloadAndUpload)->UseManualTime();

// Virtual seconds for each second of the processor's, every law judging.
void VirtualTime(benchmark::State& state, const Program& program, int64_t runs) {
  WarmRuns ours(program, LawSet::All(), /*keep_trace=*/false);
  ours.Run(runs);
  const int64_t before_us = ours.elapsed_us();
  for (auto _ : state) ours.Run(runs);
  state.counters["virtual/real"] =
      benchmark::Counter(static_cast<double>(ours.elapsed_us() - before_us) * 1e-6, benchmark::Counter::kIsRate);
}

// A user who comes back after days.
void BM_SleepForDays(benchmark::State& state) {
  const auto program = Loaded(LoadScenarioText(R"(
      name: "sleep_for_days"
      origin { host: "a.test" responses { body { bytes: 200 } } }
      workload {
        task {
          id: "user"
          step { get { host: "a.test" } } step { read_to_end {} }
          step { sleep { seconds: 604800 } }
          step { get { host: "a.test" } } step { read_to_end {} }
        }
      })", "sleep_for_days"));
  VirtualTime(state, *program, 16);
}
BENCHMARK(BM_SleepForDays);

// Users who do anything in a world where everything goes wrong.
void BM_Storm(benchmark::State& state) {
  VirtualTime(state, *Loaded(LoadScenarioFile("scenarios/storms/all.textproto")), 16);
}
BENCHMARK(BM_Storm);

}  // namespace
}  // namespace sim
