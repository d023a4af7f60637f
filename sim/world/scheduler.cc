#include "sim/world/scheduler.h"

namespace sim {

void Scheduler::Post(Source& source, Runnable& runnable) {
  CHECK(!runnable.posted());
  // The running source is put back by Step() if something is left.
  if (source.empty() && &source != current_) ready_.Append(source);
  source.Append(runnable);
}

void Scheduler::Cancel(Runnable& runnable) {
  if (!runnable.posted()) return;
  Source& source = *runnable.source();
  source.Remove(runnable);
  if (source.empty() && &source != current_) ready_.Remove(source);
}

void Scheduler::Forget(Source& source) {
  if (!source.empty() && &source != current_) ready_.Remove(source);
  while (!source.empty()) source.TakeFirst();
  if (&source == current_) current_ = nullptr;
}

void Scheduler::Arm(Timer& timer, absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return;
  ArmAt(timer, absl::ToUnixNanos(deadline));
}

void Scheduler::ArmAt(Timer& timer, int64_t deadline_ns) {
  CHECK(!timer.pending());
  ++armed_[static_cast<size_t>(timer.kind())];
  timers_.Insert(timer, deadline_ns > now_ns_ ? deadline_ns : now_ns_);
}

void Scheduler::Disarm(Timer& timer) {
  if (!timer.armed()) return;
  --armed_[static_cast<size_t>(timer.kind())];
  timers_.Remove(timer);
}

void Scheduler::MakeDueReady() {
  while (!timers_.empty() && timers_.next_deadline_ns() <= now_ns_) {
    Timer& timer = timers_.Pop();
    --armed_[static_cast<size_t>(timer.kind())];
    Post(timer.source(), timer.fire());
  }
}

bool Scheduler::Advance() {
  if (timers_.empty()) return false;
  const int64_t next = timers_.next_deadline_ns();
  if (next > now_ns_) {
    history_.Record(TraceKind::kTime, now_ns_, Name(), static_cast<uint64_t>(next - now_ns_));
    now_ns_ = next;
  }
  MakeDueReady();
  return true;
}

void Scheduler::Step() {
  // A timer armed for now, or for the past, is as ready as anything that was posted.
  if (!timers_.empty()) {
    if (timers_.next_deadline_ns() <= now_ns_) {
      MakeDueReady();
    } else if (decisions_.offers(Label::kLoopLate) && decisions_.Choose(Label::kLoopLate, Name(), 2) != 0) {
      Advance();
    }
  }
  const uint32_t count = ready_.size();
  const uint32_t index = decisions_.Ask(Label::kLoopNext, Name(), count, this);
  Source& source = ready_.Take(index);
  __builtin_prefetch(reinterpret_cast<const char*>(&source) + 64);  // what is behind a source is about to run
  decisions_.Note(Label::kLoopNext, Name(), count, index, source.name());
  Runnable& runnable = source.TakeFirst();
  current_ = &source;
  history_.Beat();
  history_.Record(TraceKind::kStep, now_ns_, source.name(), history_.tape().size(), index);
  history_.TouchNothing();
  const Name name = source.name();  // the step may destroy it
  runnable.Run();
  if (decisions_.watched()) decisions_.AfterStep(name, history_.touched());
  // Still there (a source that is destroyed while it runs clears current_), with more to do: behind all others.
  if (current_ != nullptr && !source.empty()) ready_.Append(source);
  current_ = nullptr;
}

}  // namespace sim
