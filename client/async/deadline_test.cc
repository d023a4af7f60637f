#include "client/async/deadline.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/async/async_event.h"
#include "client/async/live_object.h"
#include "client/async/task_group.h"
#include "client/testing/test_loop.h"

namespace client {
namespace {

class DeadlineTest : public ::testing::Test {
 protected:
  ~DeadlineTest() override {
    EXPECT_EQ(LiveObject::live, 0);
    EXPECT_EQ(LiveObject::strays, 0);
  }
  absl::Time In(int seconds) const { return loop_.Now() + absl::Seconds(seconds); }

  testing::TestLoop loop_;
  AsyncEvent event_{WaitReason{"the event", Name()}};
  std::string log_;
};

Task<std::string> Answer(AsyncEvent& event) {
  const LiveObject local;
  co_await event.Wait();
  co_return "answer";
}

Task<> WaitForEvent(AsyncEvent& event) {
  const LiveObject local;
  co_await event.Wait();
}

Task<> Ask(EventLoop& loop, absl::Time deadline, AsyncEvent& event, std::string& log) {
  const std::optional<std::string> answer = co_await Within(loop, Name(), deadline, Answer(event));
  log += answer.has_value() ? *answer : "timeout";
}

Task<> AskVoid(EventLoop& loop, absl::Time deadline, AsyncEvent& event, std::string& log) {
  const bool in_time = co_await Within(loop, Name(), deadline, WaitForEvent(event));
  log += in_time ? "in time" : "timeout";
}

Task<std::string> Middle(EventLoop& loop, absl::Time deadline, AsyncEvent& event) {
  const LiveObject local;
  const std::optional<std::string> answer = co_await Within(loop, Name(), deadline, Answer(event));
  co_return answer.has_value() ? "inner " + *answer : std::string("inner timeout");
}

Task<> AskNested(EventLoop& loop, absl::Time outer, absl::Time inner, AsyncEvent& event, std::string& log) {
  const std::optional<std::string> answer = co_await Within(loop, Name(), outer, Middle(loop, inner, event));
  log += answer.has_value() ? *answer : "outer timeout";
}

Task<> SleepAndLog(EventLoop& loop, absl::Time deadline, std::string& log) {
  co_await SleepUntil(loop, Name(), deadline);
  log += "awake";
}

Task<int> AtOnce() { co_return 5; }

Task<> AskAtOnce(EventLoop& loop, absl::Time deadline, std::string& log) {
  const std::optional<int> answer = co_await Within(loop, Name(), deadline, AtOnce());
  log += std::to_string(answer.value_or(-1));
}

// Waits again after a time-out: the chain must be as good as before.
Task<> AskTwice(EventLoop& loop, absl::Time first, absl::Time second, AsyncEvent& event, std::string& log) {
  co_await Ask(loop, first, event, log);
  log += ", ";
  co_await Ask(loop, second, event, log);
}

TEST_F(DeadlineTest, SleepUntilIsNeverEarly) {
  const SpawnedTask task(loop_, Name(), SleepAndLog(loop_, In(10), log_));
  loop_.Advance(absl::Seconds(10) - absl::Nanoseconds(1));
  EXPECT_EQ(log_, "");
  loop_.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(log_, "awake");
}

TEST_F(DeadlineTest, ADestroyedSleeperDisarmsItsTimer) {
  {
    const SpawnedTask task(loop_, Name(), SleepAndLog(loop_, In(10), log_));
    loop_.RunReady();
    EXPECT_EQ(loop_.armed_timers(), 1u);
  }
  EXPECT_EQ(loop_.armed_timers(), 0u);
}

TEST_F(DeadlineTest, WithinGivesTheResultThatComesInTime) {
  const SpawnedTask task(loop_, Name(), Ask(loop_, In(10), event_, log_));
  loop_.Advance(absl::Seconds(5));
  event_.Set();
  loop_.Advance(absl::Seconds(20));
  EXPECT_EQ(log_, "answer");
  EXPECT_EQ(loop_.armed_timers(), 0u);
}

TEST_F(DeadlineTest, WithinCancelsTheTaskThatIsLate) {
  const SpawnedTask task(loop_, Name(), Ask(loop_, In(10), event_, log_));
  loop_.RunReady();
  EXPECT_EQ(LiveObject::live, 1);
  loop_.Advance(absl::Seconds(10));
  EXPECT_EQ(log_, "timeout");
  EXPECT_FALSE(event_.has_waiters());
  EXPECT_TRUE(task.done());
}

TEST_F(DeadlineTest, WithinOfATaskWithoutAResult) {
  {
    const SpawnedTask task(loop_, Name(), AskVoid(loop_, In(10), event_, log_));
    loop_.Advance(absl::Seconds(10));
  }
  EXPECT_EQ(log_, "timeout");
  log_.clear();
  event_.Set();
  const SpawnedTask task(loop_, Name(), AskVoid(loop_, In(10), event_, log_));
  loop_.RunReady();
  EXPECT_EQ(log_, "in time");
}

TEST_F(DeadlineTest, WithinOfATaskThatEndsAtOnceTakesOneStep) {
  const SpawnedTask task(loop_, Name(), AskAtOnce(loop_, In(10), log_));
  EXPECT_EQ(loop_.RunReady(), 1u);
  EXPECT_EQ(log_, "5");
  EXPECT_EQ(loop_.armed_timers(), 0u);
}

TEST_F(DeadlineTest, ATaskThatIsWokenAndNotResumedWhenTheTimerRunsIsLate) {
  const SpawnedTask task(loop_, Name(), Ask(loop_, In(10), event_, log_));
  // Runs before the deadline's timer, which is armed by the task's first step.
  Timer waker(loop_, Name(), TimerKind::kSleep, [](void* event) { static_cast<AsyncEvent*>(event)->Set(); }, &event_);
  waker.PostAt(In(10));
  loop_.Advance(absl::Seconds(10));
  EXPECT_EQ(log_, "timeout");
  EXPECT_TRUE(task.done());
}

TEST_F(DeadlineTest, TheInnerDeadlineLeavesTheOuterTaskRunning) {
  const SpawnedTask task(loop_, Name(), AskNested(loop_, In(10), In(5), event_, log_));
  loop_.Advance(absl::Seconds(20));
  EXPECT_EQ(log_, "inner timeout");
}

TEST_F(DeadlineTest, TheOuterDeadlineCancelsTheInnerWait) {
  const SpawnedTask task(loop_, Name(), AskNested(loop_, In(5), In(10), event_, log_));
  loop_.RunReady();
  EXPECT_EQ(loop_.armed_timers(), 2u);
  EXPECT_EQ(LiveObject::live, 2);
  loop_.Advance(absl::Seconds(5));
  EXPECT_EQ(log_, "outer timeout");
  EXPECT_EQ(loop_.armed_timers(), 0u);
}

TEST_F(DeadlineTest, BothDeadlinesAtOnceEndInOneOfThem) {
  const SpawnedTask task(loop_, Name(), AskNested(loop_, In(5), In(5), event_, log_));
  loop_.Advance(absl::Seconds(5));
  EXPECT_TRUE(log_ == "outer timeout" || log_ == "inner timeout") << log_;
  EXPECT_TRUE(task.done());
}

TEST_F(DeadlineTest, ATaskCanWaitAgainAfterATimeout) {
  const SpawnedTask task(loop_, Name(), AskTwice(loop_, In(5), In(10), event_, log_));
  loop_.Advance(absl::Seconds(7));
  event_.Set();
  loop_.RunReady();
  EXPECT_EQ(log_, "timeout, answer");
}

TEST_F(DeadlineTest, CancellingTheParentCancelsTaskAndTimer) {
  {
    const SpawnedTask task(loop_, Name(), AskNested(loop_, In(5), In(10), event_, log_));
    loop_.RunReady();
  }
  EXPECT_EQ(loop_.armed_timers(), 0u);
  EXPECT_FALSE(event_.has_waiters());
  EXPECT_EQ(log_, "");
}

TEST_F(DeadlineTest, CancellingTheParentBetweenTimeoutAndResumption) {
  auto task = std::make_unique<SpawnedTask>(loop_, Name(), Ask(loop_, In(5), event_, log_));
  loop_.RunReady();
  struct Killer {
    static void Run(void* argument) {
      auto& victim = *static_cast<std::unique_ptr<SpawnedTask>*>(argument);
      EXPECT_TRUE(victim->woken());
      victim.reset();
    }
  };
  Timer killer(loop_, Name(), TimerKind::kSleep, Killer::Run, &task);
  killer.PostAt(In(5));  // armed after the deadline's timer: runs after it, and before what that one has woken
  loop_.Advance(absl::Seconds(5));
  EXPECT_EQ(task, nullptr);
  EXPECT_EQ(log_, "");
  EXPECT_FALSE(loop_.ready());
}

}  // namespace
}  // namespace client
