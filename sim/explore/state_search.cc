#include "sim/explore/state_search.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

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
    : program_(program), limits_(limits), history_(std::move(history)), arena_(Arena::Options{}) {}

void StateSearch::Build() {
  arena_.Reset();
  history_->BeginRun(counts_.runs, /*keep_trace=*/false);
  source_.Play(root_, limits_.bound);
  {
    ArenaScope scope(&arena_);
    world_ = new World(program_.config(), limits_.laws, source_, *history_, outcome_.violation);
    subject_ = program_.Make(*world_).release();
    driver_ = new Driver(*world_, *subject_, *history_);
    driver_->Start();
  }
  fingerprinter_ = std::make_unique<Fingerprinter>(*world_, arena_);
  Weight weight = kAll;
  for (const TurnSource::Node& node : root_) weight /= node.count;
  Push(weight);
}

void StateSearch::Push(Weight weight) {
  if (depth_ == levels_.size()) levels_.push_back(std::make_unique<Level>());
  Level& level = *levels_[depth_++];
  arena_.Mark(&level.snapshot);
  memory_ += level.snapshot.bytes.size();
  level.point = history_->Mark();
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
        memory_ -= level.snapshot.bytes.size();
        --depth_;
        continue;
      }
      arena_.Rewind(level.snapshot);
      history_->Rewind(level.point);
    }
    level.begun = true;
    const Status status = Explore(level);
    if (status != Status::kGoesOn) return status;
  }
  return Status::kGoesOn;
}

StateSearch::Status StateSearch::Explore(Level& level) {
  ++counts_.transitions;
  const uint64_t steps = history_->steps();
  source_.Play(level.path, level.deviations_left);
  const bool alive = GoOn();
  counts_.steps += history_->steps() - steps;
  level.path.resize(source_.asked());
  Weight weight = level.weight;
  for (const TurnSource::Node& node : level.path) weight /= node.count;
  if (!alive) return End(weight);
  Fingerprint state = fingerprinter_->Take();
  state.low ^= source_.deviations_left();  // with fewer left less can follow
  if (!seen_.Insert(state)) {
    Count(weight);
    return Status::kGoesOn;
  }
  ++counts_.states;
  Push(weight);
  if (counts_.states >= limits_.states_max) return Status::kTooManyStates;
  return memory_ > limits_.memory_max ? Status::kTooMuchMemory : Status::kGoesOn;
}

bool StateSearch::GoOn() {
  ArenaScope scope(&arena_);
  const bool any_order = world_->offers(Label::kLoopNext);
  for (;;) {
    if (!driver_->Turn()) return false;
    if (source_.asked() > kAskedMax || (any_order && world_->loop().ready() > 1)) return true;
  }
}

StateSearch::Status StateSearch::End(Weight weight) {
  ++counts_.runs;
  history_->CountRun();
  if (world_->violated()) return Status::kViolated;
  if (!world_->can_go_on()) return Fault("the program asks different questions when it is run again");
  if (!driver_->finished()) return Fault("not at rest within its steps, and NO-SPIN does not judge");
  if (driver_->chaos_ran_out()) return Status::kStepsCount;
  const uint64_t end = subject_->EndState();
  {
    ArenaScope scope(&arena_);
    world_->EndDecisions();
    delete driver_;
    delete subject_;
    delete world_;
  }
  if (arena_.live_blocks() != 0 && limits_.laws.Has(LawId::kNoOrphan)) {
    outcome_.violation = {LawId::kNoOrphan, absl::StrCat(arena_.live_blocks(), " blocks of memory are left"), 0,
                          history_->steps()};
    return Status::kViolated;
  }
  if (ends_.Insert({.low = end})) ++counts_.end_states;
  Count(weight);
  return Status::kGoesOn;
}

StateSearch::Status StateSearch::Fault(const char* what) {
  outcome_.harness_fault = what;
  return Status::kFault;
}

void StateSearch::Count(Weight weight) {
  explored_ += weight;
  counts_.explored_ppm = static_cast<uint64_t>((explored_ >> 26) * 1'000'000 >> 100);
}

}  // namespace sim
