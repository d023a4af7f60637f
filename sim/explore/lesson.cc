#include "sim/explore/lesson.h"

namespace sim {

SparseTape Lesson::Tape() const {
  SparseTape tape;
  tape.reserve(decisions.size());
  for (const PlacedDecision& placed : decisions) tape.push_back(placed.decision);
  return tape;
}

std::vector<PlacedDecision> Placed(const TapeEntry* begin, const TapeEntry* end) {
  std::vector<PlacedDecision> placed;
  uint64_t place = 0;
  const SparseTape sparse = Sparse(begin, end);
  for (const Decision& decision : sparse) {
    while (begin[place].index == 0) ++place;
    placed.push_back({decision, place++});
  }
  return placed;
}

}  // namespace sim
