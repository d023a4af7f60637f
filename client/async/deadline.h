// Waiting with the clock: Sleep() and Within().
#ifndef CLIENT_ASYNC_DEADLINE_H_
#define CLIENT_ASYNC_DEADLINE_H_

#include <optional>
#include <type_traits>
#include <utility>

#include "absl/time/time.h"
#include "client/async/task.h"
#include "client/async/waiter.h"
#include "client/net/event_loop.h"

namespace client {

// Waits until `deadline`. Cancel safety: the timer dies with the wait.
class SleepUntil {
 public:
  SleepUntil(EventLoop& loop, Name name, absl::Time deadline, TimerKind kind = TimerKind::kSleep)
      : deadline_(deadline),
        waiter_(WaitReason{"time to pass for", name}),
        timer_(loop, name, kind, [](void* self) { static_cast<SleepUntil*>(self)->waiter_.Wake(); }, this) {}

  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
    waiter_.Suspend(handle, at);
    timer_.PostAt(deadline_);
  }
  void await_resume() const {}

 private:
  absl::Time deadline_;
  Waiter waiter_;
  Timer timer_;
};

// Runs `task` until `deadline`; then the task is destroyed, which cancels it, and the result is nullopt (`false` for a
// Task<void>). Never both: a task that has ended by the time the timer runs has won.
//
//   std::optional<Result<Slice>> chunk = co_await Within(loop, name, deadline, body.Next());
//
// Cancel safety: timer and task die with the wait.
template <class T>
class Within {
 public:
  Within(EventLoop& loop, Name name, absl::Time deadline, Task<T> task)
      : deadline_(deadline),
        task_(std::move(task)),
        timed_out_(WaitReason{"the timeout of", name}),
        timer_(loop, name, TimerKind::kTimeout, [](void* self) { static_cast<Within*>(self)->TimedOut(); }, this) {}

  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> parent, Site at = Site::current()) {
    resume_timed_out_ = [](Within& self) {
      self.timed_out_.Suspend(std::coroutine_handle<P>::from_address(self.parent_.address()), self.at_);
    };
    parent_ = parent;
    at_ = at;
    timer_.PostAt(deadline_);
    task_.await_suspend(parent, at);
  }
  auto await_resume() {
    if constexpr (std::is_void_v<T>) {
      return static_cast<bool>(task_);
    } else {
      return task_ ? std::optional<T>(task_.await_resume()) : std::nullopt;
    }
  }

 private:
  void TimedOut() {
    // Ended, and the chain that goes on with its result is about to be resumed: too late to time out.
    if (task_.done()) return;
    task_.Reset();  // its innermost waiter unregisters, so that the chain waits for nothing ...
    resume_timed_out_(*this);  // ... and can be made to wait for us, and be woken.
    timed_out_.Wake();
  }

  absl::Time deadline_;
  std::coroutine_handle<> parent_;
  Site at_;
  void (*resume_timed_out_)(Within&) = nullptr;
  Task<T> task_;
  Waiter timed_out_;
  Timer timer_;
};

}  // namespace client

#endif  // CLIENT_ASYNC_DEADLINE_H_
