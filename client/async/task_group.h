// Running tasks: SpawnedTask runs one on a chain of its own, TaskGroup owns any number of them.
#ifndef CLIENT_ASYNC_TASK_GROUP_H_
#define CLIENT_ASYNC_TASK_GROUP_H_

#include <cstdint>

#include "client/async/task.h"
#include "client/async/waiter.h"

namespace client {

class TaskGroup;

// A task that runs by itself, as a source of the loop. Destroying it cancels it; it must not destroy itself.
class SpawnedTask final : public TaskContext {
 public:
  // The first step of `task` is posted.
  SpawnedTask(EventLoop& loop, Name name, Task<> task);
  ~SpawnedTask();

  bool done() const { return done_; }

  // Waits for its end. Cancel safety: the task goes on without whoever waited.
  class JoinAwaiter {
   public:
    explicit JoinAwaiter(SpawnedTask& task) : task_(task), waiter_(WaitReason{"the end of", task.name()}) {}
    bool await_ready() const { return task_.done(); }
    template <class P>
    void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
      waiter_.Suspend(handle, at);
      task_.joiners_.PushBack(waiter_);
    }
    void await_resume() const {}

   private:
    SpawnedTask& task_;
    Waiter waiter_;
  };
  JoinAwaiter Join() { return JoinAwaiter(*this); }

  // All live tasks of a loop, in the order of their start, for dumps and for a simulation's laws.
  SpawnedTask* next_of_loop() const { return loop_next_; }

 private:
  friend class TaskGroup;
  void Suspended() override;

  Task<> task_;
  WaitList joiners_;
  TaskGroup* group_ = nullptr;
  SpawnedTask* group_next_ = nullptr;
  SpawnedTask* group_previous_ = nullptr;
  SpawnedTask* loop_next_ = nullptr;
  SpawnedTask* loop_previous_ = nullptr;
  bool done_ = false;
};

// Owns tasks; each is freed when it ends. Destroying the group cancels those that are left, the youngest first.
class TaskGroup {
 public:
  // `name` is the parent of nothing; it says who is waited for in Join().
  TaskGroup(EventLoop& loop, Name name) : loop_(loop), name_(name) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup() { CancelAll(); }

  // The returned task is valid until it ends or is cancelled.
  SpawnedTask& Spawn(Name name, Task<> task);

  // Requires that `task` is of this group and not running.
  void Cancel(SpawnedTask& task);
  void CancelAll();

  bool empty() const { return head_ == nullptr; }
  size_t size() const { return size_; }
  SpawnedTask* Find(Name name) const;

  // Waits until no task is left. Cancel safety: the tasks go on.
  class JoinAwaiter {
   public:
    explicit JoinAwaiter(TaskGroup& group) : group_(group), waiter_(WaitReason{"the tasks of", group.name_}) {}
    bool await_ready() const { return group_.empty(); }
    template <class P>
    void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
      waiter_.Suspend(handle, at);
      group_.joiners_.PushBack(waiter_);
    }
    void await_resume() const {}

   private:
    TaskGroup& group_;
    Waiter waiter_;
  };
  JoinAwaiter Join() { return JoinAwaiter(*this); }

 private:
  friend class SpawnedTask;
  void Unlink(SpawnedTask& task);

  EventLoop& loop_;
  Name name_;
  SpawnedTask* head_ = nullptr;
  SpawnedTask* tail_ = nullptr;
  size_t size_ = 0;
  WaitList joiners_;
};

}  // namespace client

#endif  // CLIENT_ASYNC_TASK_GROUP_H_
