#include "sim/choice/pct_source.h"

namespace sim {

void PctSource::SeedSchedule() {
  const uint32_t depth = depth_ != 0 ? std::min(depth_, kDepthMax) : 1 + prng().Below(5);
  salt_ = prng().Next();
  change_count_ = depth - 1;
  for (uint32_t i = 0; i < change_count_; ++i) changes_[i] = DrawPlace();
  lowered_count_ = 0;
}

void PctSource::Lower(Name name, uint32_t rank) {
  uint32_t i = 0;
  while (i < lowered_count_ && !(lowered_[i].name == name)) ++i;
  if (i == lowered_count_) ++lowered_count_;
  lowered_[i] = {name, rank};
}

uint32_t PctSource::Next(const Question& question) {
  uint32_t best = 0;
  Name name = question.alternatives->Id(0);
  uint64_t highest = Priority(name);
  for (uint32_t i = 1; i < question.count; ++i) {
    const Name id = question.alternatives->Id(i);
    const uint64_t priority = Priority(id);
    if (priority <= highest) continue;
    highest = priority;
    best = i;
    name = id;
  }
  for (uint32_t i = 0; i < change_count_; ++i) {
    if (changes_[i] == asked()) Lower(name, i);
  }
  return best;
}

}  // namespace sim
