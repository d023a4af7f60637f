// Bytes through the whole client: from the server's pattern over the simulated network and the parser to the user.
//
// Asked for: 1 GB/s on 100 connections in segments of 1448 bytes, 4 GB/s on one in segments of 16 KiB, no law judging.
#include <benchmark/benchmark.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/net/link_floor.h"
#include "sim/scenario/warm_runs.h"
#include "tools/benchmark/against_floor.h"

namespace sim {
namespace {

// Downloads side by side, from the server's pattern to the user's reads.
ScenarioPlan Downloads(uint32_t flows, uint64_t segment, uint64_t bytes) {
  std::string text = absl::StrCat(R"(
      name: "downloads"
      network { window: 262144 latency { nanos: 1000000 } bandwidth: 125000000 }
      origin { host: "a.test" responses { body { bytes: )", bytes, " chunk: ", segment, " } } }\n workload {\n");
  for (uint32_t i = 0; i < flows; ++i) absl::StrAppend(&text, "request { id: \"d", i, "\" host: \"a.test\" }\n");
  text += "}\n";
  ScenarioPlan plan = Loaded(LoadScenarioText(text, "downloads"))->plan();
  plan.network.max_segment = segment;
  plan.world.chaos_ns = int64_t{3600} * 1'000'000'000;  // they do not fit into the usual window
  plan.world.chaos_steps = plan.world.max_steps;
  return plan;
}

void Bulk(benchmark::State& state, uint32_t flows, uint32_t segment, uint64_t bytes, LawSet laws) {
  const ScenarioProgram program(Downloads(flows, segment, bytes));
  WarmRuns ours(program, laws, /*keep_trace=*/false);
  floor::Net floor(flows, segment, 256 << 10);
  const uint64_t segments = bytes / segment;  // of a flow
  tools::AgainstFloor(
      state, static_cast<int64_t>(segments * flows), [&](int64_t) { ours.Run(1); },
      [&](int64_t) { CHECK_EQ(floor.Run(segments), segments * segment * flows); });
  state.counters["GB/s"] = segment / state.counters["ns"];
  state.counters["steps"] = static_cast<double>(ours.steps()) / static_cast<double>(ours.runs());
}
void BM_100Downloads_1448(benchmark::State& state) { Bulk(state, 100, 1448, 1448 * 400, LawSet::None()); }
void BM_1Download_16K(benchmark::State& state) { Bulk(state, 1, 16 << 10, 48 << 20, LawSet::None()); }
void BM_LawsOf100Downloads_1448(benchmark::State& state) { Bulk(state, 100, 1448, 1448 * 400, LawSet::All()); }
void BM_LawsOf1Download_16K(benchmark::State& state) { Bulk(state, 1, 16 << 10, 48 << 20, LawSet::All()); }
BENCHMARK(BM_100Downloads_1448)->UseManualTime();
BENCHMARK(BM_1Download_16K)->UseManualTime();
BENCHMARK(BM_LawsOf100Downloads_1448)->UseManualTime();
BENCHMARK(BM_LawsOf1Download_16K)->UseManualTime();

}  // namespace
}  // namespace sim
