#include "client/net/uv_loop.h"

#include <signal.h>

#include <algorithm>

#include "client/async/task_group.h"
#include "client/base/check.h"

namespace client {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

void IgnoreSigpipe() {
  struct sigaction current;
  CHECK_EQ(sigaction(SIGPIPE, nullptr, &current), 0);
  if ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL) return;
  current.sa_handler = SIG_IGN;
  CHECK_EQ(sigaction(SIGPIPE, &current, nullptr), 0);
}

}  // namespace

UvLoop::UvLoop() {
  IgnoreSigpipe();
  CHECK_EQ(uv_loop_init(&loop_), 0);
  CHECK_EQ(uv_timer_init(&loop_, &wakeup_), 0);
}

UvLoop::~UvLoop() {
  CHECK(timers_.empty());
  CHECK_EQ(ready_.size(), 0u);
  uv_close(reinterpret_cast<uv_handle_t*>(&wakeup_), nullptr);
  uv_walk(&loop_, [](uv_handle_t* handle, void*) { CHECK(uv_is_closing(handle)); }, nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  CHECK_EQ(uv_loop_close(&loop_), 0);
}

bool UvLoop::RunUntil(absl::FunctionRef<bool()> done) {
  CHECK(current_ == nullptr);
  for (bool may_wait = true;; may_wait = Poll()) {
    MakeDueReady();
    // A count, not until it is empty: what becomes ready meanwhile waits until the kernel has been asked.
    for (uint32_t left = ready_.size(); left > 0; --left) {
      if (done()) return true;
      if (stopped_ || ready_.size() == 0) break;
      Step();
    }
    if (done()) return true;
    if (stopped_ || !may_wait) {
      stopped_ = false;
      return false;
    }
  }
}

bool UvLoop::Run() {
  return RunUntil([this] {
    for (const SpawnedTask* task = first_task; task != nullptr; task = task->next_of_loop()) {
      if (!task->done()) return false;
    }
    return true;
  });
}

bool UvLoop::Poll() {
  ++turns_;
  if (ready_.size() > 0) {
    uv_run(&loop_, UV_RUN_NOWAIT);
    return true;
  }
  ArmWakeup();
  const bool something = uv_loop_alive(&loop_) != 0;
  uv_run(&loop_, UV_RUN_ONCE);
  return something;
}

void UvLoop::ArmWakeup() {
  if (timers_.empty()) {
    if (wakeup_ms_ != 0) uv_timer_stop(&wakeup_);
    wakeup_ms_ = 0;
    return;
  }
  const int64_t due_ns = timers_.next_deadline_ns();
  const int64_t due_ms = due_ns / kNsPerMs + (due_ns % kNsPerMs != 0 ? 1 : 0);
  if (due_ms == wakeup_ms_ && uv_is_active(reinterpret_cast<uv_handle_t*>(&wakeup_))) return;
  wakeup_ms_ = due_ms;
  // libuv adds the time of its last turn, which may be long ago; what comes out is due_ms.
  const int64_t wait_ms = std::max<int64_t>(due_ms - static_cast<int64_t>(uv_now(&loop_)), 0);
  CHECK_EQ(uv_timer_start(&wakeup_, [](uv_timer_t*) {}, static_cast<uint64_t>(wait_ms), 0), 0);
}

void UvLoop::MakeDueReady() {
  if (timers_.empty()) return;
  const auto now_ns = static_cast<int64_t>(uv_hrtime());
  while (!timers_.empty() && timers_.next_deadline_ns() <= now_ns) {
    Timer& timer = timers_.Pop();
    Post(timer.source(), timer.fire());
  }
}

void UvLoop::Step() {
  ++steps_;
  Source& source = ready_.Take(0);
  Runnable& runnable = source.TakeFirst();
  current_ = &source;
  runnable.Run();
  // Still there (a source that is destroyed while it runs clears current_), with more to do: behind all others.
  if (current_ != nullptr && !source.empty()) ready_.Append(source);
  current_ = nullptr;
}

void UvLoop::Post(Source& source, Runnable& runnable) {
  CHECK(!runnable.posted());
  // The running source is put back by Step() if something is left.
  if (source.empty() && &source != current_) ready_.Append(source);
  source.Append(runnable);
}

void UvLoop::Cancel(Runnable& runnable) {
  if (!runnable.posted()) return;
  Source& source = *runnable.source();
  source.Remove(runnable);
  if (source.empty() && &source != current_) ready_.Remove(source);
}

void UvLoop::Forget(Source& source) {
  if (!source.empty() && &source != current_) ready_.Remove(source);
  while (!source.empty()) source.TakeFirst();
  if (&source == current_) current_ = nullptr;
}

void UvLoop::Arm(Timer& timer, absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return;
  CHECK(!timer.pending());
  timers_.Insert(timer, std::max<int64_t>(absl::ToUnixNanos(deadline), 0));
}

void UvLoop::Disarm(Timer& timer) {
  if (timer.armed()) timers_.Remove(timer);
}

}  // namespace client
