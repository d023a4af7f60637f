#include "client/async/task_group.h"

#include <utility>

namespace client {

SpawnedTask::SpawnedTask(EventLoop& loop, Name name, Task<> task) : TaskContext(loop, name), task_(std::move(task)) {
  loop_previous_ = loop.last_task;
  (loop.last_task != nullptr ? loop.last_task->loop_next_ : loop.first_task) = this;
  loop.last_task = this;
  ++loop.unfinished_tasks;
  task_.handle().promise().context = this;
  Start(task_.handle());
}

SpawnedTask::~SpawnedTask() {
  CHECK(!running());
  if (group_ != nullptr) group_->Unlink(*this);
  task_.Reset();  // before the context that its waiters point to
  (loop_previous_ != nullptr ? loop_previous_->loop_next_ : loop().first_task) = loop_next_;
  (loop_next_ != nullptr ? loop_next_->loop_previous_ : loop().last_task) = loop_previous_;
  if (!done_) --loop().unfinished_tasks;
  joiners_.WakeAll();
}

void SpawnedTask::Suspended() {
  if (!task_.done()) {
    if (watcher() != nullptr) watcher()->Suspended();
    return;
  }
  done_ = true;
  --loop().unfinished_tasks;
  if (group_ != nullptr) {
    delete this;
    return;
  }
  joiners_.WakeAll();
  const Task<> ended = std::move(task_);  // last: what its parameters own may own this
}

SpawnedTask& TaskGroup::Spawn(Name name, Task<> task) {
  auto* spawned = new SpawnedTask(loop_, name, std::move(task));
  spawned->group_ = this;
  spawned->group_previous_ = tail_;
  (tail_ != nullptr ? tail_->group_next_ : head_) = spawned;
  tail_ = spawned;
  ++size_;
  return *spawned;
}

void TaskGroup::Unlink(SpawnedTask& task) {
  (task.group_previous_ != nullptr ? task.group_previous_->group_next_ : head_) = task.group_next_;
  (task.group_next_ != nullptr ? task.group_next_->group_previous_ : tail_) = task.group_previous_;
  task.group_ = nullptr;
  if (--size_ == 0) joiners_.WakeAll();
}

void TaskGroup::Cancel(SpawnedTask& task) {
  CHECK(task.group_ == this);
  delete &task;
}

void TaskGroup::CancelAll() {
  while (tail_ != nullptr) delete tail_;
}

SpawnedTask* TaskGroup::Find(Name name) const {
  for (SpawnedTask* task = head_; task != nullptr; task = task->group_next_) {
    if (task->name() == name) return task;
  }
  return nullptr;
}

}  // namespace client
