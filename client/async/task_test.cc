#include "client/async/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "client/async/async_event.h"
#include "client/async/deadline.h"
#include "client/async/live_object.h"
#include "client/async/task_group.h"
#include "client/testing/test_loop.h"

namespace client {
namespace {

class TaskTest : public ::testing::Test {
 protected:
  ~TaskTest() override {
    EXPECT_EQ(LiveObject::live, 0);
    EXPECT_EQ(LiveObject::strays, 0);
  }

  testing::TestLoop loop_;
  AsyncEvent event_{WaitReason{"the event", Name()}};
};

Task<int> Ready(int value) { co_return value; }

Task<> SumReady(int count, int64_t* sum) {
  for (int i = 0; i < count; ++i) {
    const int one = co_await Ready(1);
    *sum += one;
  }
}

Task<int> Nested(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await Nested(depth - 1);
  co_return below + 1;
}

Task<> StoreNested(int depth, int* result) { *result = co_await Nested(depth); }

Task<> WaitAtDepth(int depth, AsyncEvent& event, int* resumed) {
  const LiveObject local;
  if (depth == 0) {
    co_await event.Wait();
  } else {
    co_await WaitAtDepth(depth - 1, event, resumed);
  }
  ++*resumed;
}

Task<std::unique_ptr<int>> MoveOnly(int value) { co_return std::make_unique<int>(value); }

Task<> StoreMoveOnly(int* result) {
  const std::unique_ptr<int> value = co_await MoveOnly(7);
  *result = *value;
}

Task<> Own(LiveObject, AsyncEvent& event) { co_await event.Wait(); }

TEST_F(TaskTest, DoesNotStartUntilItIsAwaited) {
  int result = 0;
  {
    const Task<> task = StoreMoveOnly(&result);
    EXPECT_TRUE(static_cast<bool>(task));
    EXPECT_FALSE(task.done());
  }
  EXPECT_EQ(result, 0);
}

TEST_F(TaskTest, AMillionReadyAwaitsDoNotGrowTheStack) {
  int64_t sum = 0;
  const SpawnedTask task(loop_, Name(), SumReady(1'000'000, &sum));
  EXPECT_EQ(loop_.RunReady(), 1u);
  EXPECT_EQ(sum, 1'000'000);
  EXPECT_TRUE(task.done());
}

TEST_F(TaskTest, ADeepChainOfAwaitsDoesNotGrowTheStack) {
  int result = 0;
  const SpawnedTask task(loop_, Name(), StoreNested(100'000, &result));
  loop_.RunReady();
  EXPECT_EQ(result, 100'000);
}

TEST_F(TaskTest, ReturnsWhatCanOnlyBeMoved) {
  int result = 0;
  const SpawnedTask task(loop_, Name(), StoreMoveOnly(&result));
  loop_.RunReady();
  EXPECT_EQ(result, 7);
}

TEST_F(TaskTest, DestroyedBeforeItsFirstStepItRunsNothing) {
  int resumed = 0;
  { const SpawnedTask task(loop_, Name(), WaitAtDepth(3, event_, &resumed)); }
  EXPECT_FALSE(loop_.ready());
  EXPECT_EQ(resumed, 0);
}

TEST_F(TaskTest, DestroyedWhileSuspendedAtEveryDepthItUnregisters) {
  for (int depth = 0; depth < 8; ++depth) {
    int resumed = 0;
    {
      const SpawnedTask task(loop_, Name(), WaitAtDepth(depth, event_, &resumed));
      loop_.RunReady();
      EXPECT_TRUE(event_.has_waiters());
      EXPECT_EQ(LiveObject::live, depth + 1);
    }
    EXPECT_FALSE(event_.has_waiters()) << depth;
    EXPECT_EQ(LiveObject::live, 0) << depth;
    event_.Set();
    event_.Clear();
    EXPECT_EQ(loop_.RunReady(), 0u) << depth;
    EXPECT_EQ(resumed, 0) << depth;
  }
}

TEST_F(TaskTest, DestroyedWhenWokenAndNotYetResumedItNeverResumes) {
  for (int depth = 0; depth < 8; ++depth) {
    int resumed = 0;
    {
      const SpawnedTask task(loop_, Name(), WaitAtDepth(depth, event_, &resumed));
      loop_.RunReady();
      event_.Set();
      EXPECT_TRUE(task.woken());
      EXPECT_EQ(task.waiter()->reason().what, std::string("the event"));
    }
    event_.Clear();
    EXPECT_FALSE(loop_.ready()) << depth;
    EXPECT_EQ(resumed, 0) << depth;
  }
}

TEST_F(TaskTest, GoesOnAtEveryDepthWhenWoken) {
  for (int depth = 0; depth < 8; ++depth) {
    int resumed = 0;
    const SpawnedTask task(loop_, Name(), WaitAtDepth(depth, event_, &resumed));
    loop_.RunReady();
    event_.Set();
    EXPECT_EQ(loop_.RunReady(), 1u);  // the whole chain in one step
    event_.Clear();
    EXPECT_EQ(resumed, depth + 1);
    EXPECT_TRUE(task.done());
    EXPECT_EQ(LiveObject::live, 0);  // an ended task has freed its frame
  }
}

TEST_F(TaskTest, OwnsItsParametersUntilItIsDestroyed) {
  {
    const SpawnedTask task(loop_, Name(), Own(LiveObject(), event_));
    loop_.RunReady();
    EXPECT_EQ(LiveObject::live, 1);
  }
  EXPECT_EQ(LiveObject::live, 0);
}

TEST_F(TaskTest, AssigningToATaskCancelsTheOldOne) {
  int resumed = 0;
  Task<> task = WaitAtDepth(0, event_, &resumed);
  task = WaitAtDepth(1, event_, &resumed);
  Task<> moved = std::move(task);
  EXPECT_FALSE(static_cast<bool>(task));
  EXPECT_TRUE(static_cast<bool>(moved));
}

TEST_F(TaskTest, SaysWhatItWaitsFor) {
  int resumed = 0;
  const SpawnedTask task(loop_, Name(), WaitAtDepth(2, event_, &resumed));
  EXPECT_EQ(task.waiter(), nullptr);
  loop_.RunReady();
  ASSERT_NE(task.waiter(), nullptr);
  EXPECT_STREQ(task.waiter()->reason().what, "the event");
  EXPECT_FALSE(task.woken());
}

std::vector<unsigned> LinesOf(const TaskContext& task) {
  std::vector<unsigned> lines;
  ForEachSite(task, [&lines](const Site& site) { lines.push_back(site.line()); });
  return lines;
}

TEST_F(TaskTest, SaysWhereEachCoroutineOfItsChainWaits) {
  int resumed = 0;
  const SpawnedTask task(loop_, Name(), WaitAtDepth(2, event_, &resumed));
  loop_.RunReady();
  const std::vector<unsigned> lines = LinesOf(task);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1], lines[0] + 2);  // the other branch of the same if
  EXPECT_EQ(lines[2], lines[1]);
  EXPECT_THAT(task.waiter()->awaitable().file_name(), ::testing::EndsWith("client/async/async_event.h"));
}

Task<> WaitTwice(EventLoop& loop, AsyncEvent& event) {
  Within<void> within(loop, Name(), loop.Now() + absl::Seconds(1), WaitAtDepth(0, event, nullptr));
  co_await within;
  co_await event.Wait();
}

TEST_F(TaskTest, SaysWhereItWaitsBehindATimeout) {
  const SpawnedTask task(loop_, Name(), WaitTwice(loop_, event_));
  loop_.RunReady();
  const std::vector<unsigned> before = LinesOf(task);
  ASSERT_EQ(before.size(), 2u);
  loop_.Advance(absl::Seconds(1));
  loop_.RunReady();
  const std::vector<unsigned> after = LinesOf(task);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0], before[1] + 1);
}

}  // namespace
}  // namespace client
