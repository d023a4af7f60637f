#include "sim/choice/enumerate_source.h"

namespace sim {

uint32_t EnumerateSource::Choose(const Question& question) {
  if (depth_ == path_.size()) path_.push_back({0, question.count});
  const Node& node = path_[depth_++];
  if (node.count == question.count) return node.index;
  ok_ = false;
  return 0;
}

bool EnumerateSource::Next() {
  // A run that ended early leaves nothing to try below its last decision.
  path_.resize(depth_);
  uint64_t deviations = 0;
  for (const Node& node : path_) deviations += node.index != 0 ? 1 : 0;
  while (!path_.empty()) {
    Node& last = path_.back();
    if (last.index == 0 && deviations < deviations_max_) {
      last.index = 1;
      return true;
    }
    if (last.index != 0 && ++last.index < last.count) return true;
    if (last.index != 0) --deviations;
    path_.pop_back();
  }
  return false;
}

void EnumerateSource::Restore(const TapeEntry* begin, const TapeEntry* end) {
  path_.clear();
  for (; begin != end; ++begin) path_.push_back({begin->index, begin->count});
  depth_ = path_.size();
}

}  // namespace sim
