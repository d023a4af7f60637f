#include "client/net/uv_loop.h"

#include <signal.h>
#include <time.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/async/deadline.h"
#include "client/async/task_group.h"
#include "client/net/system_entropy.h"
#include "client/net/uv_signal.h"
#include "gtest/gtest.h"

namespace client {
namespace {

// Writes its letter down; may post itself again.
struct Scribe {
  Scribe(UvLoop& loop, std::string& log, std::string letter, int times = 1)
      : log(log), letter(std::move(letter)), left(times), source(loop, Name()), run(&Scribe::Run, this) {}
  static void Run(void* self) {
    auto* const scribe = static_cast<Scribe*>(self);
    scribe->log += scribe->letter;
    if (--scribe->left > 0) scribe->Post();
  }
  void Post() { source.loop().Post(source, run); }

  std::string& log;
  std::string letter;
  int left;
  Source source;
  Runnable run;
};

TEST(UvLoopTest, PostingRunsNothingAndEachCallbackRunsOnce) {
  UvLoop loop;
  std::string log;
  Scribe a(loop, log, "a"), b(loop, log, "b");
  b.Post();
  a.Post();
  EXPECT_EQ(log, "");
  EXPECT_FALSE(loop.RunUntil([] { return false; }));
  EXPECT_EQ(log, "ba");
  EXPECT_EQ(loop.steps(), 2u);
}

TEST(UvLoopTest, ASourceThatAlwaysHasMoreDoesNotStarveTheOthers) {
  UvLoop loop;
  std::string log;
  Scribe a(loop, log, "a", 4), b(loop, log, "b", 2);
  a.Post();
  b.Post();
  loop.RunUntil([] { return false; });
  EXPECT_EQ(log, "ababaa");
}

TEST(UvLoopTest, SourcesThatAlwaysHaveMoreDoNotStarveTheKernel) {
  UvLoop loop;
  std::string log;
  std::vector<std::unique_ptr<Scribe>> many;
  Scribe one(loop, log, "1", 1000);
  one.Post();
  loop.RunUntil([] { return false; });
  EXPECT_EQ(loop.turns(), 1000u / UvLoop::kStepsPerTurn + 1);
  // More than a turn's worth: each has its step in every turn.
  for (int i = 0; i < 200; ++i) many.push_back(std::make_unique<Scribe>(loop, log, "m", 5));
  for (const auto& scribe : many) scribe->Post();
  const uint64_t before = loop.turns();
  loop.RunUntil([] { return false; });
  EXPECT_EQ(loop.turns() - before, 5u);
  EXPECT_EQ(loop.steps(), 2000u);
}

TEST(UvLoopTest, WhatIsPostedToOneSourceRunsInOrder) {
  UvLoop loop;
  std::string log;
  Source source(loop, Name());
  struct Word {
    std::string& log;
    std::string text;
  } one{log, "1"}, two{log, "2"}, three{log, "3"};
  const Runnable::Function say = [](void* word) { static_cast<Word*>(word)->log += static_cast<Word*>(word)->text; };
  Runnable first(say, &one), second(say, &two), third(say, &three);
  loop.Post(source, first);
  loop.Post(source, second);
  loop.Post(source, third);
  loop.Cancel(second);
  loop.RunUntil([] { return false; });
  EXPECT_EQ(log, "13");
}

TEST(UvLoopTest, ItStopsAfterTheRunningStepAndGoesOn) {
  UvLoop loop;
  std::string log;
  Scribe a(loop, log, "a", 3);
  a.Post();
  Source source(loop, Name());
  Runnable stop([](void* loop) { static_cast<UvLoop*>(loop)->Stop(); }, &loop);
  loop.Post(source, stop);
  EXPECT_FALSE(loop.RunUntil([] { return false; }));
  EXPECT_EQ(log, "a");
  EXPECT_TRUE(loop.RunUntil([&] { return log == "aa"; }));
  EXPECT_FALSE(loop.RunUntil([&] { return false; }));
  EXPECT_EQ(log, "aaa");
}

// The kernel's clock, read behind the loop's back.
int64_t MonotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Alarm {
  explicit Alarm(UvLoop& loop) : timer(loop, Name(), TimerKind::kSleep, &Alarm::Fired, this) {}
  static void Fired(void* self) {
    auto* const alarm = static_cast<Alarm*>(self);
    alarm->fired_ns = MonotonicNs();
    ++alarm->times;
  }
  void At(int64_t ns) {
    due_ns = ns;
    timer.PostAt(absl::FromUnixNanos(ns));
  }
  Timer timer;
  int64_t due_ns = 0;
  int64_t fired_ns = 0;
  int times = 0;
};

TEST(UvLoopTest, TimersAreNeverEarlyNorTwice) {
  UvLoop loop;
  std::vector<std::unique_ptr<Alarm>> alarms;
  const int64_t start_ns = MonotonicNs();
  for (int i = 0; i < 400; ++i) {
    alarms.push_back(std::make_unique<Alarm>(loop));
    alarms.back()->At(start_ns + (i * 7919 % 400) * 77'777);  // up to 31 ms, at no round number
  }
  EXPECT_FALSE(loop.RunUntil([] { return false; }));
  for (const auto& alarm : alarms) {
    EXPECT_EQ(alarm->times, 1);
    EXPECT_GE(alarm->fired_ns, alarm->due_ns);
  }
  // Waiting is waiting: a turn for each millisecond in which one was due, not thousands.
  EXPECT_LT(loop.turns(), 900u);
}

TEST(UvLoopTest, TimersInThePastFireAndCancelledOnesDoNot) {
  UvLoop loop;
  Alarm past(loop), cancelled(loop), due_and_cancelled(loop), never(loop), moved(loop);
  past.timer.PostAt(absl::InfinitePast());
  cancelled.At(MonotonicNs() + 1'000'000);
  cancelled.timer.Cancel();
  due_and_cancelled.At(1);
  never.timer.PostAt(absl::InfiniteFuture());
  moved.At(MonotonicNs() + 3'600'000'000'000);
  moved.At(MonotonicNs() + 1'000'000);
  EXPECT_TRUE(loop.RunUntil([&] {
    if (past.times == 1 && due_and_cancelled.timer.pending()) due_and_cancelled.timer.Cancel();
    return moved.times == 1;
  }));
  EXPECT_EQ(past.times, 1);
  EXPECT_EQ(cancelled.times + due_and_cancelled.times + never.times, 0);
  EXPECT_EQ(loop.armed_timers(), 0u);
}

// A step arms a timer, and takes so long that it is due before libuv gets to wait for it. A signal that never comes is
// what the kernel would be asked about for ever.
TEST(UvLoopTest, ADeadlineThatPassesWhileAStepRunsIsNotSleptThrough) {
  UvLoop loop;
  const UvSignal never(loop, SIGUSR2, Name(), [](void*) {}, nullptr);
  struct Fired {
    Fired(UvLoop& loop)
        : timer(loop, Name(), TimerKind::kUser, [](void* self) { static_cast<Fired*>(self)->fired = true; }, this) {}
    bool fired = false;
    Timer timer;
  } late(loop);
  const auto run_late = [](UvLoop& loop, Fired& late) -> Task<> {
    late.timer.PostAt(loop.Now() + absl::Microseconds(100));
    const absl::Time end = loop.Now() + absl::Milliseconds(3);  // some ticks of libuv's
    while (loop.Now() < end) {
    }
    co_return;
  };
  SpawnedTask task(loop, Name(), run_late(loop, late));
  EXPECT_TRUE(loop.RunUntil([&] { return late.fired; }));
}

// The next is armed by a step, so that nothing else is ready. libuv keeps count of the time for which the kernel was
// asked to wait, if it was: none.
TEST(UvLoopTest, ATimerThatIsDueAlreadyFiresInTheNextTurnWithoutWaiting) {
  UvLoop loop;
  ASSERT_EQ(uv_loop_configure(loop.uv(), UV_METRICS_IDLE_TIME), 0);
  struct Again {
    explicit Again(UvLoop& loop) : timer(loop, Name(), TimerKind::kSleep, &Again::Fired, this) {}
    static void Fired(void* self) {
      auto* const again = static_cast<Again*>(self);
      if (++again->times < 100) again->timer.PostAt(again->timer.source().loop().Now());
    }
    Timer timer;
    int times = 0;
  } again(loop);
  again.timer.PostAt(loop.Now());
  EXPECT_TRUE(loop.RunUntil([&] { return again.times == 100; }));
  EXPECT_LE(loop.turns(), 100u);
  EXPECT_EQ(uv_metrics_idle_time(loop.uv()), 0u);
}

TEST(UvLoopTest, AFarDeadlineNeitherOverflowsNorFires) {
  UvLoop loop;
  Alarm far(loop), near(loop);
  far.timer.PostAt(absl::UnixEpoch() + absl::Hours(24 * 365 * 300));
  near.At(MonotonicNs() + 2'000'000);
  EXPECT_TRUE(loop.RunUntil([&] { return near.times == 1; }));
  EXPECT_EQ(far.times, 0);
}

TEST(UvLoopTest, ASourceMayBeDestroyedWhileItRuns) {
  UvLoop loop;
  struct Suicide {
    explicit Suicide(UvLoop& loop)
        : source(loop, Name()),
          first([](void* self) { delete static_cast<Suicide*>(self); }, this),
          second([](void*) { FAIL(); }, nullptr) {}
    Source source;
    Runnable first;
    Runnable second;
  };
  auto* const suicide = new Suicide(loop);
  loop.Post(suicide->source, suicide->first);
  loop.Post(suicide->source, suicide->second);
  EXPECT_FALSE(loop.RunUntil([] { return false; }));
  EXPECT_EQ(loop.steps(), 1u);
}

Task<> SleepTwice(UvLoop& loop, int& naps) {
  for (; naps < 2; ++naps) {
    co_await SleepUntil(loop, Name(), loop.Now() + absl::Milliseconds(2));
  }
}

TEST(UvLoopTest, RunsUntilAllTasksHaveEnded) {
  UvLoop loop;
  int first = 0, second = 1;
  SpawnedTask one(loop, Name(), SleepTwice(loop, first));
  SpawnedTask two(loop, Name(), SleepTwice(loop, second));
  EXPECT_TRUE(loop.Run());
  EXPECT_EQ(first + second, 4);
}

// The loop's list of its tasks is hidden meanwhile: who looked for those that are left would find none and stop.
TEST(UvLoopTest, ItKnowsHowManyTasksAreLeftWithoutLookingAtThem) {
  UvLoop loop;
  int first = 0, second = 1;
  SpawnedTask one(loop, Name(), SleepTwice(loop, first));
  SpawnedTask two(loop, Name(), SleepTwice(loop, second));
  EXPECT_EQ(loop.unfinished_tasks, 2u);
  SpawnedTask* const tasks = std::exchange(loop.first_task, nullptr);
  EXPECT_TRUE(loop.Run());
  loop.first_task = tasks;
  EXPECT_EQ(first + second, 4);
  EXPECT_TRUE(one.done() && two.done());
  EXPECT_EQ(loop.unfinished_tasks, 0u);
}

TEST(UvLoopTest, ASignalIsAStep) {
  UvLoop loop;
  UvSignal stop(loop, SIGUSR1, Name(), [](void* loop) { static_cast<UvLoop*>(loop)->Stop(); }, &loop);
  ASSERT_EQ(raise(SIGUSR1), 0);
  EXPECT_FALSE(loop.RunUntil([] { return false; }));
  EXPECT_EQ(loop.steps(), 1u);
}

TEST(SystemEntropyTest, NumbersDiffer) {
  SystemEntropy entropy;
  std::set<uint64_t> numbers;
  for (int i = 0; i < 200; ++i) numbers.insert(entropy.Next());
  EXPECT_EQ(numbers.size(), 200u);
}

}  // namespace
}  // namespace client
