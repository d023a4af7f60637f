// The virtual clock and the event loop of a world.
//
// A step takes one ready source, runs one of its callbacks to its end, and lets the laws look. Time stands still while
// anything is ready and moves to the next timer when nothing is, or earlier when the loop is chosen to be late.
// Nothing here allocates once warm.
#ifndef SIM_WORLD_SCHEDULER_H_
#define SIM_WORLD_SCHEDULER_H_

#include <array>
#include <cstdint>

#include "absl/time/time.h"
#include "client/net/event_loop.h"
#include "client/net/ready_list.h"
#include "client/net/timer_heap.h"
#include "sim/choice/choice_source.h"
#include "sim/world/decisions.h"
#include "sim/world/history.h"

namespace sim {

using client::ReadyList;
using client::Runnable;
using client::Source;
using client::Timer;
using client::TimerHeap;
using client::TimerKind;

class Scheduler final : public client::EventLoop, private Alternatives {
 public:
  // Not zero: code may take a zero time for "never".
  static constexpr int64_t kStartNs = 1'000'000'000'000;

  Scheduler(Decisions& decisions, History& history) : decisions_(decisions), history_(history) {}

  // EventLoop.
  absl::Time Now() const override { return absl::FromUnixNanos(now_ns_); }
  void Post(Source& source, Runnable& runnable) override;
  void Cancel(Runnable& runnable) override;
  void Arm(Timer& timer, absl::Time deadline) override;
  void Disarm(Timer& timer) override;
  void Register(Name name, Name parent, const NameKind& kind, uint32_t number) override {
    history_.Register(name, parent, kind, number);
  }

  // Arms without the detour through absl::Time; for the simulation's own timers.
  void ArmAt(Timer& timer, int64_t deadline_ns);

  int64_t now_ns() const { return now_ns_; }
  uint32_t ready() const { return ready_.size(); }
  // The i-th oldest. Requires i < ready().
  Source& ready_source(uint32_t i) const { return ready_.Select(i); }

  // Runs one ready callback. Requires ready() > 0.
  void Step();

  // Moves the clock to the next timer and makes all that are due ready. Returns false if there is none.
  bool Advance();

  // Timers that are armed, by kind.
  uint32_t armed(TimerKind kind) const { return armed_[static_cast<size_t>(kind)]; }
  const TimerHeap& timers() const { return timers_; }
  // The blocks of memory in which it keeps its lists.
  template <class Visit>
  void ForEachStorage(Visit visit) const {
    ready_.ForEachStorage(visit);
    timers_.ForEachStorage(visit);
  }

  // No timer whose firing would be somebody's progress, but for users who sleep: beside those nothing is armed but
  // timeouts and housekeeping.
  bool only_users_left() const { return armed(TimerKind::kSleep) == 0 && armed(TimerKind::kContract) == 0; }
  bool only_giving_up_left() const { return only_users_left() && armed(TimerKind::kUser) == 0; }

 private:
  Name Id(uint32_t index) const override { return ready_.Select(index).name(); }
  void Forget(Source& source) override;
  void MakeDueReady();

  Decisions& decisions_;
  History& history_;
  int64_t now_ns_ = kStartNs;
  ReadyList ready_;
  TimerHeap timers_;
  std::array<uint32_t, 5> armed_{};
};

}  // namespace sim

#endif  // SIM_WORLD_SCHEDULER_H_
