// A set of fingerprints that only grows: open addressing over one flat table, so that a state costs 16 bytes and one
// cache line, in the same order in every process.
#ifndef SIM_EXPLORE_FINGERPRINT_SET_H_
#define SIM_EXPLORE_FINGERPRINT_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/world/fingerprint.h"

namespace sim {

class FingerprintSet {
 public:
  static constexpr uint32_t kMostLeft = 255;

  // With `left`, at most kMostLeft, of what may still be spent from there on: false if it was there already, with as
  // much or more.
  bool Insert(Fingerprint fingerprint, uint32_t left = 0) {
    if (2 * (size_ + 1) > table_.size()) Grow();
    // A byte of the 128 bits says how much was left. Zeros are what is empty.
    fingerprint.high &= ~kLeftMask;
    if (fingerprint == Fingerprint()) fingerprint.low = 1;
    Fingerprint& place = Place(fingerprint);
    const bool is_new = place == Fingerprint();
    if (!is_new && (place.high & kLeftMask) >= left) return false;
    if (is_new) ++size_;
    place = {fingerprint.low, fingerprint.high | left};
    return true;
  }

  size_t size() const { return size_; }

 private:
  static constexpr uint64_t kLeftMask = 255;

  // Where it is, or belongs.
  Fingerprint& Place(const Fingerprint& fingerprint) {
    const size_t mask = table_.size() - 1;
    for (size_t i = fingerprint.low & mask;; i = (i + 1) & mask) {
      Fingerprint& place = table_[i];
      if (place == Fingerprint()) return place;
      if (place.low == fingerprint.low && ((place.high ^ fingerprint.high) & ~kLeftMask) == 0) return place;
    }
  }
  void Grow() {
    std::vector<Fingerprint> old(table_.empty() ? 1024 : table_.size() * 2);
    old.swap(table_);
    for (const Fingerprint& fingerprint : old) {
      if (fingerprint != Fingerprint()) Place(fingerprint) = fingerprint;
    }
  }

  std::vector<Fingerprint> table_;  // a power of two, at most half full
  size_t size_ = 0;
};

}  // namespace sim

#endif  // SIM_EXPLORE_FINGERPRINT_SET_H_
