// Armed timers by deadline, and then by the order of arming, so that ties have a number.
//
// An indexed 4-ary heap of 16-byte items, aligned so that four children are one cache line. Where a timer stands is
// noted in a table of numbers, not in the timer, so that sifting touches two dense arrays and no timer. Nothing is
// allocated once warm.
#ifndef CLIENT_NET_TIMER_HEAP_H_
#define CLIENT_NET_TIMER_HEAP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "client/net/event_loop.h"

namespace client {

class TimerHeap {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  // Require !empty().
  int64_t next_deadline_ns() const { return items_[0].deadline_ns; }
  Timer& top() const { return *timers_[items_[0].slot()]; }

  // Deadlines are not negative.
  void Insert(Timer& timer, int64_t deadline_ns);
  // Requires that it was inserted.
  void Remove(Timer& timer) { RemoveSlot(timer, timer.heap_position); }
  // Takes out the first. Requires !empty().
  Timer& Pop() {
    Timer& timer = top();
    RemoveSlot(timer, items_[0].slot());
    return timer;
  }

  // In no order.
  template <class Visit>
  void ForEach(Visit visit) const {
    for (uint32_t i = 0; i < size_; ++i) visit(*timers_[items_[i].slot()]);
  }
  // With their deadlines, and a number that grows with each arming.
  template <class Visit>
  void ForEachArmed(Visit visit) const {
    for (uint32_t i = 0; i < size_; ++i) {
      visit(*timers_[items_[i].slot()], items_[i].deadline_ns, items_[i].key >> kSlotBits);
    }
  }
  // Its blocks of memory.
  template <class Visit>
  void ForEachStorage(Visit visit) const {
    if (memory_ != nullptr) visit(memory_.get());
    if (!positions_.empty()) visit(positions_.data());
    if (!timers_.empty()) visit(timers_.data());
  }

 private:
  static constexpr int kSlotBits = 24;  // 16 million timers, 10^12 armings

  struct Item {
    int64_t deadline_ns;
    uint64_t key;  // sequence, then slot

    uint32_t slot() const { return static_cast<uint32_t>(key & ((1u << kSlotBits) - 1)); }
    // One comparison without branches: sifting is all unpredictable ones.
    bool Before(const Item& other) const { return Wide() < other.Wide(); }
    unsigned __int128 Wide() const {
      return (static_cast<unsigned __int128>(static_cast<uint64_t>(deadline_ns)) << 64) | key;
    }
  };

  void Place(uint32_t position, const Item& item) {
    items_[position] = item;
    positions_[item.slot()] = position;
  }
  void Grow();
  void RemoveSlot(Timer& timer, uint32_t slot);
  void SiftUp(uint32_t position, const Item& item);
  void SiftDown(uint32_t position, const Item& item);

  static constexpr uint32_t kNoSlot = ~0u;

  std::unique_ptr<char[]> memory_;
  Item* items_ = nullptr;  // in memory_; the second is the first of a cache line
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
  // By slot, which is the heap_position of a timer: its position in items_ (in a free slot, the next free one), and it.
  std::vector<uint32_t> positions_;
  std::vector<Timer*> timers_;
  uint32_t free_slot_ = kNoSlot;
  uint64_t next_sequence_ = 0;
};

}  // namespace client

#endif  // CLIENT_NET_TIMER_HEAP_H_
