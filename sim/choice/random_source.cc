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
  set(Label::kWorkloadMore, 192);
  set(Label::kWorkloadNext, 256);
  set(Label::kWorkloadSize, 256);
  set(Label::kToy, 256);
  return bias;
}

void RandomSource::Seed(uint64_t seed) {
  prng_ = Prng(seed);
  run_bias_ = options_.bias;
  if (!options_.swarm) return;
  static_assert(kLabelCount <= 32, "two bits per label");
  // One word decides the masks: half of the runs keep every label, in the others each label is off with chance 1/4.
  // Two bits per label, so that labels added at the end leave the masks of the others alone.
  const uint64_t word = prng_.Next();
  const uint64_t more = prng_.Next();
  if ((more & 1) == 0) return;
  for (size_t i = 0; i < kLabelCount; ++i) {
    if (((word >> (2 * i)) & 3) == 0) run_bias_[i] = 0;
  }
}

}  // namespace sim
