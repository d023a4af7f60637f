#include "sim/explore/state_search.h"

#include <algorithm>

namespace sim {

uint32_t TurnSource::Choose(const Question& question) {
  if (asked_ == path_->size()) {
    path_->push_back({0, question.count, deviations_left_ > 0});
    if (deviations_left_ == 0) was_bound_ = true;
  }
  const Node& node = (*path_)[asked_++];
  if (node.count != question.count) {
    ok_ = false;
    return 0;
  }
  if (node.index != 0 && deviations_left_ != StateSearch::kNoBound) --deviations_left_;
  return node.index;
}

bool TurnSource::Next(std::vector<Node>& path) {
  while (!path.empty()) {
    if (path.back().free && ++path.back().index < path.back().count) return true;
    path.pop_back();
  }
  return false;
}

StateSearch::StateSearch(const Program& program, const Limits& limits, std::shared_ptr<History> history)
    : limits_(limits), searched_(program, limits.laws, limits.sameness, std::move(history)) {}

void StateSearch::Build() {
  source_.Play(root_, limits_.bound);
  searched_.Build(source_, counts_.runs);
  Weight weight = kAll;
  for (const TurnSource::Node& node : root_) weight /= node.count;
  Push(weight);
}

void StateSearch::Push(Weight weight) {
  if (depth_ == levels_.size()) levels_.push_back(std::make_unique<Level>());
  Level& level = *levels_[depth_++];
  searched_.Mark(&level.place);
  memory_ += level.place.snapshot.bytes.size();
  level.path.clear();
  level.weight = weight;
  level.deviations_left = source_.deviations_left();
  level.begun = false;
  counts_.depth = std::max<uint64_t>(counts_.depth, depth_);
}

StateSearch::Status StateSearch::Advance(uint64_t transitions) {
  for (uint64_t i = 0; i < transitions; ++i) {
    if (depth_ == 0) {
      if (built_ && !TurnSource::Next(root_)) {
        if (complete()) counts_.explored_ppm = 1'000'000;  // shares that do not come out even are rounded down
        return Status::kExhausted;
      }
      built_ = true;
      Build();
    }
    Level& level = *levels_[depth_ - 1];
    if (level.begun) {
      if (!TurnSource::Next(level.path)) {
        memory_ -= level.place.snapshot.bytes.size();
        --depth_;
        continue;
      }
      searched_.GoBack(level.place);
    }
    level.begun = true;
    const Status status = Explore(level);
    if (status != Status::kGoesOn) return status;
  }
  return Status::kGoesOn;
}

StateSearch::Status StateSearch::Explore(Level& level) {
  ++counts_.transitions;
  const uint64_t steps = searched_.history().steps();
  source_.Play(level.path, level.deviations_left);
  const bool alive = GoOn();
  counts_.steps += searched_.history().steps() - steps;
  level.path.resize(source_.asked());
  Weight weight = level.weight;
  for (const TurnSource::Node& node : level.path) weight /= node.count;
  if (!alive) return End(weight);
  // With fewer deviations left less can follow.
  const uint32_t left = std::min(source_.deviations_left(), FingerprintSet::kMostLeft);
  if (!seen_.Insert(searched_.Take(), left)) {
    Count(weight);
    return Status::kGoesOn;
  }
  counts_.states = seen_.size();
  Push(weight);
  if (counts_.states >= limits_.states_max) return Status::kTooManyStates;
  return memory_ > limits_.memory_max ? Status::kTooMuchMemory : Status::kGoesOn;
}

bool StateSearch::GoOn() {
  const World& world = searched_.world();
  const bool any_order = world.offers(Label::kLoopNext);
  for (;;) {
    if (!searched_.Turn()) return false;
    if (source_.asked() > kAskedMax || (any_order && world.loop().ready() > 1)) return true;
  }
}

StateSearch::Status StateSearch::End(Weight weight) {
  ++counts_.runs;
  uint64_t end_state = 0;
  switch (searched_.End(&end_state)) {
    case SearchedWorld::Ending::kHeld: break;
    case SearchedWorld::Ending::kViolated: return Status::kViolated;
    case SearchedWorld::Ending::kStepsCount: return Status::kStepsCount;
    case SearchedWorld::Ending::kFault: return Status::kFault;
  }
  end_states_.insert(end_state);
  counts_.end_states = end_states_.size();
  Count(weight);
  return Status::kGoesOn;
}

void StateSearch::Count(Weight weight) {
  explored_ += weight;
  counts_.explored_ppm = static_cast<uint64_t>((explored_ >> 26) * 1'000'000 >> 100);
}

}  // namespace sim
