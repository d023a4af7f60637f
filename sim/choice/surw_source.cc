#include "sim/choice/surw_source.h"

#include <algorithm>

namespace sim {
namespace {

constexpr uint64_t kStepsMax = 1 << 14;  // so that sums of weights stay below 2^32: 65 535 alternatives

}  // namespace

void SurwSource::Use(const Profile& profile) {
  ScheduleSource::Use(profile);
  expected_.Clear();
  shared_.clear();
  uint64_t once = 0;
  uint64_t twice = 0;
  for (const Profile::OfSource& source : profile.sources) {
    *expected_.Insert(source.name).first = {static_cast<uint32_t>(std::min(source.steps, kStepsMax)), source.touched};
    twice |= once & source.touched;
    once |= source.touched;
  }
  for (; twice != 0; twice &= twice - 1) shared_.push_back(twice & (~twice + 1));
}

void SurwSource::SeedSchedule() {
  const bool all = !selects_ || prng().Chance(128) || shared_.empty();
  selection_ = all ? 0 : shared_[prng().Below(static_cast<uint32_t>(shared_.size()))];
  intended_ = Name();
  left_.Clear();
}

SurwSource::Left& SurwSource::LeftOf(Name source) {
  const auto [left, is_new] = left_.Insert(source);
  if (!is_new) return *left;
  const Expected* expected = expected_.Find(source);
  const Expected of_unknown;
  if (expected == nullptr) expected = &of_unknown;
  *left = {expected->steps, selection_ == 0 || (expected->touched & selection_) != 0};
  return *left;
}

void SurwSource::AfterStep(Name source, uint64_t) {
  Left& left = LeftOf(source);
  if (left.steps > 1) --left.steps;
  if (source == intended_) intended_ = Name();
}

uint32_t SurwSource::DrawByWeight(uint32_t total) {
  uint32_t at = prng().Below(total);
  uint32_t i = 0;
  while (at >= weights_[i]) at -= weights_[i++];
  return i;
}

uint32_t SurwSource::Next(const Question& question) {
  if (weights_.size() < question.count) weights_.resize(question.count);
  uint32_t total = 0;
  uint32_t others = 0;
  uint32_t intended = question.count;
  for (uint32_t i = 0; i < question.count; ++i) {
    const Name name = question.alternatives->Id(i);
    const Left& left = LeftOf(name);
    weights_[i] = left.selected ? left.steps : 0;
    total += weights_[i];
    if (!left.selected) ++others;
    if (name == intended_) intended = i;
  }
  if (intended == question.count && total > 0 && (intended_.empty() || others == 0)) {
    intended = DrawByWeight(total);
    intended_ = question.alternatives->Id(intended);
  }
  if (others == 0) return intended;
  uint32_t at = prng().Below(others + (intended != question.count ? 1 : 0));
  if (at == others) return intended;
  uint32_t i = 0;
  while (weights_[i] != 0 || at-- != 0) ++i;
  return i;
}

}  // namespace sim
