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
  while (!path_.empty()) {
    if (++path_.back().index < path_.back().count) return true;
    path_.pop_back();
  }
  return false;
}

}  // namespace sim
