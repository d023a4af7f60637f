// A FIFO between tasks, and from callbacks to tasks.
#ifndef CLIENT_ASYNC_ASYNC_QUEUE_H_
#define CLIENT_ASYNC_ASYNC_QUEUE_H_

#include <deque>
#include <optional>
#include <utility>

#include "client/async/task.h"
#include "client/async/waiter.h"

namespace client {

// Each item goes to exactly one Pop(). Close() ends it: what is queued can still be popped, then Pop() gives nullopt.
// Push() after Close() is CHECKed.
template <class T>
class AsyncQueue {
 public:
  explicit AsyncQueue(WaitReason reason) : reason_(reason) {}

  void Push(T item) {
    CHECK(!closed_);
    items_.push_back(std::move(item));
    waiters_.WakeOne();
  }
  void Close() {
    closed_ = true;
    waiters_.WakeAll();
  }
  bool closed() const { return closed_; }
  size_t size() const { return items_.size(); }

  // Cancel safety: the item is taken in the step that returns it, so a cancelled Pop() consumes none.
  Task<std::optional<T>> Pop() {
    // A loop, since another task may take the item between the wake-up and the resumption.
    while (items_.empty() && !closed_) co_await NotEmpty(*this);
    if (items_.empty()) co_return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    co_return item;
  }

 private:
  class NotEmpty {
   public:
    explicit NotEmpty(AsyncQueue& queue) : queue_(queue), waiter_(queue.reason_) {}
    ~NotEmpty() {
      // Cancelled between the wake-up and the resumption: the wake-up belongs to the item, not to us.
      if (waiter_.woken() && !queue_.items_.empty()) queue_.waiters_.WakeOne();
    }
    bool await_ready() const { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
      waiter_.Suspend(handle, at);
      queue_.waiters_.PushBack(waiter_);
    }
    void await_resume() const {}

   private:
    AsyncQueue& queue_;
    Waiter waiter_;
  };

  WaitReason reason_;
  std::deque<T> items_;
  WaitList waiters_;
  bool closed_ = false;
};

}  // namespace client

#endif  // CLIENT_ASYNC_ASYNC_QUEUE_H_
