#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "client/async/async_event.h"
#include "client/async/async_queue.h"
#include "client/async/signal.h"
#include "client/async/task_group.h"
#include "client/testing/test_loop.h"

namespace client {
namespace {

constexpr WaitReason kReason{"a test", Name()};

Task<> CountWakeUps(AsyncEvent& event, int* count) {
  co_await event.Wait();
  ++*count;
}

Task<> PopAll(AsyncQueue<int>& queue, std::vector<int>& into, bool* ended) {
  for (;;) {
    const std::optional<int> item = co_await queue.Pop();
    if (!item.has_value()) break;
    into.push_back(*item);
  }
  *ended = true;
}

Task<> PopOne(AsyncQueue<int>& queue, std::vector<int>& into) {
  const std::optional<int> item = co_await queue.Pop();
  if (item.has_value()) into.push_back(*item);
}

Task<> WaitForSignal(Signal& signal, const bool& condition, int* looks) {
  while (!condition) {
    ++*looks;
    co_await signal.Wait(kReason);
  }
}

TEST(AsyncEventTest, StaysSetUntilItIsCleared) {
  testing::TestLoop loop;
  AsyncEvent event(kReason);
  TaskGroup group(loop, Name());
  int count = 0;
  event.Set();
  group.Spawn(Name(), CountWakeUps(event, &count));
  loop.RunReady();
  EXPECT_EQ(count, 1);
  event.Clear();
  group.Spawn(Name(), CountWakeUps(event, &count));
  loop.RunReady();
  EXPECT_EQ(count, 1);
}

TEST(AsyncEventTest, AWokenWaiterGoesOnThoughTheEventWasCleared) {
  testing::TestLoop loop;
  AsyncEvent event(kReason);
  TaskGroup group(loop, Name());
  int count = 0;
  group.Spawn(Name(), CountWakeUps(event, &count));
  loop.RunReady();
  event.Set();
  EXPECT_EQ(count, 0);  // never resumed inline
  event.Clear();
  loop.RunReady();
  EXPECT_EQ(count, 1);
}

TEST(AsyncEventTest, MayEndBeforeWhoWaitsForIt) {
  testing::TestLoop loop;
  TaskGroup group(loop, Name());
  int count = 0;
  {
    AsyncEvent event(kReason);
    group.Spawn(Name(), CountWakeUps(event, &count));
    loop.RunReady();
  }
  group.CancelAll();
  EXPECT_EQ(count, 0);
}

TEST(AsyncQueueTest, KeepsTheOrder) {
  testing::TestLoop loop;
  AsyncQueue<int> queue(kReason);
  TaskGroup group(loop, Name());
  std::vector<int> got;
  bool ended = false;
  group.Spawn(Name(), PopAll(queue, got, &ended));
  loop.RunReady();
  for (int i = 0; i < 5; ++i) queue.Push(i);
  loop.RunReady();
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_FALSE(ended);
}

TEST(AsyncQueueTest, AfterCloseWhatIsQueuedCanBePopped) {
  testing::TestLoop loop;
  AsyncQueue<int> queue(kReason);
  TaskGroup group(loop, Name());
  std::vector<int> got;
  bool ended = false;
  queue.Push(1);
  queue.Push(2);
  queue.Close();
  group.Spawn(Name(), PopAll(queue, got, &ended));
  loop.RunReady();
  EXPECT_EQ(got, (std::vector<int>{1, 2}));
  EXPECT_TRUE(ended);
}

TEST(AsyncQueueTest, CloseEndsAllWhoWait) {
  testing::TestLoop loop;
  AsyncQueue<int> queue(kReason);
  TaskGroup group(loop, Name());
  std::vector<int> got;
  bool ended[2] = {};
  for (bool& one : ended) group.Spawn(Name(), PopAll(queue, got, &one));
  loop.RunReady();
  queue.Close();
  loop.RunReady();
  EXPECT_TRUE(ended[0] && ended[1]);
}

TEST(AsyncQueueTest, AnItemWhoseReaderIsCancelledWhenWokenGoesToTheNext) {
  testing::TestLoop loop;
  AsyncQueue<int> queue(kReason);
  TaskGroup group(loop, Name());
  std::vector<int> first_got;
  std::vector<int> second_got;
  SpawnedTask& first = group.Spawn(Name(), PopOne(queue, first_got));
  group.Spawn(Name(), PopOne(queue, second_got));
  loop.RunReady();
  queue.Push(7);  // wakes the first
  group.Cancel(first);
  loop.RunReady();
  EXPECT_EQ(second_got, std::vector<int>{7});
  EXPECT_EQ(first_got, std::vector<int>{});
}

TEST(AsyncQueueTest, AReaderWhoseItemWasTakenByAnotherWaitsOn) {
  testing::TestLoop loop;
  AsyncQueue<int> queue(kReason);
  TaskGroup group(loop, Name());
  std::vector<int> first_got;
  std::vector<int> thief_got;
  group.Spawn(Name(), PopOne(queue, first_got));
  loop.RunReady();
  group.Spawn(Name(), PopOne(queue, thief_got));  // ready before the first is woken
  queue.Push(1);
  loop.RunReady();
  EXPECT_EQ(thief_got, std::vector<int>{1});
  EXPECT_EQ(first_got, std::vector<int>{});
  queue.Push(2);
  loop.RunReady();
  EXPECT_EQ(first_got, std::vector<int>{2});
}

TEST(SignalTest, WakesTheOneWhoWaits) {
  testing::TestLoop loop;
  Signal signal;
  bool condition = false;
  int looks = 0;
  const SpawnedTask task(loop, Name(), WaitForSignal(signal, condition, &looks));
  loop.RunReady();
  signal.Wake();
  signal.Wake();  // woken already
  loop.RunReady();
  EXPECT_EQ(looks, 2);
  condition = true;
  signal.Wake();
  loop.RunReady();
  EXPECT_TRUE(task.done());
}

TEST(SignalTest, IsForgottenIfNobodyWaits) {
  testing::TestLoop loop;
  Signal signal;
  signal.Wake();
  bool condition = false;
  int looks = 0;
  const SpawnedTask task(loop, Name(), WaitForSignal(signal, condition, &looks));
  loop.RunReady();
  EXPECT_EQ(looks, 1);
  EXPECT_TRUE(signal.has_waiter());
}

TEST(SignalTest, MayEndBeforeWhoWaitsForItAndTheOtherWayRound) {
  testing::TestLoop loop;
  bool condition = false;
  int looks = 0;
  auto signal = std::make_unique<Signal>();
  auto task = std::make_unique<SpawnedTask>(loop, Name(), WaitForSignal(*signal, condition, &looks));
  loop.RunReady();
  signal.reset();
  task.reset();

  signal = std::make_unique<Signal>();
  task = std::make_unique<SpawnedTask>(loop, Name(), WaitForSignal(*signal, condition, &looks));
  loop.RunReady();
  signal->Wake();
  task.reset();
  EXPECT_FALSE(signal->has_waiter());
  signal->Wake();
  EXPECT_FALSE(loop.ready());
}

}  // namespace
}  // namespace client
