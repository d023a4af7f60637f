#include "sim/world/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "client/async/async_event.h"
#include "client/async/task_group.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/world/scheduler.h"
#include "sim/world/site.h"

namespace sim {
namespace {

bool IsZero(const void* memory, size_t size) {
  const auto* bytes = static_cast<const char*>(memory);
  return std::all_of(bytes, bytes + size, [](char byte) { return byte == 0; });
}

Arena::Options Small() {
  Arena::Options options;
  options.capacity = size_t{16} << 20;
  return options;
}

TEST(ArenaTest, BlocksOfEverySizeAreZeroAlignedAndApart) {
  Arena arena(Small());
  Prng prng(1);
  std::vector<std::pair<char*, size_t>> blocks;
  for (int i = 0; i < 2000; ++i) {
    const size_t size = prng.Below(prng.Chance(32) ? 9000 : 300);
    char* block = static_cast<char*>(arena.Allocate(size));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % 16, 0u);
    ASSERT_TRUE(IsZero(block, size)) << size;
    ASSERT_TRUE(Arena::Owns(block));
    std::memset(block, i % 255 + 1, size);
    blocks.emplace_back(block, size);
    if (prng.Chance(96)) {
      const uint32_t victim = prng.Below(static_cast<uint32_t>(blocks.size()));
      std::swap(blocks[victim], blocks.back());
      const auto [freed, freed_size] = blocks.back();
      for (size_t k = 1; k < freed_size; ++k) ASSERT_EQ(freed[k], freed[0]);  // nobody wrote into it
      Arena::Free(freed);
      blocks.pop_back();
    }
  }
  EXPECT_EQ(arena.live_blocks(), blocks.size());
}

TEST(ArenaTest, AFreedBlockIsUsedAgainAndZero) {
  Arena arena(Small());
  void* first = arena.Allocate(100);
  std::memset(first, 1, 100);
  Arena::Free(first);
  void* second = arena.Allocate(110);  // of the same class
  EXPECT_EQ(second, first);
  EXPECT_TRUE(IsZero(second, 110));
}

TEST(ArenaTest, ResetForgetsAndZeroesEverything) {
  Arena arena(Small());
  char* block = static_cast<char*>(arena.Allocate(5000));
  std::memset(block, 1, 5000);
  arena.Reset();
  EXPECT_EQ(arena.used_bytes(), 0u);
  EXPECT_EQ(arena.live_blocks(), 0u);
  EXPECT_EQ(arena.Allocate(5000), block);
  EXPECT_TRUE(IsZero(block, 5000));
}

TEST(ArenaTest, ResetAfterPoisonIsZeroAgain) {
  Arena arena(Small());
  char* block = static_cast<char*>(arena.Allocate(5000));
  arena.Poison();
  EXPECT_EQ(static_cast<unsigned char>(block[7]), 0xdb);
  arena.Reset();
  EXPECT_TRUE(IsZero(arena.begin(), 6000));
}

TEST(ArenaTest, ABaseOffsetMovesEveryAddress) {
  uintptr_t addresses[2];
  for (const size_t offset : {size_t{0}, size_t{40960}}) {
    Arena::Options options = Small();
    options.base_offset = offset;
    Arena arena(options);
    addresses[offset != 0] = reinterpret_cast<uintptr_t>(arena.Allocate(10));
  }
  EXPECT_EQ(addresses[1] - addresses[0], 40960u);
}

TEST(ArenaTest, PaddedBlocksStandElsewhere) {
  Arena plain(Small());
  Arena::Options options = Small();
  options.padded = true;
  Arena padded(options);
  for (int i = 0; i < 10; ++i) {
    plain.Allocate(16);
    padded.Allocate(16);
  }
  EXPECT_GT(padded.used_bytes(), plain.used_bytes());
}

TEST(ArenaTest, SeveralCoexistAndFreeFindsTheRightOne) {
  Arena one(Small());
  Arena two(Small());
  void* a = one.Allocate(10);
  void* b = two.Allocate(10);
  Arena::Free(b);
  EXPECT_EQ(one.live_blocks(), 1u);
  EXPECT_EQ(two.live_blocks(), 0u);
  Arena::Free(a);
  EXPECT_EQ(one.live_blocks(), 0u);
}

TEST(ArenaTest, DoesNotOwnTheHeapNorNull) {
  const Arena arena(Small());
  const auto heap = std::make_unique<int>(1);
  EXPECT_FALSE(Arena::Owns(heap.get()));
  EXPECT_FALSE(Arena::Owns(nullptr));
}

TEST(ArenaTest, ListsWhatIsLiveWithItsSite) {
  Arena::Options options = Small();
  options.track_sites = true;
  Arena arena(options);
  void* first = arena.Allocate(33);
  void* second = arena.Allocate(44);
  Arena::Free(first);
  std::vector<Arena::Block> live;
  arena.ForEachLive([&](const Arena::Block& block) { live.push_back(block); });
  ASSERT_EQ(live.size(), 1u);
  EXPECT_EQ(live[0].address, second);
  EXPECT_EQ(live[0].size, 44u);
  EXPECT_FALSE(live[0].site.empty());
}

TEST(ArenaTest, RewindBringsBackEveryByteInPlace) {
  Arena arena(Small());
  char* kept = static_cast<char*>(arena.Allocate(1000));
  std::memset(kept, 7, 1000);
  void* hole = arena.Allocate(64);
  Arena::Free(hole);
  Arena::Snapshot snapshot;
  arena.Mark(&snapshot);
  const size_t used = arena.used_bytes();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(arena.Allocate(60), hole);
    char* later = static_cast<char*>(arena.Allocate(100'000));
    std::memset(later, 9, 100'000);
    std::memset(kept, 8, 1000);
    arena.Rewind(snapshot);
    EXPECT_EQ(arena.used_bytes(), used);
    EXPECT_EQ(arena.live_blocks(), 1u);
    EXPECT_EQ(kept[999], 7);
    EXPECT_TRUE(IsZero(arena.begin() + used, 110'000));  // what came after is as fresh
  }
}

TEST(ArenaDeathTest, FreeingTwiceAborts) {
  Arena arena(Small());
  void* block = arena.Allocate(10);
  Arena::Free(block);
  EXPECT_DEATH(Arena::Free(block), "CHECK failed");
}

TEST(ArenaDeathTest, ExhaustingItAborts) {
  Arena::Options options;
  options.capacity = 1 << 20;
  Arena arena(options);
  EXPECT_DEATH(
      {
        for (;;) arena.Allocate(10'000);
      },
      "CHECK failed");
}

TEST(ArenaScopeTest, OperatorNewDrawsFromTheCurrentArena) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "no arena";
  Arena arena(Small());
  std::unique_ptr<std::string> inside;
  {
    ArenaScope scope(&arena);
    inside = std::make_unique<std::string>(100, 'x');
    EXPECT_TRUE(Arena::Owns(inside.get()));
    EXPECT_TRUE(Arena::Owns(inside->data()));
    HostScope host;
    const auto outside = std::make_unique<int>(1);
    EXPECT_FALSE(Arena::Owns(outside.get()));
    EXPECT_EQ(Arena::current(), nullptr);
  }
  EXPECT_EQ(Arena::current(), nullptr);
  EXPECT_EQ(arena.live_blocks(), 2u);
  inside.reset();  // delete looks at the address
  EXPECT_EQ(arena.live_blocks(), 0u);
}

// A world in an arena, marked while its tasks are suspended in the middle of their frames.
struct TinyWorld {
  explicit TinyWorld(History& history, RandomSource& source)
      : decisions(Offers(), source, history.tape()), loop(decisions, history), group(loop, Name()) {}
  Decisions decisions;
  Scheduler loop;
  client::AsyncEvent event{client::WaitReason{"the event", Name()}};
  client::TaskGroup group;
  std::vector<int> log;
};

client::Task<> LogRounds(TinyWorld& world, int id) {
  for (int round = 0; round < 5; ++round) {
    co_await world.event.Wait();
    world.log.push_back(id * 100 + round);
  }
}

TEST(ArenaTest, LiveCoroutinesGoOnFromTheMarkAfterARewind) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "no arena";
  History history;
  history.BeginRun(0, true);
  RandomSource source;
  Arena arena(Small());
  TinyWorld* world;
  const auto wake_all = [&] {
    ArenaScope scope(&arena);
    world->event.Set();
    world->event.Clear();
    while (world->loop.ready() > 0) world->loop.Step();
  };
  {
    ArenaScope scope(&arena);
    world = new TinyWorld(history, source);
    for (int id = 1; id <= 3; ++id) world->group.Spawn(Name(), LogRounds(*world, id));
    while (world->loop.ready() > 0) world->loop.Step();
  }
  wake_all();
  wake_all();
  Arena::Snapshot snapshot;
  arena.Mark(&snapshot);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(world->log.size(), 6u);
    EXPECT_EQ(world->group.size(), 3u);
    for (int i = 0; i < 3; ++i) wake_all();
    EXPECT_TRUE(world->group.empty());
    const std::vector<int> expected = {100, 200, 300, 101, 201, 301, 102, 202, 302, 103, 203, 303, 104, 204, 304};
    EXPECT_EQ(world->log, expected);
    arena.Rewind(snapshot);
  }
  ArenaScope scope(&arena);
  delete world;
  EXPECT_EQ(arena.live_blocks(), 0u);
}

}  // namespace
}  // namespace sim
