// Uniform random choices, with a bias per label and swarm masks.
//
// How often a fault happens is decided here and nowhere else. Each run leaves some labels out altogether (Groce et al.,
// "Swarm testing", ISSTA 2012): a fault that happens in every run hides the bugs that need its absence. And runs differ
// in how rough they are: in half of them things happen as often as the biases say, in a quarter four times as often, in
// another quarter eight times. Bugs that need two faults seldom show in a calm sea; those that need a long quiet
// beginning do not in a rough one.
#ifndef SIM_CHOICE_RANDOM_SOURCE_H_
#define SIM_CHOICE_RANDOM_SOURCE_H_

#include <algorithm>
#include <array>
#include <cstdint>

#include "sim/choice/choice_source.h"
#include "sim/choice/prng.h"

namespace sim {

class RandomSource final : public ChoiceSource {
 public:
  struct Options {
    bool swarm = true;  // runs differ in what they leave out, and in how rough they are
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
    const uint32_t bias = options_.bias[label];
    if (bias >= 256) return prng_.Below(question.count);
    if (!prng_.Chance(bias >= kOften ? bias : std::min(bias * roughness_, kOften))) return 0;
    return 1 + prng_.Below(question.count - 1);
  }

  static std::array<uint16_t, kLabelCount> DefaultBias();

  // Of the run: how many times as often as by its bias something other than 0 is chosen, but not oftener than
  // kOften / 256.
  uint32_t roughness() const { return roughness_; }

 private:
  static constexpr uint32_t kOften = 192;

  Options options_;
  Prng prng_;
  uint32_t roughness_ = 1;
  uint64_t off_ = 0;  // labels that this run leaves out: bit 2 * i for label i
};

}  // namespace sim

#endif  // SIM_CHOICE_RANDOM_SOURCE_H_
