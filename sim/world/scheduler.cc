#include "sim/world/scheduler.h"

#include <algorithm>

namespace sim {

void ReadyRing::Grow(uint32_t slots) {
  slots_.resize(slots, nullptr);
  bits_.resize(slots / 64, 0);
}

void ReadyRing::Compact() {
  uint32_t to = 0;
  for (uint32_t from = 0; from < tail_; ++from) {
    if ((bits_[from / 64] >> (from % 64) & 1) == 0) continue;
    slots_[to] = slots_[from];
    slots_[to]->ready_position = to;
    ++to;
  }
  // Room for as many again, so that compaction costs a constant per append.
  if (to * 2 > slots_.size()) Grow(static_cast<uint32_t>(slots_.size()) * 2);
  std::fill(bits_.begin(), bits_.end(), 0);
  for (uint32_t i = 0; i < to; ++i) bits_[i / 64] |= uint64_t{1} << (i % 64);
  first_word_ = 0;
  tail_ = to;
}

void TimerHeap::SiftUp(uint32_t position, const Item& item) {
  while (position > 0) {
    const uint32_t parent = (position - 1) / 4;
    if (!item.Before(items_[parent])) break;
    Place(position, items_[parent]);
    position = parent;
  }
  Place(position, item);
}

void TimerHeap::SiftDown(uint32_t position, const Item& item) {
  const uint32_t size = static_cast<uint32_t>(items_.size());
  for (;;) {
    const uint32_t first = position * 4 + 1;
    if (first >= size) break;
    uint32_t best = first;
    const uint32_t last = first + 4 < size ? first + 4 : size;
    for (uint32_t child = first + 1; child < last; ++child) {
      if (items_[child].Before(items_[best])) best = child;
    }
    if (!items_[best].Before(item)) break;
    Place(position, items_[best]);
    position = best;
  }
  Place(position, item);
}

void TimerHeap::Insert(Timer& timer, int64_t deadline_ns) {
  timer.deadline_ns = deadline_ns;
  timer.sequence = next_sequence_++;
  const Item item{deadline_ns, timer.sequence, &timer};
  items_.push_back(item);
  SiftUp(static_cast<uint32_t>(items_.size() - 1), item);
}

void TimerHeap::Remove(Timer& timer) {
  const uint32_t position = timer.heap_position;
  timer.heap_position = Timer::kUnarmed;
  const Item last = items_.back();
  items_.pop_back();
  if (last.timer == &timer) return;
  if (position > 0 && last.Before(items_[(position - 1) / 4])) {
    SiftUp(position, last);
  } else {
    SiftDown(position, last);
  }
}

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
    Timer& timer = timers_.top();
    Disarm(timer);
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
  const uint32_t index = decisions_.Choose(Label::kLoopNext, Name(), ready_.size(), this);
  Source& source = ready_.Select(index);
  ready_.Remove(source);
  Runnable& runnable = source.TakeFirst();
  current_ = &source;
  history_.Beat();
  history_.Record(TraceKind::kStep, now_ns_, source.name(), 0, index);
  runnable.Run();
  // Still there (a source that is destroyed while it runs clears current_), with more to do: behind all others.
  if (current_ != nullptr && !source.empty()) ready_.Append(source);
  current_ = nullptr;
}

}  // namespace sim
