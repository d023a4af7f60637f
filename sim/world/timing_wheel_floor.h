// A hierarchical timing wheel: the floor of timers, for measurements only. It has no ties' order across levels, which a
// deterministic scheduler needs, and no search for the next deadline without moving the clock.
//
// 11 levels of 64 slots cover 64 bits; a bitmap per level says which slots hold something (Varghese and Lauck, "Hashed
// and hierarchical timing wheels", SOSP 1987).
#ifndef SIM_WORLD_TIMING_WHEEL_FLOOR_H_
#define SIM_WORLD_TIMING_WHEEL_FLOOR_H_

#include <array>
#include <bit>
#include <cstdint>

namespace sim {

class TimingWheelFloor {
 public:
  struct Node {
    Node* previous;
    Node* next;
    uint64_t when;
    uint32_t slot;
  };

  TimingWheelFloor() {
    for (auto& level : slots_) {
      for (Node& slot : level) slot.previous = slot.next = &slot;
    }
  }

  uint64_t now() const { return now_; }

  void Add(Node& node) {
    const uint32_t level = (63 - static_cast<uint32_t>(std::countl_zero((node.when ^ now_) | 63))) / 6;
    const uint32_t index = static_cast<uint32_t>(node.when >> (6 * level)) & 63;
    Node& slot = slots_[level][index];
    node.slot = level * 64 + index;
    node.previous = slot.previous;
    node.next = &slot;
    slot.previous->next = &node;
    slot.previous = &node;
    used_[level] |= uint64_t{1} << index;
  }

  void Remove(Node& node) {
    node.previous->next = node.next;
    node.next->previous = node.previous;
    const uint32_t level = node.slot / 64;
    const uint32_t index = node.slot & 63;
    const Node& slot = slots_[level][index];
    if (slot.next == &slot) used_[level] &= ~(uint64_t{1} << index);
  }

  // Moves the clock to the earliest and takes it out. Requires that there is one.
  Node& Pop() {
    for (;;) {
      if (used_[0] != 0) {
        const uint32_t index = static_cast<uint32_t>(std::countr_zero(used_[0]));
        now_ = (now_ & ~uint64_t{63}) | index;
        Node& node = *slots_[0][index].next;
        Remove(node);
        return node;
      }
      uint32_t level = 1;
      while (used_[level] == 0) ++level;
      Cascade(level);
    }
  }

 private:
  void Cascade(uint32_t level) {
    const uint32_t index = static_cast<uint32_t>(std::countr_zero(used_[level]));
    const uint32_t shift = 6 * level;
    now_ = (level == 10 ? 0 : ((now_ >> (shift + 6)) << (shift + 6))) | (uint64_t{index} << shift);
    Node& slot = slots_[level][index];
    Node* node = slot.next;
    slot.next = slot.previous = &slot;
    used_[level] &= ~(uint64_t{1} << index);
    while (node != &slot) {
      Node* next = node->next;
      Add(*node);
      node = next;
    }
  }

  std::array<std::array<Node, 64>, 11> slots_;
  std::array<uint64_t, 11> used_{};
  uint64_t now_ = 0;
};

}  // namespace sim

#endif  // SIM_WORLD_TIMING_WHEEL_FLOOR_H_
