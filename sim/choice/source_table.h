// What a choice source notes about each name in a run: a hash table that is emptied in no time.
//
// Open addressing over a power of two of slots; Clear() makes all of them old. Looked up, never iterated. Allocates
// only while it grows.
#ifndef SIM_CHOICE_SOURCE_TABLE_H_
#define SIM_CHOICE_SOURCE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "client/base/name.h"

namespace sim {

using client::Name;

template <class Value>
class SourceTable {
 public:
  void Clear() {
    size_ = 0;
    if (++stamp_ != 0) return;
    for (Slot& slot : slots_) slot.stamp = 0;  // once in 2^32 runs
    stamp_ = 1;
  }

  // The value of `name`, and whether it was just made. Valid until the next call that makes one.
  std::pair<Value*, bool> Insert(Name name) {
    Slot* slot = Look(name);
    if (slot->stamp == stamp_) return {&slot->value, false};
    if (2 * ++size_ > slots_.size()) {
      Grow();
      slot = Look(name);
    }
    *slot = {name, stamp_, Value()};
    return {&slot->value, true};
  }

  // Null if there is none.
  const Value* Find(Name name) const {
    const Slot* slot = const_cast<SourceTable*>(this)->Look(name);
    return slot->stamp == stamp_ ? &slot->value : nullptr;
  }

  size_t size() const { return size_; }

 private:
  struct Slot {
    Name name;
    uint32_t stamp = 0;
    Value value;
  };

  // Names are hashes already. Where `name` is, or where it belongs.
  Slot* Look(Name name) {
    const size_t mask = slots_.size() - 1;
    size_t i = static_cast<size_t>(name.id()) & mask;
    while (slots_[i].stamp == stamp_ && !(slots_[i].name == name)) i = (i + 1) & mask;
    return &slots_[i];
  }

  void Grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.stamp == stamp_) *Look(slot.name) = slot;
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(64);
  size_t size_ = 0;
  uint32_t stamp_ = 1;
};

}  // namespace sim

#endif  // SIM_CHOICE_SOURCE_TABLE_H_
