// Waiting and waking, the base of every awaitable of the client.
//
// A chain of awaiting coroutines is run by one TaskContext, which is a source of the loop. The innermost awaitable
// owns a Waiter. Waking a waiter posts the resumption of its chain; it never resumes inline. Destroying a waiter
// unregisters it wherever it stands: in a WaitList, or woken and not yet resumed.
#ifndef CLIENT_ASYNC_WAITER_H_
#define CLIENT_ASYNC_WAITER_H_

#include <coroutine>
#include <source_location>
#include <utility>

#include "client/async/trampoline.h"
#include "client/base/check.h"
#include "client/base/name.h"
#include "client/net/event_loop.h"

namespace client {

class Waiter;
class WaitList;

// What a chain waits for, in words: "waits for " what " of "/on `on`. Printed in the wait-for graph of a deadlock.
struct WaitReason {
  const char* what;  // a literal: "the head of", "a slot of"
  Name on;
};

// A place in the sources. Every await_suspend() takes that of its co_await as a default argument, so that a suspended
// task can say where it is: see ForEachSite() in task.h.
using Site = std::source_location;

// Sees where a task is suspended, and may destroy it there: a simulation that cancels. Both are called with nothing of
// the task on the stack.
class TaskWatcher {
 public:
  virtual ~TaskWatcher() = default;
  // It has been woken and is about to go on. False: it was destroyed instead, or stays where it is for good.
  virtual bool Resuming() = 0;
  // It waits again.
  virtual void Suspended() = 0;
};

// One chain of coroutines.
class TaskContext {
 public:
  TaskContext(EventLoop& loop, Name name)
      : source_(loop, name), resume_([](void* self) { static_cast<TaskContext*>(self)->Resume(); }, this) {}
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  EventLoop& loop() const { return source_.loop(); }
  Name name() const { return source_.name(); }
  // What it waits for; null while it runs, is woken or has not started.
  const Waiter* waiter() const { return waiter_; }
  // The coroutine that waits, or is to be resumed.
  std::coroutine_handle<> leaf() const { return leaf_; }
  bool running() const { return running_; }
  bool woken() const { return resume_.posted(); }
  // Not owned. Null takes it back.
  void set_watcher(TaskWatcher* watcher) { watcher_ = watcher; }

 protected:
  ~TaskContext() { CHECK(!running_); }

  // Posts the first resumption.
  void Start(std::coroutine_handle<> first) {
    leaf_ = first;
    loop().Post(source_, resume_);
  }
  // Called after each resumption, when the chain is suspended again or has ended; may destroy this.
  virtual void Suspended() = 0;
  TaskWatcher* watcher() const { return watcher_; }

 private:
  friend class Waiter;

  void Resume();

  Source source_;
  Runnable resume_;
  std::coroutine_handle<> leaf_;  // where the chain goes on
  Waiter* waiter_ = nullptr;
  TaskWatcher* watcher_ = nullptr;
  bool running_ = false;
};

class Waiter {
 public:
  explicit Waiter(WaitReason reason) : reason_(reason) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter();

  // For await_suspend(): the chain of `handle` now waits here, at the co_await `at`. `awaitable` is the caller.
  template <class Promise>
  void Suspend(std::coroutine_handle<Promise> handle, Site at, Site awaitable = Site::current()) {
    CHECK(state_ == State::kIdle || state_ == State::kResumed);
    handle.promise().at = at;
    awaitable_ = awaitable;
    context_ = handle.promise().context;
    context_->leaf_ = handle;
    context_->waiter_ = this;
    state_ = State::kWaiting;
  }

  // Leaves its list and posts the resumption. Requires waiting().
  void Wake();

  bool waiting() const { return state_ == State::kWaiting; }
  // Woken and not yet resumed. Who wakes by giving something away must take it back if a waiter dies like this.
  bool woken() const { return state_ == State::kWoken; }
  const WaitReason& reason() const { return reason_; }
  void set_reason(WaitReason reason) { reason_ = reason; }
  TaskContext* context() const { return context_; }
  // Where in the awaitable's await_suspend() it was suspended.
  Site awaitable() const { return awaitable_; }

 private:
  friend class TaskContext;
  friend class WaitList;

  enum class State : unsigned char { kIdle, kWaiting, kWoken, kResumed };

  WaitReason reason_;
  Site awaitable_;
  TaskContext* context_ = nullptr;
  WaitList* list_ = nullptr;
  Waiter* next_ = nullptr;
  Waiter* previous_ = nullptr;
  State state_ = State::kIdle;
};

// Waiters in the order of their arrival. Not owned.
class WaitList {
 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  ~WaitList() {
    while (head_ != nullptr) Remove(*head_);
  }

  bool empty() const { return head_ == nullptr; }
  size_t size() const { return size_; }
  Waiter* front() const { return head_; }
  static Waiter* Next(const Waiter& waiter) { return waiter.next_; }

  void PushBack(Waiter& waiter) {
    CHECK(waiter.list_ == nullptr);
    waiter.list_ = this;
    waiter.next_ = nullptr;
    waiter.previous_ = tail_;
    (tail_ != nullptr ? tail_->next_ : head_) = &waiter;
    tail_ = &waiter;
    ++size_;
  }
  void Remove(Waiter& waiter) {
    CHECK(waiter.list_ == this);
    (waiter.previous_ != nullptr ? waiter.previous_->next_ : head_) = waiter.next_;
    (waiter.next_ != nullptr ? waiter.next_->previous_ : tail_) = waiter.previous_;
    waiter.list_ = nullptr;
    waiter.next_ = waiter.previous_ = nullptr;
    --size_;
  }
  void WakeOne() {
    if (head_ != nullptr) head_->Wake();
  }
  void WakeAll() {
    while (head_ != nullptr) head_->Wake();
  }

 private:
  Waiter* head_ = nullptr;
  Waiter* tail_ = nullptr;
  size_t size_ = 0;
};

inline void TaskContext::Resume() {
  if (watcher_ != nullptr && !watcher_->Resuming()) return;
  if (waiter_ != nullptr) {
    waiter_->state_ = Waiter::State::kResumed;
    waiter_ = nullptr;
  }
  running_ = true;
  Trampoline::Run(leaf_);
  running_ = false;
  Suspended();
}

inline void Waiter::Wake() {
  CHECK(waiting());
  if (list_ != nullptr) list_->Remove(*this);
  state_ = State::kWoken;
  context_->loop().Post(context_->source_, context_->resume_);
}

inline Waiter::~Waiter() {
  if (list_ != nullptr) list_->Remove(*this);
  if (context_ != nullptr && context_->waiter_ == this) {
    context_->waiter_ = nullptr;
    if (woken()) context_->loop().Cancel(context_->resume_);
  }
}

}  // namespace client

#endif  // CLIENT_ASYNC_WAITER_H_
