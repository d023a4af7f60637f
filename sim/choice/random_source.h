// Uniform random choices, with a bias per label and swarm masks.
//
// How often a fault happens is decided here and nowhere else. Each run leaves some labels out altogether (Groce et al.,
// "Swarm testing", ISSTA 2012): a fault that happens in every run hides the bugs that need its absence.
#ifndef SIM_CHOICE_RANDOM_SOURCE_H_
#define SIM_CHOICE_RANDOM_SOURCE_H_

#include <array>
#include <cstdint>

#include "sim/choice/choice_source.h"
#include "sim/choice/prng.h"

namespace sim {

class RandomSource final : public ChoiceSource {
 public:
  struct Options {
    bool swarm = true;
    // Chance of something other than 0, in 256ths, per label; 256 means uniform over all alternatives.
    std::array<uint16_t, kLabelCount> bias = DefaultBias();
  };

  RandomSource() : RandomSource(Options{}) {}
  explicit RandomSource(const Options& options) : options_(options), prng_(0) { Seed(0); }

  // Starts a run. The mask of the run is drawn from the seed.
  void Seed(uint64_t seed);

  uint32_t Choose(const Question& question) override {
    const auto label = static_cast<size_t>(question.label);
    if ((off_ >> (2 * label) & 1) != 0) return 0;
    const uint16_t bias = options_.bias[label];
    if (bias >= 256) return prng_.Below(question.count);
    if (!prng_.Chance(bias)) return 0;
    return 1 + prng_.Below(question.count - 1);
  }

  static std::array<uint16_t, kLabelCount> DefaultBias();

 private:
  Options options_;
  Prng prng_;
  uint64_t off_ = 0;  // labels that this run leaves out: bit 2 * i for label i
};

}  // namespace sim

#endif  // SIM_CHOICE_RANDOM_SOURCE_H_
