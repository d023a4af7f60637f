// What a search with reduction knows of each state: open addressing over one flat table, as in fingerprint_set.h.
#ifndef SIM_EXPLORE_STATE_TABLE_H_
#define SIM_EXPLORE_STATE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/world/fingerprint.h"

namespace sim {

class StateTable {
 public:
  static constexpr uint32_t kOnTheWay = ~0u;  // its summary is not known yet

  struct State {
    Fingerprint fingerprint;
    uint32_t asleep = 0;  // sources, when it was gone into
    uint32_t summary = 0;
  };

  // Its entry, and whether it is new. Valid until the next call.
  std::pair<State*, bool> Find(Fingerprint fingerprint) {
    if (fingerprint == Fingerprint()) fingerprint.low = 1;  // zeros are what is empty
    if (2 * (size_ + 1) > table_.size()) Grow();
    State& state = Place(fingerprint);
    if (state.fingerprint == fingerprint) return {&state, false};
    state.fingerprint = fingerprint;
    ++size_;
    return {&state, true};
  }
  size_t size() const { return size_; }

 private:
  State& Place(const Fingerprint& fingerprint) {
    const size_t mask = table_.size() - 1;
    for (size_t i = fingerprint.low & mask;; i = (i + 1) & mask) {
      State& state = table_[i];
      if (state.fingerprint == fingerprint || state.fingerprint == Fingerprint()) return state;
    }
  }
  void Grow() {
    std::vector<State> old(table_.empty() ? 1024 : table_.size() * 2);
    old.swap(table_);
    for (const State& state : old) {
      if (state.fingerprint != Fingerprint()) Place(state.fingerprint) = state;
    }
  }

  std::vector<State> table_;  // a power of two, at most half full
  size_t size_ = 0;
};

}  // namespace sim

#endif  // SIM_EXPLORE_STATE_TABLE_H_
