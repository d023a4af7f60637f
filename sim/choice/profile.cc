#include "sim/choice/profile.h"

#include <algorithm>

namespace sim {

uint32_t Profiler::Choose(const Question& question) {
  if (question.label == Label::kLoopNext) questions_max_ = std::max(questions_max_, ++questions_);
  return random_.Choose(question);
}

void Profiler::AfterStep(Name source, uint64_t touched) {
  const auto [index, is_new] = index_.Insert(source);
  if (is_new) {
    *index = static_cast<uint32_t>(counts_.size());
    counts_.push_back({source, 0, 0, 0, 0});
  }
  Count& count = counts_[*index];
  ++count.steps;
  count.touched |= touched;
  if (count.last_run == run_) return;
  count.last_run = run_;
  ++count.runs;
}

Profile Profiler::Result() const {
  Profile profile;
  profile.questions = questions_max_;
  for (const Count& count : counts_) {
    const uint64_t runs = std::max<uint64_t>(count.runs, 1);
    profile.sources.push_back({count.name, std::max<uint64_t>((count.steps + runs / 2) / runs, 1), count.touched});
  }
  return profile;
}

}  // namespace sim
