// The virtual clock and the event loop of a world.
//
// A step takes one ready source, runs one of its callbacks to its end, and lets the laws look. Time stands still while
// anything is ready and moves to the next timer when nothing is, or earlier when the loop is chosen to be late.
// Nothing here allocates once warm.
#ifndef SIM_WORLD_SCHEDULER_H_
#define SIM_WORLD_SCHEDULER_H_

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "client/net/event_loop.h"
#include "sim/choice/choice_source.h"
#include "sim/world/decisions.h"
#include "sim/world/history.h"

namespace sim {

using client::Runnable;
using client::Source;
using client::Timer;
using client::TimerKind;

// Sources in the order in which they became ready, with removal from anywhere: a ring with holes and a bitmap of who is
// there. Select(i) finds the i-th by popcounts; no element is ever moved, but when the ring is compacted.
class ReadyRing {
 public:
  static constexpr uint32_t kNone = ~0u;

  ReadyRing() { Grow(256); }

  uint32_t size() const { return count_; }
  void Append(Source& source) {
    if (tail_ == slots_.size()) Compact();
    source.ready_position = tail_;
    slots_[tail_] = &source;
    bits_[tail_ / 64] |= uint64_t{1} << (tail_ % 64);
    ++tail_;
    ++count_;
  }
  void Remove(Source& source) {
    const uint32_t position = source.ready_position;
    bits_[position / 64] &= ~(uint64_t{1} << (position % 64));
    source.ready_position = kNone;
    if (--count_ == 0) first_word_ = tail_ = 0;
  }
  // The i-th oldest. Requires i < size().
  Source& Select(uint32_t i) const {
    uint32_t word = first_word_;
    for (;; ++word) {
      const uint32_t here = static_cast<uint32_t>(std::popcount(bits_[word]));
      if (i < here) break;
      i -= here;
    }
    if (i == 0) {
      while (bits_[first_word_] == 0) ++first_word_;
    }
    uint64_t bits = bits_[word];
    while (i-- > 0) bits &= bits - 1;
    return *slots_[word * 64 + static_cast<uint32_t>(std::countr_zero(bits))];
  }

 private:
  void Grow(uint32_t slots);
  void Compact();

  std::vector<Source*> slots_;
  std::vector<uint64_t> bits_;
  mutable uint32_t first_word_ = 0;  // before it no bit is set
  uint32_t tail_ = 0;
  uint32_t count_ = 0;
};

// An indexed 4-ary heap, by deadline and then by the order of arming, so that ties have a number.
class TimerHeap {
 public:
  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  int64_t next_deadline_ns() const { return items_[0].deadline_ns; }
  Timer& top() const { return *items_[0].timer; }
  void Insert(Timer& timer, int64_t deadline_ns);
  void Remove(Timer& timer);
  template <class Visit>
  void ForEach(Visit visit) const {
    for (const Item& item : items_) visit(*item.timer);
  }

 private:
  struct Item {
    int64_t deadline_ns;
    uint64_t sequence;
    Timer* timer;
    bool Before(const Item& other) const {
      return deadline_ns != other.deadline_ns ? deadline_ns < other.deadline_ns : sequence < other.sequence;
    }
  };
  void Place(uint32_t position, const Item& item) {
    items_[position] = item;
    item.timer->heap_position = position;
  }
  void SiftUp(uint32_t position, const Item& item);
  void SiftDown(uint32_t position, const Item& item);

  std::vector<Item> items_;
  uint64_t next_sequence_ = 0;
};

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

  // Runs one ready callback. Requires ready() > 0.
  void Step();

  // Moves the clock to the next timer and makes all that are due ready. Returns false if there is none.
  bool Advance();

  // Timers that are armed, by kind.
  uint32_t armed(TimerKind kind) const { return armed_[static_cast<size_t>(kind)]; }
  const TimerHeap& timers() const { return timers_; }

  // No timer whose firing would be somebody's progress: nothing is armed but timeouts and housekeeping.
  bool only_giving_up_left() const { return armed(TimerKind::kSleep) == 0 && armed(TimerKind::kContract) == 0; }

 private:
  Name Id(uint32_t index) const override { return ready_.Select(index).name(); }
  void Forget(Source& source) override;
  void MakeDueReady();

  Decisions& decisions_;
  History& history_;
  int64_t now_ns_ = kStartNs;
  ReadyRing ready_;
  TimerHeap timers_;
  std::array<uint32_t, 4> armed_{};
};

}  // namespace sim

#endif  // SIM_WORLD_SCHEDULER_H_
