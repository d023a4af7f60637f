#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/testing/seam_conformance.h"

namespace client::testing {
namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SeamLoopTest);

// Posts to one source; a callback does what the test says.
struct Poster {
  Poster(EventLoop& loop, std::function<void()> act, uint32_t number = 0)
      : act(std::move(act)), source(loop, MakeName(loop, Name(), "poster", number)), run(&Poster::Run, this) {}
  static void Run(void* self) {
    const std::function<void()> act = static_cast<Poster*>(self)->act;  // which may destroy this
    act();
  }
  void Post() { source.loop().Post(source, run); }

  std::function<void()> act;
  Source source;
  Runnable run;
};

TEST_P(SeamLoopTest, PostingRunsNothing) {
  int runs = 0;
  Poster poster(loop(), [&] { ++runs; });
  poster.Post();
  EXPECT_TRUE(poster.run.posted());
  EXPECT_EQ(runs, 0);
  ASSERT_TRUE(RunUntil([&] { return runs > 0; }));
  EXPECT_FALSE(poster.run.posted());
  world->Settle();
  EXPECT_EQ(runs, 1);
}

TEST_P(SeamLoopTest, ACallbackMayPostItselfAgainAndIsNotRunInside) {
  int runs = 0;
  bool inside = false;
  Poster* self = nullptr;
  Poster poster(loop(), [&] {
    EXPECT_FALSE(inside);
    inside = true;
    if (++runs < 5) self->Post();
    inside = false;
  });
  self = &poster;
  poster.Post();
  ASSERT_TRUE(RunUntil([&] { return runs == 5; }));
}

TEST_P(SeamLoopTest, CallbacksOfOneSourceRunInTheOrderPosted) {
  struct Numbered {
    std::vector<int>& ran;
    int number;
    static void Run(void* self) { static_cast<Numbered*>(self)->ran.push_back(static_cast<Numbered*>(self)->number); }
  };
  std::vector<int> ran;
  Source first(loop(), MakeName(loop(), Name(), "first"));
  Source second(loop(), MakeName(loop(), Name(), "second"));
  std::vector<std::unique_ptr<Numbered>> arguments;
  std::vector<std::unique_ptr<Runnable>> runnables;
  for (int i = 0; i < 40; ++i) {
    arguments.push_back(std::make_unique<Numbered>(Numbered{ran, i}));
    runnables.push_back(std::make_unique<Runnable>(&Numbered::Run, arguments.back().get()));
    loop().Post(i % 2 == 0 ? first : second, *runnables.back());
  }
  ASSERT_TRUE(RunUntil([&] { return ran.size() == 40; }));
  int last[2] = {-1, -1};
  for (const int number : ran) {
    EXPECT_LT(last[number % 2], number);
    last[number % 2] = number;
  }
}

TEST_P(SeamLoopTest, TheRunningSourceIsKnown) {
  Source* seen = nullptr;
  Poster poster(loop(), [&] { seen = loop().current(); });
  poster.Post();
  EXPECT_EQ(loop().current(), nullptr);
  ASSERT_TRUE(RunUntil([&] { return seen != nullptr; }));
  EXPECT_EQ(seen, &poster.source);
  EXPECT_EQ(loop().current(), nullptr);
}

TEST_P(SeamLoopTest, WhatIsCancelledOrDestroyedDoesNotRun) {
  int runs = 0;
  bool last = false;
  Poster cancelled(loop(), [&] { ++runs; }), kept(loop(), [&] { last = true; });
  auto destroyed = std::make_unique<Poster>(loop(), [&] { ++runs; });
  Source source(loop(), Name());
  auto runnable = std::make_unique<Runnable>([](void* runs) { ++*static_cast<int*>(runs); }, &runs);
  loop().Post(source, *runnable);
  cancelled.Post();
  destroyed->Post();
  kept.Post();
  loop().Cancel(cancelled.run);
  loop().Cancel(cancelled.run);  // no effect
  destroyed.reset();
  runnable.reset();
  ASSERT_TRUE(RunUntil([&] { return last; }));
  world->Settle();
  EXPECT_EQ(runs, 0);
}

TEST_P(SeamLoopTest, ACallbackMayDestroyItsSourceWithWhatIsPostedToIt) {
  auto victim = std::make_unique<Poster>(loop(), [] {});
  int more = 0;
  Runnable second([](void* more) { ++*static_cast<int*>(more); }, &more);
  victim->act = [&] {
    loop().Post(victim->source, second);
    victim.reset();
  };
  victim->Post();
  ASSERT_TRUE(RunUntil([&] { return victim == nullptr; }));
  world->Settle();
  EXPECT_FALSE(second.posted());
  EXPECT_EQ(more, 0);
}

TEST_P(SeamLoopTest, OneOfTwoMayCancelTheOther) {
  int runs = 0;
  std::unique_ptr<Poster> a, b;
  a = std::make_unique<Poster>(loop(), [&] { ++runs, loop().Cancel(b->run); });
  b = std::make_unique<Poster>(loop(), [&] { ++runs, loop().Cancel(a->run); });
  a->Post();
  b->Post();
  world->Settle();
  EXPECT_EQ(runs, 1);
}

// A timer that notes when it fires.
struct TestTimer {
  TestTimer(EventLoop& loop, uint32_t number, std::function<void()> then = nullptr)
      : then(std::move(then)),
        timer(loop, MakeName(loop, Name(), "timer", number), TimerKind::kSleep, &TestTimer::Fire, this) {}
  static void Fire(void* self) {
    auto* const timer = static_cast<TestTimer*>(self);
    EXPECT_GE(timer->timer.source().loop().Now(), timer->due) << "early";
    EXPECT_FALSE(timer->timer.pending());
    ++timer->fired;
    const std::function<void()> then = timer->then;  // which may destroy this
    if (then) then();
  }
  void In(absl::Duration delay) {
    due = timer.source().loop().Now() + delay;
    timer.PostAt(due);
  }

  std::function<void()> then;
  absl::Time due = absl::InfinitePast();
  int fired = 0;
  Timer timer;
};

TEST_P(SeamLoopTest, TimersFireOnceAndNeverEarly) {
  std::vector<std::unique_ptr<TestTimer>> timers;
  for (uint32_t i = 0; i < 100; ++i) {
    timers.push_back(std::make_unique<TestTimer>(loop(), i));
    timers.back()->In(absl::Microseconds(i * 37 % 100 * 211));
  }
  ASSERT_TRUE(RunUntil([&] {
    for (const auto& timer : timers) {
      if (timer->fired == 0) return false;
    }
    return true;
  }));
  world->Settle();
  for (const auto& timer : timers) EXPECT_EQ(timer->fired, 1);
}

TEST_P(SeamLoopTest, TimersOfDifferentTimesFireInTheirOrderWhenOneArmsTheNext) {
  std::string order;
  TestTimer second(loop(), 2, [&] { order += "2"; });
  TestTimer first(loop(), 1, [&] { order += "1", second.In(absl::Microseconds(300)); });
  first.In(absl::Microseconds(300));
  ASSERT_TRUE(RunUntil([&] { return second.fired == 1; }));
  EXPECT_EQ(order, "12");
}

TEST_P(SeamLoopTest, TheClockNeverGoesBack) {
  absl::Time last = loop().Now();
  int runs = 0;
  TestTimer timer(loop(), 1);
  timer.then = [&] {
    EXPECT_GE(loop().Now(), last);
    last = loop().Now();
    if (++runs < 20) timer.In(absl::Microseconds(runs * 50));
  };
  timer.In(absl::ZeroDuration());
  ASSERT_TRUE(RunUntil([&] { return runs == 20; }));
}

TEST_P(SeamLoopTest, ATimerInThePastFiresWithoutWaiting) {
  TestTimer past(loop(), 1), distant(loop(), 2);
  past.timer.PostAt(absl::InfinitePast());
  distant.timer.PostAt(loop().Now() - absl::Hours(1));
  EXPECT_EQ(past.fired, 0);
  ASSERT_TRUE(RunUntil([&] { return past.fired == 1 && distant.fired == 1; }));
}

TEST_P(SeamLoopTest, ATimerCanBeMovedCancelledAndDestroyed) {
  TestTimer cancelled(loop(), 1), moved(loop(), 2), never(loop(), 3), last(loop(), 4);
  auto destroyed = std::make_unique<TestTimer>(loop(), 5);
  cancelled.In(absl::Microseconds(100));
  destroyed->In(absl::Microseconds(100));
  moved.In(absl::Hours(1));
  moved.In(absl::Microseconds(500));
  never.timer.PostAt(absl::InfiniteFuture());
  last.In(absl::Milliseconds(2));
  cancelled.timer.Cancel();
  cancelled.timer.Cancel();
  destroyed.reset();
  EXPECT_FALSE(cancelled.timer.pending());
  EXPECT_FALSE(never.timer.pending());
  ASSERT_TRUE(RunUntil([&] { return last.fired == 1 && moved.fired == 1; }));
  EXPECT_EQ(cancelled.fired + never.fired, 0);
}

TEST_P(SeamLoopTest, ATimerThatIsDueCanStillBeCancelled) {
  TestTimer a(loop(), 1), b(loop(), 2);
  a.then = [&] { b.timer.Cancel(); };
  b.then = [&] { a.timer.Cancel(); };
  const absl::Time same = loop().Now() + absl::Microseconds(200);
  a.due = b.due = same;
  a.timer.PostAt(same);
  b.timer.PostAt(same);
  ASSERT_TRUE(RunUntil([&] { return a.fired + b.fired > 0; }));
  world->Settle();
  EXPECT_EQ(a.fired + b.fired, 1);
}

TEST_P(SeamLoopTest, ATimerMayBeDestroyedWhenItFires) {
  auto timer = std::make_unique<TestTimer>(loop(), 1);
  bool gone = false;
  timer->then = [&] {
    timer.reset();
    gone = true;
  };
  timer->In(absl::Microseconds(50));
  ASSERT_TRUE(RunUntil([&] { return gone; }));
}

}  // namespace
}  // namespace client::testing
