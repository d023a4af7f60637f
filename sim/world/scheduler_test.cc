#include "sim/world/scheduler.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/choice/enumerate_source.h"
#include "sim/choice/random_source.h"

namespace sim {
namespace {

// The contract of client/net/event_loop.h. Answers are scripted; what is not scripted is 0.
class ScriptedSource final : public ChoiceSource {
 public:
  uint32_t Choose(const Question& question) override {
    asked.push_back(question.count);
    return next_ < answers.size() ? answers[next_++] : 0;
  }
  std::vector<uint32_t> answers;
  std::vector<uint32_t> asked;

 private:
  size_t next_ = 0;
};

Offers OffersOf(std::initializer_list<Label> labels) {
  Offers offers;
  for (Label label : labels) offers.Add(label);
  return offers;
}

struct Loop {
  explicit Loop(ChoiceSource& source, Offers offers = OffersOf({Label::kLoopNext}))
      : decisions(offers, source, history.tape()), scheduler(decisions, history) {
    history.BeginRun(0, true);
  }
  void RunReady() {
    while (scheduler.ready() > 0) scheduler.Step();
  }

  History history;
  Decisions decisions;
  Scheduler scheduler;
};

// A callback that can be posted, and says so when it runs.
class Callback {
 public:
  explicit Callback(std::function<void()> function)
      : function_(std::move(function)),
        runnable_([](void* self) { static_cast<Callback*>(self)->function_(); }, this) {}
  Runnable& runnable() { return runnable_; }

 private:
  std::function<void()> function_;
  Runnable runnable_;
};

class SchedulerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Callback> Says(std::string what) {
    return std::make_unique<Callback>([this, what] { log_ += what; });
  }

  ScriptedSource script_;
  std::string log_;
};

TEST_F(SchedulerTest, OneSourceKeepsItsOrder) {
  Loop loop(script_);
  Source source(loop.scheduler, Name());
  const auto a = Says("a"), b = Says("b"), c = Says("c");
  for (const auto* one : {&a, &b, &c}) loop.scheduler.Post(source, (*one)->runnable());
  EXPECT_EQ(loop.scheduler.ready(), 1u);
  EXPECT_EQ(log_, "");  // posting runs nothing
  loop.RunReady();
  EXPECT_EQ(log_, "abc");
  EXPECT_TRUE(script_.asked.empty());  // forced decisions are none
  EXPECT_EQ(loop.history.tape().size(), 0u);
  EXPECT_EQ(loop.history.steps(), 3u);
}

TEST_F(SchedulerTest, ByDefaultSourcesTakeTurns) {
  Loop loop(script_);
  Source one(loop.scheduler, Name()), two(loop.scheduler, Name());
  const auto a = Says("a"), b = Says("b"), c = Says("c"), d = Says("d");
  loop.scheduler.Post(one, a->runnable());
  loop.scheduler.Post(one, b->runnable());
  loop.scheduler.Post(two, c->runnable());
  loop.scheduler.Post(two, d->runnable());
  loop.RunReady();
  EXPECT_EQ(log_, "acbd");
}

TEST_F(SchedulerTest, EveryOrderBetweenSourcesIsAllowedAndNoOther) {
  EnumerateSource source;
  std::set<std::string> orders;
  do {
    source.BeginRun();
    log_.clear();
    Loop loop(source);
    Source one(loop.scheduler, Name()), two(loop.scheduler, Name());
    const auto a = Says("a"), b = Says("b"), c = Says("c"), d = Says("d");
    loop.scheduler.Post(one, a->runnable());
    loop.scheduler.Post(one, b->runnable());
    loop.scheduler.Post(two, c->runnable());
    loop.scheduler.Post(two, d->runnable());
    loop.RunReady();
    orders.insert(log_);
  } while (source.Next());
  const std::set<std::string> expected = {"abcd", "acbd", "acdb", "cabd", "cadb", "cdab"};
  EXPECT_EQ(orders, expected);
}

TEST_F(SchedulerTest, ATapeEntryNamesTheSourceThatWasChosen) {
  Loop loop(script_);
  const Name first = Name().Child("first", 0), second = Name().Child("second", 0);
  Source one(loop.scheduler, first), two(loop.scheduler, second);
  const auto a = Says("a"), b = Says("b");
  loop.scheduler.Post(one, a->runnable());
  loop.scheduler.Post(two, b->runnable());
  script_.answers = {1};
  loop.RunReady();
  EXPECT_EQ(log_, "ba");
  ASSERT_EQ(loop.history.tape().size(), 1u);
  EXPECT_EQ(loop.history.tape()[0], (TapeEntry{Name(), second, 1, 2, Label::kLoopNext}));
}

TEST_F(SchedulerTest, CancelTakesBackOneCallback) {
  Loop loop(script_);
  Source source(loop.scheduler, Name());
  const auto a = Says("a"), b = Says("b");
  loop.scheduler.Post(source, a->runnable());
  loop.scheduler.Post(source, b->runnable());
  loop.scheduler.Cancel(a->runnable());
  loop.scheduler.Cancel(a->runnable());  // no effect
  loop.RunReady();
  EXPECT_EQ(log_, "b");
  loop.scheduler.Post(source, a->runnable());
  loop.scheduler.Cancel(a->runnable());
  EXPECT_EQ(loop.scheduler.ready(), 0u);
}

TEST_F(SchedulerTest, DestroyingASourceTakesBackAllThatItPosted) {
  Loop loop(script_);
  auto source = std::make_unique<Source>(loop.scheduler, Name());
  const auto a = Says("a"), b = Says("b");
  loop.scheduler.Post(*source, a->runnable());
  loop.scheduler.Post(*source, b->runnable());
  source.reset();
  EXPECT_EQ(loop.scheduler.ready(), 0u);
  EXPECT_FALSE(a->runnable().posted());
}

TEST_F(SchedulerTest, DestroyingARunnableTakesItBack) {
  Loop loop(script_);
  Source source(loop.scheduler, Name());
  auto a = Says("a");
  loop.scheduler.Post(source, a->runnable());
  a.reset();
  EXPECT_EQ(loop.scheduler.ready(), 0u);
}

TEST_F(SchedulerTest, ASourceMayBeDestroyedInItsOwnCallback) {
  Loop loop(script_);
  auto source = std::make_unique<Source>(loop.scheduler, Name());
  const auto never = Says("never");
  std::unique_ptr<Callback> self;
  self = std::make_unique<Callback>([&] {
    EXPECT_EQ(loop.scheduler.current(), source.get());
    source.reset();
    EXPECT_EQ(loop.scheduler.current(), nullptr);
    self.reset();
  });
  loop.scheduler.Post(*source, self->runnable());
  loop.scheduler.Post(*source, never->runnable());
  loop.RunReady();
  EXPECT_EQ(log_, "");
  EXPECT_EQ(loop.scheduler.ready(), 0u);
}

TEST_F(SchedulerTest, ANewSourceAtTheAddressOfTheDestroyedOneRuns) {
  Loop loop(script_);
  alignas(Source) unsigned char memory[sizeof(Source)];
  auto* source = new (memory) Source(loop.scheduler, Name());
  const auto a = Says("a");
  Callback replace([&] {
    source->~Source();
    source = new (memory) Source(loop.scheduler, Name());
    loop.scheduler.Post(*source, a->runnable());
  });
  loop.scheduler.Post(*source, replace.runnable());
  loop.RunReady();
  EXPECT_EQ(log_, "a");
  source->~Source();
}

TEST_F(SchedulerTest, PostedFromACallbackItIsAStepOfItsOwnBehindTheOthers) {
  Loop loop(script_);
  Source one(loop.scheduler, Name()), two(loop.scheduler, Name());
  const auto b = Says("b"), other = Says("o");
  Callback a([&] {
    log_ += "a";
    loop.scheduler.Post(one, b->runnable());
    EXPECT_EQ(loop.scheduler.ready(), 1u);
  });
  loop.scheduler.Post(one, a.runnable());
  loop.scheduler.Post(two, other->runnable());
  loop.RunReady();
  EXPECT_EQ(log_, "aob");
}

TEST_F(SchedulerTest, ACallbackMayPostItselfAndCancelWhatItPosted) {
  Loop loop(script_);
  Source source(loop.scheduler, Name());
  const auto never = Says("never");
  int runs = 0;
  std::unique_ptr<Callback> self;
  self = std::make_unique<Callback>([&] {
    loop.scheduler.Post(source, never->runnable());
    loop.scheduler.Cancel(never->runnable());
    if (++runs < 3) loop.scheduler.Post(source, self->runnable());
  });
  loop.scheduler.Post(source, self->runnable());
  loop.RunReady();
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(log_, "");
}

class TimerTest : public SchedulerTest {
 protected:
  static void Fire(void* argument) { ++*static_cast<int*>(argument); }
};

TEST_F(TimerTest, TimeStandsStillWhileAnythingIsReady) {
  Loop loop(script_);
  int fired = 0;
  Timer timer(loop.scheduler, Name(), TimerKind::kSleep, Fire, &fired);
  timer.PostAt(loop.scheduler.Now() + absl::Seconds(1));
  EXPECT_EQ(loop.scheduler.armed(TimerKind::kSleep), 1u);
  EXPECT_EQ(loop.scheduler.ready(), 0u);
  EXPECT_TRUE(loop.scheduler.Advance());
  EXPECT_EQ(loop.scheduler.now_ns(), Scheduler::kStartNs + 1'000'000'000);
  EXPECT_EQ(fired, 0);  // due is ready, not run
  EXPECT_EQ(loop.scheduler.ready(), 1u);
  loop.RunReady();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(loop.scheduler.armed(TimerKind::kSleep), 0u);
  EXPECT_FALSE(loop.scheduler.Advance());
}

TEST_F(TimerTest, TimersDueTogetherRunInEveryOrder) {
  EnumerateSource source;
  std::set<std::string> orders;
  do {
    source.BeginRun();
    Loop loop(source);
    log_.clear();
    struct Letter {
      std::string* log;
      char letter;
    } letters[] = {{&log_, 'a'}, {&log_, 'b'}, {&log_, 'c'}};
    std::vector<std::unique_ptr<Timer>> timers;
    for (Letter& letter : letters) {
      const auto append = [](void* argument) {
        const auto* one = static_cast<Letter*>(argument);
        *one->log += one->letter;
      };
      timers.push_back(std::make_unique<Timer>(loop.scheduler, Name(), TimerKind::kSleep, append, &letter));
      timers.back()->PostAt(loop.scheduler.Now() + absl::Seconds(1));
    }
    loop.scheduler.Advance();
    loop.RunReady();
    orders.insert(log_);
  } while (source.Next());
  EXPECT_EQ(orders.size(), 6u);
}

TEST_F(TimerTest, ADueTimerCanStillBeCancelledOrMoved) {
  Loop loop(script_);
  int fired = 0;
  Timer timer(loop.scheduler, Name(), TimerKind::kSleep, Fire, &fired);
  timer.PostAt(loop.scheduler.Now() + absl::Seconds(1));
  loop.scheduler.Advance();
  EXPECT_TRUE(timer.pending());
  timer.Cancel();
  EXPECT_EQ(loop.scheduler.ready(), 0u);
  timer.PostAt(loop.scheduler.Now() + absl::Seconds(1));
  loop.scheduler.Advance();
  timer.PostAt(loop.scheduler.Now() + absl::Seconds(5));
  loop.RunReady();
  EXPECT_EQ(fired, 0);
  loop.scheduler.Advance();
  loop.RunReady();
  EXPECT_EQ(fired, 1);
}

TEST_F(TimerTest, ADeadlineInThePastIsReadyAtTheNextStep) {
  Loop loop(script_);
  int fired = 0;
  Source source(loop.scheduler, Name());
  const auto a = Says("a");
  Timer timer(loop.scheduler, Name(), TimerKind::kSleep, Fire, &fired);
  timer.PostAt(absl::InfinitePast());
  loop.scheduler.Post(source, a->runnable());
  loop.RunReady();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(loop.scheduler.now_ns(), Scheduler::kStartNs);
}

TEST_F(TimerTest, AnInfiniteDeadlineIsNone) {
  Loop loop(script_);
  int fired = 0;
  Timer timer(loop.scheduler, Name(), TimerKind::kTimeout, Fire, &fired);
  timer.PostAt(absl::InfiniteFuture());
  EXPECT_FALSE(timer.pending());
  EXPECT_FALSE(loop.scheduler.Advance());
}

TEST_F(TimerTest, ATimerMayArmItselfAgainAndBeDestroyedInItsCallback) {
  Loop loop(script_);
  struct Periodic {
    std::unique_ptr<Timer> timer;
    Scheduler* loop;
    int fired = 0;
    static void Fire(void* argument) {
      auto* self = static_cast<Periodic*>(argument);
      if (++self->fired < 3) {
        self->timer->PostAt(self->loop->Now() + absl::Seconds(1));
      } else {
        self->timer.reset();
      }
    }
  } periodic;
  periodic.loop = &loop.scheduler;
  periodic.timer = std::make_unique<Timer>(loop.scheduler, Name(), TimerKind::kIdle, Periodic::Fire, &periodic);
  periodic.timer->PostAt(loop.scheduler.Now());
  while (loop.scheduler.ready() > 0 || loop.scheduler.Advance()) loop.scheduler.Step();
  EXPECT_EQ(periodic.fired, 3);
  EXPECT_EQ(loop.scheduler.armed(TimerKind::kIdle), 0u);
}

TEST_F(TimerTest, ALateLoopPassesATimerThoughSourcesAreReady) {
  Loop loop(script_, OffersOf({Label::kLoopNext, Label::kLoopLate}));
  int fired = 0;
  Source source(loop.scheduler, Name());
  const auto a = Says("a");
  Timer timer(loop.scheduler, Name(), TimerKind::kSleep, Fire, &fired);
  timer.PostAt(loop.scheduler.Now() + absl::Seconds(1));
  loop.scheduler.Post(source, a->runnable());
  script_.answers = {1, 1};  // late; then the timer before the source
  loop.scheduler.Step();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(log_, "");
  EXPECT_EQ(loop.scheduler.now_ns(), Scheduler::kStartNs + 1'000'000'000);
  EXPECT_EQ(loop.history.tape()[0].label, Label::kLoopLate);
}

TEST_F(TimerTest, OnlyTimeoutsAndHousekeepingIsGivingUp) {
  Loop loop(script_);
  int fired = 0;
  Timer idle(loop.scheduler, Name(), TimerKind::kIdle, Fire, &fired);
  Timer timeout(loop.scheduler, Name(), TimerKind::kTimeout, Fire, &fired);
  Timer contract(loop.scheduler, Name(), TimerKind::kContract, Fire, &fired);
  for (Timer* timer : {&idle, &timeout}) timer->PostAt(loop.scheduler.Now() + absl::Seconds(1));
  EXPECT_TRUE(loop.scheduler.only_giving_up_left());
  contract.PostAt(loop.scheduler.Now() + absl::Seconds(1));
  EXPECT_FALSE(loop.scheduler.only_giving_up_left());
  contract.Cancel();
  EXPECT_TRUE(loop.scheduler.only_giving_up_left());
  Timer user(loop.scheduler, Name(), TimerKind::kUser, Fire, &fired);
  user.PostAt(loop.scheduler.Now() + absl::Seconds(1));
  EXPECT_FALSE(loop.scheduler.only_giving_up_left());
  EXPECT_TRUE(loop.scheduler.only_users_left());
}

}  // namespace
}  // namespace sim
