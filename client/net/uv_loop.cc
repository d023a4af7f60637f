#include "client/net/uv_loop.h"

#include <algorithm>

#include "client/base/check.h"

namespace client {
UvLoop::~UvLoop() {
  CHECK(timers_.empty());
  CHECK_EQ(ready_.size(), 0u);
}

bool UvLoop::RunUntil(absl::FunctionRef<bool()> done) {
  CHECK(current_ == nullptr);
  for (bool may_wait = true;; may_wait = WaitOrPoll()) {
    MakeDueReady();
    // A count, not until it is empty: sources that make each other ready must not keep the kernel from being asked.
    for (uint32_t left = std::max(ready_.size(), kStepsPerTurn); left > 0; --left) {
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

bool UvLoop::Run() { return RunUntil([this] { return unfinished_tasks == 0; }); }

bool UvLoop::WaitOrPoll() {
  ++turns_;
  if (ready_.size() == 0) return PollUntil(timers_.empty() ? kNever : timers_.next_deadline_ns());
  Poll();
  return true;
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
