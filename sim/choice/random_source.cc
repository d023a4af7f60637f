#include "sim/choice/random_source.h"

namespace sim {

std::array<uint16_t, kLabelCount> RandomSource::DefaultBias() {
  std::array<uint16_t, kLabelCount> bias;
  bias.fill(64);
  const auto set = [&bias](Label label, uint16_t chance) { bias[static_cast<size_t>(label)] = chance; };
  set(Label::kLoopNext, 256);
  set(Label::kLoopLate, 8);
  set(Label::kDnsAnswer, 24);
  set(Label::kConnectOutcome, 24);
  set(Label::kLinkFate, 6);
  set(Label::kServerClose, 24);
  set(Label::kTaskCancel, 12);
  set(Label::kClockJump, 8);
  set(Label::kGcCollect, 192);
  set(Label::kGcOrder, 128);
  set(Label::kWorkloadMore, 192);
  set(Label::kWorkloadNext, 256);
  set(Label::kWorkloadSize, 256);
  set(Label::kToy, 256);
  return bias;
}

void RandomSource::Seed(uint64_t seed) {
  static_assert(kLabelCount <= 32, "two bits per label");
  prng_ = Prng(seed);
  off_ = 0;
  roughness_ = 1;
  if (!options_.swarm) return;
  // Half of the runs keep every label, in the others each label is off with chance 1/4: where both of its two bits are
  // zero. So labels added at the end leave the masks of the others alone.
  const uint64_t word = prng_.Next();
  const uint64_t more = prng_.Next();
  constexpr uint32_t kRoughness[] = {1, 1, 4, 8};
  roughness_ = kRoughness[more >> 1 & 3];
  if ((more & 1) != 0) off_ = ~(word | (word >> 1)) & 0x5555555555555555u;
}

}  // namespace sim
