// A scheduler step, choices, timers: each against a floor in the same process.
//
// Asked for: a step with choice, tape and digest at most 3 times the bare resumption of the same coroutines; a timer
// armed and cancelled among 100 000 live ones in at most 15 ns; popping and inserting at most twice a timing wheel.
#include <benchmark/benchmark.h>

#include <array>
#include <coroutine>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "client/async/task_group.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/toys/yield.h"
#include "sim/world/arena.h"
#include "sim/world/timing_wheel_floor.h"
#include "sim/world/world.h"
#include "tools/benchmark/against_floor.h"

namespace sim {
namespace {

using client::Task;
using client::TaskGroup;

constexpr int kBodies = 32;

// 32 different bodies of six suspensions each, resumed in random order: the branch predictor learns nothing. The same
// text is compiled twice, as a Task of ours and as a bare coroutine.
struct Words {
  std::array<uint64_t, 64> word{};
};

template <int K, class Coroutine, class Turn>
Coroutine Body(Words& words) {
  char scratch[64];
  std::memset(scratch, K, sizeof(scratch));
  uint64_t& mine = words.word[K];
  for (;;) {
    mine += 1;
    co_await Turn();
    mine ^= static_cast<uint64_t>(scratch[mine & 63]);
    co_await Turn();
    words.word[(K + 1) & 63] += 3;
    co_await Turn();
    if ((mine & 1) != 0) {
      co_await Turn();
      ++scratch[mine & 63];
    } else {
      co_await Turn();
    }
    mine *= 5;
    co_await Turn();
  }
}

template <class Coroutine, class Turn, int... K>
Coroutine BodyOf(int k, Words& words, std::integer_sequence<int, K...>) {
  using Function = Coroutine (*)(Words&);
  static constexpr Function kFunctions[] = {Body<K, Coroutine, Turn>...};
  return kFunctions[k](words);
}
template <class Coroutine, class Turn>
Coroutine BodyOf(int k, Words& words) {
  return BodyOf<Coroutine, Turn>(k % kBodies, words, std::make_integer_sequence<int, kBodies>());
}

struct Bare {
  struct promise_type {
    Bare get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const {}
    [[noreturn]] void unhandled_exception() const { std::abort(); }
  };
  std::coroutine_handle<promise_type> handle;
};

class FloorScheduler {
 public:
  explicit FloorScheduler(int tasks) : prng_(7) {
    ready.reserve(static_cast<size_t>(tasks) + 1);
    for (int i = 0; i < tasks; ++i) {
      const Bare task = BodyOf<Bare, Turn>(i, words_);
      tasks_.push_back(task);
      ready.push_back(task.handle);
    }
    trace_.reserve(kTrace);
  }
  ~FloorScheduler() {
    for (const Bare& task : tasks_) task.handle.destroy();
  }

  void Run(int64_t steps) {
    while (steps-- > 0) {
      const uint32_t i = prng_.Below(static_cast<uint32_t>(ready.size()));
      const std::coroutine_handle<> handle = ready[i];
      ready[i] = ready.back();
      ready.pop_back();
      if (trace_.size() == kTrace) trace_.clear();
      trace_.push_back(static_cast<uint16_t>(i));
      hash_ = (hash_ ^ i) * 0x9e3779b97f4a7c15u;
      handle.resume();
    }
    benchmark::DoNotOptimize(hash_);
  }

  static inline std::vector<std::coroutine_handle<>> ready;

 private:
  static constexpr size_t kTrace = 1 << 16;
  struct Turn {
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) const { ready.push_back(handle); }
    void await_resume() const {}
  };

  Words words_;
  std::vector<Bare> tasks_;
  Prng prng_;
  std::vector<uint16_t> trace_;
  uint64_t hash_ = 1;
};

// A world of such tasks, in an arena where there is one.
class TaskWorld {
 public:
  explicit TaskWorld(int tasks) {
    config_.offers.Add(Label::kLoopNext);
    history_.BeginRun(0, false);
    source_.Seed(7);
    if (SIM_HAS_ARENA) arena_ = std::make_unique<Arena>(Arena::Options{});
    ArenaScope scope(arena_.get());
    world_ = std::make_unique<World>(config_, LawSet::All(), source_, history_, violation_);
    words_ = std::make_unique<Words>();
    group_ = std::make_unique<TaskGroup>(world_->loop(), Name());
    for (int i = 0; i < tasks; ++i) {
      const Name name = client::MakeName(world_->loop(), Name(), "task", static_cast<uint32_t>(i + 1));
      group_->Spawn(name, BodyOf<Task<>, Yield>(i, *words_));
    }
  }

  void Run(int64_t steps) {
    ArenaScope scope(arena_.get());
    history_.tape().Clear();
    for (; steps > 0; --steps) world_->loop().Step();
    benchmark::DoNotOptimize(history_.Digest());
  }

 private:
  WorldConfig config_;
  History history_;
  RandomSource source_{RandomSource::Options{.swarm = false}};
  Violation violation_;
  std::unique_ptr<Arena> arena_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Words> words_;
  std::unique_ptr<TaskGroup> group_;
};

void BM_StepOfDifferentTasks(benchmark::State& state) {
  const int tasks = static_cast<int>(state.range(0));
  TaskWorld ours(tasks);
  FloorScheduler::ready.clear();
  FloorScheduler floor(tasks);
  tools::AgainstFloor(
      state, 16'384, [&](int64_t n) { ours.Run(n); }, [&](int64_t n) { floor.Run(n); });
}
BENCHMARK(BM_StepOfDifferentTasks)->Arg(8)->Arg(64)->Arg(1024)->UseManualTime();

// A decision that is asked, answered at random and put on the tape; the floor is the random number alone.
void BM_Choice(benchmark::State& state) {
  History history;
  history.BeginRun(0, false);
  RandomSource source;
  Offers offers;
  offers.Add(Label::kToy);
  Decisions decisions(offers, source, history.tape());
  Prng prng(1);
  uint64_t sum = 0;
  tools::AgainstFloor(
      state, 16'384,
      [&](int64_t n) {
        history.tape().Clear();
        while (n-- > 0) sum += decisions.Choose(Label::kToy, Name(), 5);
      },
      [&](int64_t n) {
        while (n-- > 0) sum += prng.Below(5);
      });
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(BM_Choice)->UseManualTime();

constexpr uint32_t kDelayMask = 0xfffff;  // ns

// `count` armed timers; the floor is a hierarchical timing wheel with as many.
class Timers {
 public:
  explicit Timers(int64_t count) : prng_(3), floor_nodes_(static_cast<size_t>(count) + 1) {
    history_.BeginRun(0, false);
    for (int64_t i = 0; i <= count; ++i) {
      timers_.push_back(std::make_unique<Timer>(loop_, Name(), TimerKind::kSleep, [](void*) {}, nullptr));
    }
    for (int64_t i = 0; i < count; ++i) loop_.ArmAt(*timers_[static_cast<size_t>(i)], loop_.now_ns() + Delay());
    for (int64_t i = 0; i < count; ++i) {
      floor_nodes_[static_cast<size_t>(i)].when = static_cast<uint64_t>(Delay());
      floor_.Add(floor_nodes_[static_cast<size_t>(i)]);
    }
  }

  void ArmAndCancel(int64_t n) {
    Timer& timer = *timers_.back();
    while (n-- > 0) {
      loop_.ArmAt(timer, loop_.now_ns() + Delay());
      timer.Cancel();
    }
  }
  void FloorArmAndCancel(int64_t n) {
    while (n-- > 0) {
      floor_nodes_.back().when = floor_.now() + static_cast<uint64_t>(Delay());
      floor_.Add(floor_nodes_.back());
      floor_.Remove(floor_nodes_.back());
    }
  }

  // The hold model: take the earliest, insert a later one.
  void Hold(int64_t n) {
    while (n-- > 0) {
      const int64_t now_ns = heap_->next_deadline_ns();
      Timer& timer = heap_->Pop();
      heap_->Insert(timer, now_ns + Delay());
    }
  }
  void FloorHold(int64_t n) {
    while (n-- > 0) {
      TimingWheelFloor::Node& node = floor_.Pop();
      node.when = floor_.now() + static_cast<uint64_t>(Delay());
      floor_.Add(node);
    }
  }
  // Hold() works on a heap of its own, since the scheduler's time only moves by steps.
  void FillHeap() {
    heap_ = std::make_unique<TimerHeap>();
    for (const auto& timer : timers_) {
      timer->Cancel();
      heap_->Insert(*timer, Delay());
    }
  }
  void EmptyHeap() {
    for (const auto& timer : timers_) heap_->Remove(*timer);
  }

 private:
  int64_t Delay() { return 1 + static_cast<int64_t>(prng_.Next() & kDelayMask); }

  History history_;
  RandomSource source_;
  Decisions decisions_{Offers(), source_, history_.tape()};
  Scheduler loop_{decisions_, history_};
  Prng prng_;
  std::vector<std::unique_ptr<Timer>> timers_;
  std::unique_ptr<TimerHeap> heap_;
  TimingWheelFloor floor_;
  std::vector<TimingWheelFloor::Node> floor_nodes_;
};

void BM_TimerArmAndCancel(benchmark::State& state) {
  Timers timers(state.range(0));
  tools::AgainstFloor(
      state, 16'384, [&](int64_t n) { timers.ArmAndCancel(n); }, [&](int64_t n) { timers.FloorArmAndCancel(n); });
}
BENCHMARK(BM_TimerArmAndCancel)->Arg(1000)->Arg(100'000)->UseManualTime();

void BM_TimerHold(benchmark::State& state) {
  Timers timers(state.range(0));
  timers.FillHeap();
  tools::AgainstFloor(state, 16'384, [&](int64_t n) { timers.Hold(n); }, [&](int64_t n) { timers.FloorHold(n); });
  timers.EmptyHeap();
}
BENCHMARK(BM_TimerHold)->Arg(1000)->Arg(100'000)->UseManualTime();

}  // namespace
}  // namespace sim
