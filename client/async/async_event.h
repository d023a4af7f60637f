// A flag that tasks can wait for.
#ifndef CLIENT_ASYNC_ASYNC_EVENT_H_
#define CLIENT_ASYNC_ASYNC_EVENT_H_

#include "client/async/waiter.h"

namespace client {

// Set() wakes all who wait, in the order of their arrival; it stays set until Clear(). A woken waiter goes on even if
// the event is cleared before it is resumed: who needs the condition to hold looks again, in a loop.
class AsyncEvent {
 public:
  explicit AsyncEvent(WaitReason reason) : reason_(reason) {}

  void Set() {
    set_ = true;
    waiters_.WakeAll();
  }
  void Clear() { set_ = false; }
  bool is_set() const { return set_; }
  bool has_waiters() const { return !waiters_.empty(); }

  // Cancel safety: nothing is consumed.
  class Awaiter {
   public:
    explicit Awaiter(AsyncEvent& event) : event_(event), waiter_(event.reason_) {}
    bool await_ready() const { return event_.set_; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
      waiter_.Suspend(handle, at);
      event_.waiters_.PushBack(waiter_);
    }
    void await_resume() const {}

   private:
    AsyncEvent& event_;
    Waiter waiter_;
  };
  Awaiter Wait() { return Awaiter(*this); }

 private:
  WaitReason reason_;
  bool set_ = false;
  WaitList waiters_;
};

}  // namespace client

#endif  // CLIENT_ASYNC_ASYNC_EVENT_H_
