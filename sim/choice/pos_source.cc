#include "sim/choice/pos_source.h"

namespace sim {

void PosSource::SeedSchedule() {
  salt_ = prng().Next();
  touched_ = 0;
  pending_.Clear();
}

void PosSource::AfterStep(Name source, uint64_t touched) {
  Pending& pending = *pending_.Insert(source).first;
  pending.touched |= touched;
  ++pending.event;
  touched_ |= touched;
}

uint32_t PosSource::Next(const Question& question) {
  uint32_t best = 0;
  uint64_t highest = 0;
  for (uint32_t i = 0; i < question.count; ++i) {
    const Name name = question.alternatives->Id(i);
    Pending& pending = *pending_.Insert(name).first;
    if ((pending.touched & touched_) != 0) ++pending.event;
    const uint64_t priority = Mix((name.id() ^ salt_) + pending.event * 0x9e3779b97f4a7c15u);
    if (i != 0 && priority <= highest) continue;
    highest = priority;
    best = i;
  }
  touched_ = 0;
  return best;
}

}  // namespace sim
