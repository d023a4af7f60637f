#include "client/async/task_group.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "client/async/async_event.h"
#include "client/async/live_object.h"
#include "client/testing/test_loop.h"

namespace client {
namespace {

class TaskGroupTest : public ::testing::Test {
 protected:
  ~TaskGroupTest() override {
    EXPECT_EQ(LiveObject::live, 0);
    EXPECT_EQ(LiveObject::strays, 0);
  }
  static Name TaskName(uint32_t number) { return Name().Child("task", number); }

  testing::TestLoop loop_;
  AsyncEvent event_{WaitReason{"the event", Name()}};
};

Task<> WaitFor(AsyncEvent& event, std::string id, std::vector<std::string>& log) {
  const LiveObject local;
  co_await event.Wait();
  log.push_back(id);
}

class LogAtEnd {
 public:
  LogAtEnd(std::string id, std::vector<std::string>& log) : id_(std::move(id)), log_(log) {}
  ~LogAtEnd() { log_.push_back(id_); }

 private:
  std::string id_;
  std::vector<std::string>& log_;
};

Task<> LogCancel(AsyncEvent& event, std::string id, std::vector<std::string>& log) {
  const LogAtEnd at_end(id, log);
  co_await event.Wait();
}

Task<> JoinGroup(TaskGroup& group, bool* joined) {
  co_await group.Join();
  *joined = true;
}

Task<> JoinTask(SpawnedTask& task, bool* joined) {
  co_await task.Join();
  *joined = true;
}

Task<> SpawnMore(TaskGroup& group, int levels, int* ran) {
  ++*ran;
  if (levels > 0) {
    group.Spawn(Name(), SpawnMore(group, levels - 1, ran));
    group.Spawn(Name(), SpawnMore(group, levels - 1, ran));
  }
  co_return;
}

Task<> CancelOther(TaskGroup& group, Name other, bool* done) {
  if (SpawnedTask* task = group.Find(other)) group.Cancel(*task);
  *done = true;
  co_return;
}

Task<> CancelSelf(TaskGroup& group, Name self) {
  group.Cancel(*group.Find(self));
  co_return;
}

struct Owner {
  explicit Owner(EventLoop& loop) : group(loop, Name()) {}
  LiveObject object;
  TaskGroup group;
};
Task<> HoldOwner(std::shared_ptr<Owner> owner, AsyncEvent& event) { co_await event.Wait(); }

using Log = std::vector<std::string>;

TEST_F(TaskGroupTest, FreesATaskWhenItEnds) {
  Log log;
  TaskGroup group(loop_, Name());
  group.Spawn(TaskName(1), WaitFor(event_, "a", log));
  loop_.RunReady();
  EXPECT_EQ(group.size(), 1u);
  event_.Set();
  loop_.RunReady();
  EXPECT_TRUE(group.empty());
  EXPECT_EQ(log, Log{"a"});
  EXPECT_EQ(loop_.first_task, nullptr);
}

TEST_F(TaskGroupTest, WakesInTheOrderOfArrival) {
  Log log;
  TaskGroup group(loop_, Name());
  for (const char* id : {"a", "b", "c"}) group.Spawn(Name(), WaitFor(event_, id, log));
  loop_.RunReady();
  event_.Set();
  loop_.RunReady();
  EXPECT_EQ(log, (Log{"a", "b", "c"}));
}

TEST_F(TaskGroupTest, CancelsTheYoungestFirst) {
  Log log;
  {
    TaskGroup group(loop_, Name());
    for (const char* id : {"a", "b", "c"}) group.Spawn(Name(), LogCancel(event_, id, log));
    loop_.RunReady();
  }
  EXPECT_EQ(log, (Log{"c", "b", "a"}));
  EXPECT_FALSE(event_.has_waiters());
}

TEST_F(TaskGroupTest, JoinWaitsForTheLast) {
  Log log;
  bool joined = false;
  TaskGroup group(loop_, Name());
  group.Spawn(TaskName(1), WaitFor(event_, "a", log));
  SpawnedTask& second = group.Spawn(TaskName(2), WaitFor(event_, "b", log));
  const SpawnedTask joiner(loop_, Name(), JoinGroup(group, &joined));
  loop_.RunReady();
  group.Cancel(second);
  loop_.RunReady();
  EXPECT_FALSE(joined);
  event_.Set();
  loop_.RunReady();
  EXPECT_TRUE(joined);
  EXPECT_EQ(log, Log{"a"});
}

TEST_F(TaskGroupTest, JoiningAnEmptyGroupIsReady) {
  bool joined = false;
  TaskGroup group(loop_, Name());
  const SpawnedTask joiner(loop_, Name(), JoinGroup(group, &joined));
  EXPECT_EQ(loop_.RunReady(), 1u);
  EXPECT_TRUE(joined);
}

TEST_F(TaskGroupTest, ACancelledJoinerLeavesTheTasksAlone) {
  Log log;
  bool joined = false;
  TaskGroup group(loop_, Name());
  group.Spawn(Name(), WaitFor(event_, "a", log));
  {
    const SpawnedTask joiner(loop_, Name(), JoinGroup(group, &joined));
    loop_.RunReady();
  }
  event_.Set();
  loop_.RunReady();
  EXPECT_FALSE(joined);
  EXPECT_EQ(log, Log{"a"});
}

TEST_F(TaskGroupTest, ATaskCanBeJoinedByMany) {
  Log log;
  bool joined[3] = {};
  SpawnedTask task(loop_, TaskName(1), WaitFor(event_, "a", log));
  TaskGroup joiners(loop_, Name());
  for (bool& one : joined) joiners.Spawn(Name(), JoinTask(task, &one));
  loop_.RunReady();
  event_.Set();
  loop_.RunReady();
  for (bool one : joined) EXPECT_TRUE(one);
  EXPECT_TRUE(task.done());
}

TEST_F(TaskGroupTest, CancellingATaskWakesItsJoiners) {
  Log log;
  bool joined = false;
  TaskGroup group(loop_, Name());
  SpawnedTask& task = group.Spawn(TaskName(1), WaitFor(event_, "a", log));
  const SpawnedTask joiner(loop_, Name(), JoinTask(task, &joined));
  loop_.RunReady();
  group.Cancel(task);
  loop_.RunReady();
  EXPECT_TRUE(joined);
  EXPECT_EQ(log, Log{});
}

TEST_F(TaskGroupTest, ATaskCanSpawnInItsOwnGroup) {
  int ran = 0;
  TaskGroup group(loop_, Name());
  group.Spawn(Name(), SpawnMore(group, 5, &ran));
  loop_.RunReady();
  EXPECT_EQ(ran, 63);
  EXPECT_TRUE(group.empty());
}

TEST_F(TaskGroupTest, ATaskCanCancelAnotherThatIsSuspended) {
  Log log;
  bool done = false;
  TaskGroup group(loop_, Name());
  group.Spawn(TaskName(1), WaitFor(event_, "a", log));
  loop_.RunReady();
  group.Spawn(TaskName(2), CancelOther(group, TaskName(1), &done));
  loop_.RunReady();
  EXPECT_TRUE(done);
  EXPECT_FALSE(event_.has_waiters());
  EXPECT_TRUE(group.empty());
}

TEST_F(TaskGroupTest, ATaskCanCancelAnotherThatIsWokenOrHasNotStarted) {
  Log log;
  bool done = false;
  TaskGroup group(loop_, Name());
  group.Spawn(TaskName(1), WaitFor(event_, "a", log));
  loop_.RunReady();
  group.Spawn(TaskName(2), CancelOther(group, TaskName(1), &done));
  group.Spawn(TaskName(3), CancelOther(group, TaskName(4), &done));
  group.Spawn(TaskName(4), WaitFor(event_, "b", log));
  event_.Set();
  loop_.RunReady();
  EXPECT_EQ(log, Log{});
}

TEST_F(TaskGroupTest, TheLastReferenceToTheOwnerMayBeATasksParameter) {
  auto owner = std::make_shared<Owner>(loop_);
  owner->group.Spawn(TaskName(1), HoldOwner(owner, event_));
  Log log;
  owner->group.Spawn(TaskName(2), WaitFor(event_, "b", log));
  loop_.RunReady();
  owner.reset();
  EXPECT_EQ(LiveObject::live, 2);
  event_.Set();
  loop_.RunReady();
  EXPECT_EQ(log, Log{});  // cancelled with the group, though woken
}

TEST_F(TaskGroupTest, TheLoopKnowsAllTasksInTheOrderOfTheirStart) {
  Log log;
  TaskGroup group(loop_, Name());
  for (uint32_t i = 1; i <= 3; ++i) group.Spawn(TaskName(i), WaitFor(event_, "", log));
  loop_.RunReady();
  group.Cancel(*group.Find(TaskName(2)));
  ASSERT_NE(loop_.first_task, nullptr);
  EXPECT_EQ(loop_.first_task->name(), TaskName(1));
  EXPECT_EQ(loop_.first_task->next_of_loop()->name(), TaskName(3));
  EXPECT_EQ(loop_.last_task->name(), TaskName(3));
  EXPECT_EQ(loop_.unfinished_tasks, 2u);
  event_.Set();
  loop_.RunReady();
  EXPECT_EQ(loop_.unfinished_tasks, 0u);
}

TEST(TaskGroupDeathTest, ATaskMustNotCancelItself) {
  EXPECT_DEATH(
      {
        testing::TestLoop loop;
        TaskGroup group(loop, Name());
        const Name self = Name().Child("task", 1);
        group.Spawn(self, CancelSelf(group, self));
        loop.RunReady();
      },
      "running");
}

}  // namespace
}  // namespace client
