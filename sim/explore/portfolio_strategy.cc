#include "sim/explore/portfolio_strategy.h"

#include <algorithm>
#include <utility>

#include "client/base/check.h"
#include "sim/choice/prng.h"

namespace sim {
namespace {

constexpr uint64_t kOne = 256;
constexpr uint64_t kFoundMax = 8;  // by one run: its first runs show much whatever a strategy does

}  // namespace

PortfolioStrategy::PortfolioStrategy() {
  Add("random", 2, MakeStrategy("random"));
  Add("pct", 1, MakeStrategy("pct"));
  Add("pos", 2, MakeStrategy("pos"));
  Add("surw", 2, MakeStrategy("surw"));
  Add("delay", 4, MakeStrategy("delay"));
  auto guided = std::make_unique<GuidedStrategy>();
  guided_ = guided.get();
  Add("guided", 1, std::move(guided));
  Add("fork", 1, MakeStrategy("fork"));
  CHECK_EQ(arms_.size(), kArms);
  uint32_t fixed = 0;
  for (const Arm& arm : arms_) fixed += arm.share;
  CHECK_EQ(fixed + kByFindings, kBlock);
  for (EpochState& state : epochs_) {
    for (size_t i = 0; i < kArms; ++i) state.weights[i] = arms_[i].share;
  }
}

void PortfolioStrategy::Add(const char* name, uint32_t share, std::unique_ptr<Strategy> strategy) {
  Arm arm;
  arm.name = name;
  arm.share = share;
  arm.strategy = std::move(strategy);
  arms_.push_back(std::move(arm));
}

void PortfolioStrategy::Use(const Profile& profile) {
  for (Arm& arm : arms_) arm.strategy->Use(profile);
}

const PortfolioStrategy::EpochState& PortfolioStrategy::StateOf(uint64_t run) const {
  for (const EpochState& state : epochs_) {
    const Epoch& epoch = state.epoch;
    if (epoch.stride != 0 && run >= epoch.first && run < epoch.first + kEpochRuns * epoch.stride) return state;
  }
  return epochs_[0];
}

PortfolioStrategy::Turn PortfolioStrategy::TurnOf(const EpochState& state, uint64_t base_seed, uint64_t run) const {
  static_assert(kEpochRuns % kBlock == 0);
  const uint64_t stride = std::max<uint64_t>(state.epoch.stride, 1);
  const uint64_t number = run < state.epoch.first ? run : (run - state.epoch.first) / stride;
  const uint64_t first = run - number % kBlock * stride;  // of its block
  // The cards of the block, shuffled as far as the one that is wanted (Fisher and Yates).
  std::array<uint8_t, kBlock> cards;
  uint32_t size = 0;
  for (size_t i = 0; i < kArms; ++i) {
    for (uint32_t k = 0; k < arms_[i].share; ++k) cards[size++] = static_cast<uint8_t>(i);
  }
  while (size < kBlock) cards[size++] = kArms;
  Prng prng(Mix(RunSeed(base_seed, first) ^ 0xbb67ae8584caa73bu));
  const auto place = static_cast<uint32_t>(number % kBlock);
  for (uint32_t i = 0; i <= place; ++i) {
    const uint32_t other = i + prng.Below(kBlock - i);
    std::swap(cards[i], cards[other]);
  }
  if (cards[place] < kArms) return {cards[place], false};
  uint32_t total = 0;
  for (const uint32_t weight : state.weights) total += weight;
  Prng dice(Mix(RunSeed(base_seed, run) ^ 0xa54ff53a5f1d36f1u));
  uint32_t at = dice.Below(total);
  size_t arm = 0;
  while (at >= state.weights[arm]) at -= state.weights[arm++];
  return {arm, true};
}

ChoiceSource& PortfolioStrategy::ForRun(uint64_t base_seed, uint64_t run) {
  last_ = TurnOf(StateOf(run), base_seed, run);
  return arms_[last_.arm].strategy->ForRun(base_seed, run);
}

void PortfolioStrategy::Learn(const Lesson& lesson) {
  const uint64_t found = guided_->Study(lesson);
  for (Arm& arm : arms_) {
    if (arm.strategy->learns() && arm.strategy.get() != guided_) arm.strategy->Learn(lesson);
  }
  if (lesson.run == 0) return;  // nobody's
  const EpochState& state = StateOf(lesson.run);
  arms_[TurnOf(state, state.epoch.base_seed, lesson.run).arm].found += kOne * std::min(found, kFoundMax);
}

void PortfolioStrategy::BeginEpoch(const Epoch& epoch) {
  // The lessons of the epoch before the last have come; now its runs.
  if (begun_ >= 2) {
    const EpochState& learned = epochs_[(begun_ - 2) % epochs_.size()];
    for (uint64_t i = 0; i < kEpochRuns; ++i) {
      const uint64_t run = learned.epoch.first + i * learned.epoch.stride;
      arms_[TurnOf(learned, learned.epoch.base_seed, run).arm].runs += kOne;
    }
  }
  EpochState& state = epochs_[begun_++ % epochs_.size()];
  state.epoch = epoch;
  for (size_t i = 0; i < kArms; ++i) {
    Arm& arm = arms_[i];
    state.weights[i] = static_cast<uint32_t>(16 * arm.share + 1024 * arm.found / (arm.runs + 8 * kOne));
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
  return static_cast<uint32_t>((1024 * uint64_t{arms_[i].share} + 1024 * kByFindings * uint64_t{weights[i]} / total) /
                               kBlock);
}

}  // namespace sim
