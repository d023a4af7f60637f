// The tape of a run: its decisions, in order. The tape is the failure; a seed is only for searching.
//
// Entries explain themselves: ids are stable paths, so that a tape survives edits of the scenario and of the client
// (see replay_source.h). Forced decisions (one alternative) are not on it.
#ifndef SIM_CHOICE_TAPE_H_
#define SIM_CHOICE_TAPE_H_

#include <cstdint>

#include "client/base/check.h"
#include "client/base/name.h"
#include "sim/choice/label.h"

namespace sim {

using client::Name;

struct TapeEntry {
  Name asker;
  Name chosen;  // empty where the index says all
  uint32_t index = 0;
  uint16_t count = 0;  // alternatives, at most 65 535
  Label label = Label::kLoopNext;

  friend bool operator==(const TapeEntry&, const TapeEntry&) = default;
};

// A recorder over memory that somebody else owns: shared with the parent process, so that it outlives a crash.
class Tape {
 public:
  Tape(TapeEntry* entries, uint64_t capacity, uint64_t* size) : entries_(entries), capacity_(capacity), size_(size) {}

  void Clear() { *size_ = 0; }
  // Entries past the capacity are counted, not kept: see overflowed().
  void Append(const TapeEntry& entry) {
    if (*size_ < capacity_) entries_[*size_] = entry;
    ++*size_;
  }
  uint64_t size() const { return overflowed() ? capacity_ : *size_; }
  bool overflowed() const { return *size_ > capacity_; }
  const TapeEntry& operator[](uint64_t i) const { return entries_[i]; }
  const TapeEntry* begin() const { return entries_; }
  const TapeEntry* end() const { return entries_ + size(); }

  // Takes back what came after `mark`, an earlier size().
  void Rewind(uint64_t mark) {
    CHECK_LE(mark, *size_);
    *size_ = mark;
  }

 private:
  TapeEntry* entries_;
  uint64_t capacity_;
  uint64_t* size_;
};

}  // namespace sim

#endif  // SIM_CHOICE_TAPE_H_
