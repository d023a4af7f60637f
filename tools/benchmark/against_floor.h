// A figure means little on a machine that others use as well; its ratio to a floor, measured in the same process and in
// turns with it, does. The floor is the least code that does work of the same kind.
#ifndef TOOLS_BENCHMARK_AGAINST_FLOOR_H_
#define TOOLS_BENCHMARK_AGAINST_FLOOR_H_

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tools {

// Calls ours(operations) and floor(operations) in turns for as long as the benchmark runs. Prints medians over the
// turns: `ns` and `floor_ns` for one operation, and `ratio`.
template <class Ours, class Floor>
void AgainstFloor(benchmark::State& state, int64_t operations, Ours ours, Floor floor) {
  const auto now_ns = [] {  // of this thread, on its processor: others may be using the machine
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
  };
  const auto median = [](std::vector<double> all) {
    std::nth_element(all.begin(), all.begin() + static_cast<ptrdiff_t>(all.size() / 2), all.end());
    return all[all.size() / 2];
  };
  ours(operations);
  floor(operations);
  std::vector<double> ours_ns;
  std::vector<double> floor_ns;
  std::vector<double> ratios;
  for (auto _ : state) {
    const double start = now_ns();
    ours(operations);
    const double middle = now_ns();
    floor(operations);
    const double end = now_ns();
    state.SetIterationTime((middle - start) * 1e-9);
    ours_ns.push_back((middle - start) / static_cast<double>(operations));
    floor_ns.push_back((end - middle) / static_cast<double>(operations));
    ratios.push_back(ours_ns.back() / floor_ns.back());
  }
  state.SetItemsProcessed(state.iterations() * operations);
  state.counters["ns"] = median(ours_ns);
  state.counters["floor_ns"] = median(floor_ns);
  state.counters["ratio"] = median(ratios);
}

}  // namespace tools

#endif  // TOOLS_BENCHMARK_AGAINST_FLOOR_H_
