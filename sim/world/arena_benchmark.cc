// Allocation and snapshots of an arena, against malloc and memcpy.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "sim/choice/prng.h"
#include "sim/world/arena.h"
#include "tools/benchmark/against_floor.h"

namespace sim {
namespace {

// Frames and objects of a step: blocks of 32 to 400 bytes, of which 64 are alive at a time; the floor is malloc, which
// does not zero.
void BM_AllocateAndFree(benchmark::State& state) {
  Arena arena(Arena::Options{});
  std::vector<void*> blocks(64, nullptr);
  std::vector<void*> floor_blocks(64, nullptr);
  std::vector<uint32_t> sizes(1024);
  Prng prng(1);
  for (uint32_t& size : sizes) size = 32 + prng.Below(369);
  tools::AgainstFloor(
      state, 16'384,
      [&](int64_t n) {
        while (n-- > 0) {
          void*& block = blocks[static_cast<size_t>(n) % blocks.size()];
          if (block != nullptr) Arena::Free(block);
          block = arena.Allocate(sizes[static_cast<size_t>(n) % sizes.size()]);
        }
      },
      [&](int64_t n) {
        while (n-- > 0) {
          void*& block = floor_blocks[static_cast<size_t>(n) % floor_blocks.size()];
          std::free(block);
          block = std::malloc(sizes[static_cast<size_t>(n) % sizes.size()]);
        }
      });
  for (void* block : floor_blocks) std::free(block);
}
BENCHMARK(BM_AllocateAndFree)->UseManualTime();

// Mark and Rewind of `kib` KiB in use; the floor is copying as many bytes there and back.
void BM_MarkAndRewind(benchmark::State& state) {
  const size_t size = static_cast<size_t>(state.range(0)) << 10;
  Arena arena(Arena::Options{});
  for (size_t i = 0; i < size / 1024; ++i) std::memset(arena.Allocate(1008), 1, 1008);
  Arena::Snapshot snapshot;
  std::vector<char> from(size, 1);
  std::vector<char> to(size);
  tools::AgainstFloor(
      state, state.range(0) > 100 ? 4 : 256,
      [&](int64_t n) {
        while (n-- > 0) {
          arena.Mark(&snapshot);
          arena.Rewind(snapshot);
        }
      },
      [&](int64_t n) {
        while (n-- > 0) {
          std::memcpy(to.data(), from.data(), size);
          benchmark::DoNotOptimize(to.data());
          std::memcpy(from.data(), to.data(), size);
          benchmark::DoNotOptimize(from.data());
        }
      });
  state.counters["us_per_mib"] = state.counters["ns"] / 1e3 / (static_cast<double>(size) / (1 << 20));
}
BENCHMARK(BM_MarkAndRewind)->Arg(16)->Arg(1024)->UseManualTime();

}  // namespace
}  // namespace sim
