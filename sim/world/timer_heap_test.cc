#include "client/net/timer_heap.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/world/scheduler.h"

namespace sim {
namespace {

// Deadlines out of `range` values, so that ties happen, against a set ordered by deadline and order of arming.
void CompareWithASet(uint64_t seed, uint32_t range, size_t timers_max) {
  History history;
  RandomSource random;
  Decisions decisions(Offers(), random, history.tape());
  Scheduler loop(decisions, history);
  Prng prng(seed);
  std::vector<std::unique_ptr<Timer>> timers;
  for (size_t i = 0; i < timers_max; ++i) {
    timers.push_back(std::make_unique<Timer>(loop, Name(), TimerKind::kSleep, [](void*) {}, nullptr));
  }
  using Key = std::pair<int64_t, uint64_t>;
  std::set<std::pair<Key, Timer*>> model;
  std::vector<std::pair<Key, Timer*>> where(timers_max);
  TimerHeap heap;
  uint64_t sequence = 0;
  for (int operation = 0; operation < 30'000; ++operation) {
    const uint32_t i = prng.Below(static_cast<uint32_t>(timers_max));
    Timer& timer = *timers[i];
    if (!timer.armed()) {
      const int64_t deadline_ns = prng.Below(range);
      heap.Insert(timer, deadline_ns);
      where[i] = {{deadline_ns, sequence++}, &timer};
      model.insert(where[i]);
    } else if (prng.Chance(128)) {
      heap.Remove(timer);
      model.erase(where[i]);
      ASSERT_FALSE(timer.armed());
    } else {
      ASSERT_EQ(&heap.Pop(), model.begin()->second);
      model.erase(model.begin());
    }
    ASSERT_EQ(heap.size(), model.size());
    if (!model.empty()) {
      ASSERT_EQ(&heap.top(), model.begin()->second);
      ASSERT_EQ(heap.next_deadline_ns(), model.begin()->first.first);
    }
  }
  size_t visited = 0;
  heap.ForEach([&](Timer&) { ++visited; });
  EXPECT_EQ(visited, model.size());
  while (!heap.empty()) heap.Pop();
}

TEST(TimerHeapTest, TiesGoByTheOrderOfArming) { CompareWithASet(1, 3, 40); }
TEST(TimerHeapTest, AFew) { CompareWithASet(2, 1000, 5); }
TEST(TimerHeapTest, Many) { CompareWithASet(3, 1'000'000, 3000); }

}  // namespace
}  // namespace sim
