#include "client/net/timer_heap.h"

#include <cstring>
#include <utility>

#include "client/base/check.h"

namespace client {

void TimerHeap::Grow() {
  constexpr size_t kLine = 64;
  const uint32_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
  auto memory = std::make_unique<char[]>(capacity * sizeof(Item) + 2 * kLine);
  const uintptr_t line = (reinterpret_cast<uintptr_t>(memory.get()) + kLine - 1) / kLine * kLine;
  auto* items = reinterpret_cast<Item*>(line + kLine - sizeof(Item));
  if (size_ > 0) std::memcpy(static_cast<void*>(items), items_, size_ * sizeof(Item));
  memory_ = std::move(memory);
  items_ = items;
  capacity_ = capacity;
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
  const uint32_t size = size_;
  const Item* const items = items_;
  for (;;) {
    const uint32_t first = position * 4 + 1;
    uint32_t best;
    if (first + 4 <= size) {
      const uint32_t left = first + (items[first + 1].Before(items[first]) ? 1 : 0);
      const uint32_t right = first + (items[first + 3].Before(items[first + 2]) ? 3 : 2);
      best = items[right].Before(items[left]) ? right : left;
    } else {
      if (first >= size) break;
      best = first;
      for (uint32_t child = first + 1; child < size; ++child) {
        if (items[child].Before(items[best])) best = child;
      }
    }
    if (!items[best].Before(item)) break;
    Place(position, items[best]);
    position = best;
  }
  Place(position, item);
}

void TimerHeap::Insert(Timer& timer, int64_t deadline_ns) {
  uint32_t slot = free_slot_;
  if (slot != kNoSlot) {
    free_slot_ = positions_[slot];
    timers_[slot] = &timer;
  } else {
    slot = static_cast<uint32_t>(timers_.size());
    CHECK_LT(slot, 1u << kSlotBits);
    timers_.push_back(&timer);
    positions_.push_back(0);
  }
  timer.deadline_ns = deadline_ns;
  timer.heap_position = slot;
  const Item item{deadline_ns, next_sequence_++ << kSlotBits | slot};
  if (size_ == capacity_) Grow();
  SiftUp(size_++, item);
}

void TimerHeap::RemoveSlot(Timer& timer, uint32_t slot) {
  const uint32_t position = positions_[slot];
  timer.heap_position = Timer::kUnarmed;
  timer.deadline_ns = 0;  // nothing of the past stays in it
  timers_[slot] = nullptr;
  positions_[slot] = free_slot_;
  free_slot_ = slot;
  const Item last = items_[--size_];
  if (last.slot() == slot) return;
  if (position > 0 && last.Before(items_[(position - 1) / 4])) {
    SiftUp(position, last);
  } else {
    SiftDown(position, last);
  }
}

}  // namespace client
