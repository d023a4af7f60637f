#include "sim/explore/portfolio_strategy.h"

#include <algorithm>
#include <utility>

#include "client/base/check.h"
#include "sim/choice/prng.h"

namespace sim {
namespace {

constexpr uint64_t kOne = 256;
constexpr uint32_t kParts = 7;      // of what is shared equally: two are random's
constexpr uint64_t kFoundMax = 8;  // by one run: its first runs show much whatever a strategy does

}  // namespace

PortfolioStrategy::PortfolioStrategy() {
  for (const char* name : {"random", "pct", "pos", "surw", "delay"}) arms_.push_back({name, MakeStrategy(name)});
  arms_.push_back({"guided", nullptr});
  CHECK_EQ(arms_.size(), kArms);
  for (EpochState& state : epochs_) state.weights = {2, 1, 1, 1, 1, 1};
}

void PortfolioStrategy::Use(const Profile& profile) {
  for (Arm& arm : arms_) {
    if (arm.strategy != nullptr) arm.strategy->Use(profile);
  }
}

const PortfolioStrategy::EpochState& PortfolioStrategy::StateOf(uint64_t run) const {
  for (const EpochState& state : epochs_) {
    const Epoch& epoch = state.epoch;
    if (epoch.stride != 0 && run >= epoch.first && run < epoch.first + kEpochRuns * epoch.stride) return state;
  }
  return epochs_[0];
}

size_t PortfolioStrategy::ArmOf(const EpochState& state, uint64_t base_seed, uint64_t run) {
  Prng prng(Mix(RunSeed(base_seed, run) ^ 0xbb67ae8584caa73bu));
  if (prng.Chance(128)) return prng.Below(kParts) % kArms;
  uint32_t total = 0;
  for (const uint32_t weight : state.weights) total += weight;
  uint32_t at = prng.Below(total);
  size_t arm = 0;
  while (at >= state.weights[arm]) at -= state.weights[arm++];
  return arm;
}

ChoiceSource& PortfolioStrategy::ForRun(uint64_t base_seed, uint64_t run) {
  last_ = ArmOf(StateOf(run), base_seed, run);
  Strategy* strategy = arms_[last_].strategy.get();
  return strategy != nullptr ? strategy->ForRun(base_seed, run) : guided_.ForRun(base_seed, run);
}

void PortfolioStrategy::Learn(const Lesson& lesson) {
  const uint64_t found = guided_.Study(lesson);
  if (lesson.run == 0) return;  // nobody's
  const EpochState& state = StateOf(lesson.run);
  arms_[ArmOf(state, state.epoch.base_seed, lesson.run)].found += kOne * std::min(found, kFoundMax);
}

void PortfolioStrategy::BeginEpoch(const Epoch& epoch) {
  // The lessons of the epoch before the last have come; now its runs.
  if (begun_ >= 2) {
    const EpochState& learned = epochs_[(begun_ - 2) % epochs_.size()];
    for (uint64_t i = 0; i < kEpochRuns; ++i) {
      const uint64_t run = learned.epoch.first + i * learned.epoch.stride;
      arms_[ArmOf(learned, learned.epoch.base_seed, run)].runs += kOne;
    }
  }
  EpochState& state = epochs_[begun_++ % epochs_.size()];
  state.epoch = epoch;
  for (size_t i = 0; i < kArms; ++i) {
    Arm& arm = arms_[i];
    state.weights[i] = static_cast<uint32_t>((i == kRandom ? 32 : 16) + 1024 * arm.found / (arm.runs + 8 * kOne));
    arm.found -= arm.found / 8;
    arm.runs -= arm.runs / 8;
  }
}

std::vector<std::string> PortfolioStrategy::arms() const {
  std::vector<std::string> names;
  for (const Arm& arm : arms_) names.push_back(arm.name);
  return names;
}

uint32_t PortfolioStrategy::share(size_t i) const {
  const Weights& weights = epochs_[(begun_ + epochs_.size() - 1) % epochs_.size()].weights;
  uint64_t total = 0;
  for (const uint32_t weight : weights) total += weight;
  return static_cast<uint32_t>(512 * (i == kRandom ? 2 : 1) / kParts + 512 * uint64_t{weights[i]} / total);
}

}  // namespace sim
