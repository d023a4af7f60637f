#include "sim/explore/fork_strategy.h"

#include <algorithm>
#include <utility>

#include "sim/choice/delay_source.h"
#include "sim/choice/pos_source.h"
#include "sim/choice/surw_source.h"
#include "sim/explore/coverage.h"

namespace sim {
namespace {

constexpr uint32_t kNewest = 16;
constexpr int kTries = 8;  // at finding the point of a mark

uint32_t Below(Prng& prng, size_t n) { return prng.Below(static_cast<uint32_t>(n)); }

}  // namespace

void ForkSource::Set(SparseTape prefix, uint64_t questions, ChoiceSource& future) {
  future_ = &future;
  prefix_ = SparseSource(std::move(prefix), &future, questions);
}

void ForkSource::BeginRun() { prefix_.BeginRun(); }

void ForkSource::AfterStep(Name source, uint64_t touched) {
  if (future_->watches()) future_->AfterStep(source, touched);
}

ForkStrategy::ForkStrategy() {
  schedules_[0] = std::make_unique<PosSource>();
  schedules_[1] = std::make_unique<SurwSource>();
  schedules_[2] = std::make_unique<DelaySource>();
}

void ForkStrategy::Use(const Profile& profile) {
  for (const std::unique_ptr<ScheduleSource>& schedule : schedules_) schedule->Use(profile);
}

void ForkStrategy::Learn(const Lesson& lesson) {
  constexpr size_t kNone = ~size_t{0};
  size_t first = kNone;
  size_t last = kNone;
  for (size_t i = 0; i < lesson.keys.size(); ++i) {
    if (!seen_.Insert(Name::FromId(lesson.keys[i])).second) continue;
    if (HandoffCoverage::IsMark(lesson.keys[i])) {
      Add(lesson, i);
      continue;
    }
    if (first == kNone) first = i;
    last = i;
  }
  if (first != kNone) Add(lesson, first);
  if (first != last) Add(lesson, last);
}

void ForkStrategy::Add(const Lesson& lesson, size_t key) {
  Point point;
  point.questions = lesson.places[key];
  point.of_mark = HandoffCoverage::IsMark(lesson.keys[key]);
  // Nothing is left to be drawn behind the last question, nor can a tape be cut that was not kept.
  if (point.questions >= lesson.questions || lesson.decisions.empty()) return;
  for (const PlacedDecision& placed : lesson.decisions) {
    if (placed.place < point.questions) point.decisions.push_back(placed);
  }
  if (points_.size() < kPointsMax) {
    points_.push_back(std::move(point));
  } else {
    points_[oldest_] = std::move(point);
    oldest_ = (oldest_ + 1) % kPointsMax;
  }
}

const ForkStrategy::Point& ForkStrategy::Pick(Prng& prng) const {
  const size_t size = points_.size();
  if (prng.Chance(128)) {
    const size_t newest = oldest_ + size - 1;
    return points_[(newest - Below(prng, std::min<size_t>(size, kNewest))) % size];
  }
  const bool of_mark = prng.Chance(128);
  size_t i = Below(prng, size);
  for (int tries = 1; tries < kTries && of_mark && !points_[i].of_mark; ++tries) i = Below(prng, size);
  return points_[i];
}

ChoiceSource& ForkStrategy::ForRun(uint64_t base_seed, uint64_t run) {
  const uint64_t seed = RunSeed(base_seed, run);
  random_.Seed(seed);
  Prng prng(Mix(seed ^ 0x3c6ef372fe94f82bu));
  ChoiceSource* future = &random_;
  const size_t which = Below(prng, schedules_.size() + 1);
  if (which < schedules_.size()) {
    schedules_[which]->Seed(seed);
    future = schedules_[which].get();
  }
  if (points_.empty() || prng.Chance(32)) return *future;
  const Point& point = Pick(prng);
  SparseTape prefix;
  prefix.reserve(point.decisions.size());
  for (const PlacedDecision& placed : point.decisions) prefix.push_back(placed.decision);
  fork_.Set(std::move(prefix), point.questions, *future);
  return fork_;
}

}  // namespace sim
