// The table of proofs in sim/README.md: what `prove` takes for the toys, beside the runs of plain enumeration.
//
//   bazel run -c opt //sim/toys:prove_table
#include <cstdio>

#include "sim/explore/prover.h"
#include "sim/report/timeline.h"
#include "sim/toys/toys.h"

int main() {
  if (!SIM_HAS_ARENA) return 0;
  std::printf("| toy | reduction | states | transitions | runs | time | states/s |\n|---|---|---|---|---|---|---|\n");
  for (const char* toy : {"fixed2", "incr_3_4", "pool_1_1_1", "pool_1_1_2", "pool_1_2_1", "pool_2_2_1", "pool_2_2_2",
                          "pool_2_3_3"}) {
    for (const bool reduces : {false, true}) {
      sim::ProveOptions options;
      options.reduces = reduces;
      options.duration_ns = 120'000'000'000;
      const sim::ProveResult result = sim::Prove(*sim::FindToy(toy), options);
      const auto count = [](uint64_t number) { return static_cast<unsigned long long>(number); };
      std::printf("| %s%s | %s | %llu | %llu | %llu | %s | %llu |\n", toy, result.exhausted ? "" : " (not exhausted)",
                  reduces ? "on" : "off", count(result.states), count(result.transitions), count(result.runs),
                  sim::FormatTime(result.elapsed_ns).c_str(), count(result.StatesPerSecond()));
      std::fflush(stdout);
    }
  }
  return 0;
}
