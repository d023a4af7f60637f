// A set of fingerprints that only grows: open addressing over one flat table, so that a state costs 16 bytes and one
// cache line, in the same order in every process.
#ifndef SIM_EXPLORE_FINGERPRINT_SET_H_
#define SIM_EXPLORE_FINGERPRINT_SET_H_

#include <cstddef>
#include <vector>

#include "sim/world/fingerprint.h"

namespace sim {

class FingerprintSet {
 public:
  // False if it was there already.
  bool Insert(Fingerprint fingerprint) {
    if (fingerprint == Fingerprint()) fingerprint.low = 1;  // zeros are what is empty
    if (2 * (size_ + 1) > table_.size()) Grow();
    if (!Place(fingerprint)) return false;
    ++size_;
    return true;
  }

 private:
  bool Place(const Fingerprint& fingerprint) {
    const size_t mask = table_.size() - 1;
    for (size_t i = fingerprint.low & mask;; i = (i + 1) & mask) {
      if (table_[i] == fingerprint) return false;
      if (table_[i] != Fingerprint()) continue;
      table_[i] = fingerprint;
      return true;
    }
  }
  void Grow() {
    std::vector<Fingerprint> old(table_.empty() ? 1024 : table_.size() * 2);
    old.swap(table_);
    for (const Fingerprint& fingerprint : old) {
      if (fingerprint != Fingerprint()) Place(fingerprint);
    }
  }

  std::vector<Fingerprint> table_;  // a power of two, at most half full
  size_t size_ = 0;
};

}  // namespace sim

#endif  // SIM_EXPLORE_FINGERPRINT_SET_H_
