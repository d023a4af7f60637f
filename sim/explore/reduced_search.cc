#include "sim/explore/reduced_search.h"

#include <algorithm>

namespace sim {
namespace {

using Set = uint32_t;

constexpr Set Only(uint32_t source) { return Set{1} << source; }

template <class Visit>
void ForEach(Set set, Visit visit) {
  for (; set != 0; set &= set - 1) visit(static_cast<uint32_t>(std::countr_zero(set)));
}

template <class Clock>
void Merge(Clock& clock, const Clock& other) {
  for (size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}

}  // namespace

uint32_t WantSource::Choose(const Question& question) {
  if (question.label != Label::kLoopNext) return 0;
  for (uint32_t i = 0; i < question.count; ++i) {
    if (question.alternatives->Id(i) == wanted_) return i;
  }
  ok_ = false;
  return 0;
}

ReducedSearch::ReducedSearch(const Program& program, const Limits& limits, std::shared_ptr<History> history)
    : limits_(limits), searched_(program, limits.laws, limits.sameness, std::move(history)) {}

bool ReducedSearch::CanReduce(const Program& program, std::shared_ptr<History> history) {
  Offers offers = program.config().offers;
  if (!offers.Has(Label::kLoopNext)) return false;
  for (size_t i = 0; i < kLabelCount; ++i) {
    if (static_cast<Label>(i) != Label::kLoopNext && offers.Has(static_cast<Label>(i))) return false;
  }
  WantSource source;
  SearchedWorld searched(program, LawSet::None(), Sameness::kShape, std::move(history));
  searched.Build(source, 0);
  return searched.subject().footprint() != nullptr;
}

ReducedSearch::Level& ReducedSearch::Push() {
  if (depth_ == levels_.size()) levels_.push_back(std::make_unique<Level>());
  Level& now = *levels_[depth_++];
  now.ready = now.wanted = now.done = now.asleep = 0;
  now.future.fill({});
  now.last.fill(0);
  now.waker.fill(0);
  now.is_kept = false;
  now.place.snapshot.bytes.clear();
  counts_.depth = std::max<uint64_t>(counts_.depth, depth_);
  return now;
}

uint32_t ReducedSearch::SourceOf(Name name) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end() && names_.size() < kSources) return names_.push_back(name), names_.size() - 1;
  if (found == names_.end()) status_ = Status::kUnfit;
  return found == names_.end() ? 0 : static_cast<uint32_t>(found - names_.begin());
}

ReducedSearch::Set ReducedSearch::Ready() {
  Set ready = 0;
  Scheduler& loop = searched_.world().loop();
  for (uint32_t i = 0; i < loop.ready(); ++i) ready |= Only(SourceOf(loop.ready_source(i).name()));
  if (!loop.timers().empty()) status_ = Status::kUnfit;
  return ready;
}

ReducedSearch::Status ReducedSearch::Advance(uint64_t transitions) {
  for (uint64_t i = 0; i < transitions && status_ == Status::kGoesOn; ++i) {
    if (!built_) {
      built_ = true;
      searched_.Build(source_, 0);
      if (searched_.world().loop().ready() == 0) return status_ = Status::kUnfit;
      Level& first = Push();
      first.ready = Ready();
      if (status_ == Status::kGoesOn) Enter(first);
      continue;
    }
    if (depth_ == 0) {
      counts_.explored_ppm = 1'000'000;
      return status_ = Status::kExhausted;
    }
    Level& now = level(depth_ - 1);
    const Set left = now.wanted & ~now.done & ~now.asleep;
    if (left == 0) {
      Pop();
      continue;
    }
    if (now.done != 0) searched_.GoBack(now.place);
    status_ = Take(static_cast<uint32_t>(std::countr_zero(left)));
  }
  return status_;
}

ReducedSearch::Status ReducedSearch::Take(uint32_t source) {
  Level& before = level(depth_ - 1);
  ++counts_.transitions;
  ++counts_.steps;
  source_.Want(names_[source]);
  *searched_.subject().footprint() = {};
  const bool alive = searched_.Turn();
  before.step = {.source = source, .footprint = *searched_.subject().footprint()};
  *searched_.subject().footprint() = {};
  before.next[source] = before.step.footprint;
  FindRaces(before);
  before.future[source].Add(before.step.footprint);
  if (!alive || searched_.world().loop().ready() == 0) {
    before.done |= Only(source);
    return End(alive);
  }
  const Set ready = Ready();
  Level& now = Push();
  Level& parent = level(depth_ - 2);
  now.ready = ready;
  Inherit(parent, now);
  parent.done |= Only(source);
  if (status_ == Status::kGoesOn && !Enter(now)) Pop();
  if (counts_.states >= limits_.states_max) return Status::kTooManyStates;
  return memory_ > limits_.memory_max ? Status::kTooMuchMemory : status_;
}

void ReducedSearch::Inherit(const Level& before, Level& now) {
  const Step& step = before.step;
  now.last = before.last;
  now.waker = before.waker;
  now.last[step.source] = static_cast<uint16_t>(depth_ - 1);
  now.waker[step.source] = 0;
  ForEach(now.ready & ~before.ready, [&](uint32_t source) { now.waker[source] = now.last[step.source]; });
  ForEach((before.asleep | before.done) & now.ready & ~Only(step.source), [&](uint32_t source) {
    if (before.next[source].Meets(step.footprint)) return;
    now.asleep |= Only(source);
    now.next[source] = before.next[source];
  });
}

bool ReducedSearch::Enter(Level& now) {
  if (std::popcount(now.ready) > 1) {
    if (!Visit(now)) return false;
    searched_.Mark(&now.place);
    memory_ += now.place.snapshot.bytes.size();
  }
  // One who is awake; who else must be tried is found out behind it.
  const Set awake = now.ready & ~now.asleep;
  if (awake == 0) return false;
  const Set same = depth_ > 1 ? awake & Only(level(depth_ - 2).step.source) : 0;
  now.wanted = same != 0 ? same : awake & (~awake + 1);
  return true;
}

bool ReducedSearch::Visit(Level& now) {
  now.state = searched_.Take();
  auto [state, is_new] = states_.Find(now.state);
  if (!is_new) {
    if (state->summary == StateTable::kOnTheWay) {
      status_ = Status::kUnfit;
      return false;
    }
    if ((state->asleep & ~now.asleep) == 0) {
      const Summary& future = summaries_[state->summary];
      now.future = future;
      FindRacesWith(future, now);
      return false;
    }
    now.asleep &= state->asleep;
  }
  now.is_kept = true;
  state->asleep = now.asleep;
  state->summary = StateTable::kOnTheWay;
  counts_.states = states_.size();
  return true;
}

void ReducedSearch::Pop() {
  Level& now = level(depth_ - 1);
  if (now.is_kept) states_.Find(now.state).first->summary = Intern(now.future);
  memory_ -= now.place.snapshot.bytes.size();
  if (--depth_ == 0) return;
  Level& before = level(depth_ - 1);
  for (uint32_t i = 0; i < kSources; ++i) before.future[i].Add(now.future[i]);
}

ReducedSearch::Status ReducedSearch::End(bool alive) {
  for (; alive; alive = searched_.Turn()) {
    if (searched_.world().loop().ready() != 0 || !searched_.world().loop().timers().empty()) return Status::kUnfit;
  }
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
  return Status::kGoesOn;
}

void ReducedSearch::FindRaces(Level& before) {
  Step& step = before.step;
  const uint32_t source = step.source;
  step.clock.fill(0);
  races_.clear();
  for (const uint16_t earlier : {before.last[source], before.waker[source]}) {
    if (earlier != 0) Merge(step.clock, level(earlier - 1u).step.clock);
  }
  for (size_t i = depth_ - 1; i-- > 0;) {
    const Step& other = level(i).step;
    if (step.clock[other.source] > i || !other.footprint.Meets(step.footprint)) continue;
    races_.push_back(i);
    Merge(step.clock, other.clock);
  }
  step.clock[source] = static_cast<uint16_t>(depth_);
  for (const size_t i : races_) Reverse(i, depth_, 0);
}

void ReducedSearch::FindRacesWith(const Summary& future, const Level& now) {
  Set touching = 0;
  for (uint32_t source = 0; source < names_.size(); ++source) {
    if (!(future[source] == Footprint())) touching |= Only(source);
  }
  for (uint32_t source = 0; source < names_.size(); ++source) {
    if (future[source] == Footprint()) continue;
    Clock clock{};
    for (const uint16_t earlier : {now.last[source], now.waker[source]}) {
      if (earlier != 0) Merge(clock, level(earlier - 1u).step.clock);
    }
    for (size_t i = depth_ - 1; i-- > 0;) {
      const Step& other = level(i).step;
      if (clock[other.source] > i || !other.footprint.Meets(future[source])) continue;
      Set moved = 0;
      for (size_t k = i; k + 1 < depth_; ++k) moved |= Only(level(k).step.source);
      Reverse(i, depth_ - 1, touching & ~moved);
    }
  }
}

void ReducedSearch::Reverse(size_t i, size_t end, Set later) {
  Level& at = level(i);
  // Of the sources whose steps do not come behind that one: the first who can begin, and all.
  Set first = 0, others = 0;
  for (size_t k = i + 1; k < end; ++k) {
    const Step& step = level(k).step;
    const bool is_the_other = k + 1 == depth_;
    if (step.clock[at.step.source] > i && !is_the_other) continue;
    bool begins = (others & Only(step.source)) == 0;
    for (size_t m = i + 1; m < k && begins; ++m) {
      const Step& earlier = level(m).step;
      begins = earlier.clock[at.step.source] > i || step.clock[earlier.source] <= m;
    }
    others |= Only(step.source);
    if (!begins) continue;
    if ((Only(step.source) & at.wanted) != 0) return;
    if (first == 0) first = Only(step.source);
  }
  at.wanted |= first != 0 ? first : at.ready & later;
}

uint32_t ReducedSearch::Intern(const Summary& summary) {
  std::array<uint64_t, 2 * kSources> key;
  for (size_t i = 0; i < kSources; ++i) {
    key[2 * i] = summary[i].reads;
    key[2 * i + 1] = summary[i].writes;
  }
  const auto [found, is_new] = summary_numbers_.try_emplace(key, static_cast<uint32_t>(summaries_.size()));
  if (is_new) summaries_.push_back(summary);
  return found->second;
}

}  // namespace sim
