#include "sim/explore/classroom.h"

#include <algorithm>

#include "sim/explore/host_clock.h"

namespace sim {

Classroom::Classroom(const std::vector<LessonLog*>& logs, size_t job, const Plan& plan)
    : logs_(logs), job_(job), plan_(plan), offsets_(logs.size(), 0) {}

bool Classroom::Enter(uint64_t run, Strategy& strategy, absl::FunctionRef<bool()> may_go_on) {
  const uint64_t epoch = EpochOf(run);
  if (epoch < entered_) return true;
  logs_[job_]->set_epochs_done(epoch);
  for (; entered_ <= epoch; ++entered_) {
    const uint64_t needed = entered_ < 2 ? 0 : entered_ - 1;
    for (const LessonLog* log : logs_) {
      while (log->epochs_done() < needed) {
        if (!may_go_on()) return false;
        HostPause();
      }
    }
    while (Next(needed)) strategy.Learn(lesson_);
    const uint64_t runs_before = entered_ * Strategy::kEpochRuns;
    strategy.BeginEpoch({entered_, plan_.base_seed, plan_.first + runs_before * plan_.stride, plan_.stride});
  }
  return true;
}

bool Classroom::Next(uint64_t epochs) {
  size_t next = logs_.size();
  uint64_t next_run = 0;
  for (size_t i = 0; i < logs_.size(); ++i) {
    uint64_t run;
    if (!logs_[i]->PeekRun(offsets_[i], &run) || EpochOf(run) >= epochs) continue;
    if (next != logs_.size() && run > next_run) continue;
    next = i;
    next_run = run;
  }
  if (next == logs_.size()) return false;
  offsets_[next] = logs_[next]->Read(offsets_[next], &lesson_);
  return true;
}

void Classroom::Gather(std::vector<Lesson>* lessons) {
  while (Next(LessonLog::kAllEpochs)) lessons->push_back(lesson_);
}

void Classroom::Collect(Strategy& strategy, std::vector<Lesson>* corpus) {
  offsets_.assign(logs_.size(), 0);
  while (Next(LessonLog::kAllEpochs)) {
    const auto knows = [&strategy](uint64_t key) { return strategy.Knows(key); };
    if (std::all_of(lesson_.keys.begin(), lesson_.keys.end(), knows)) continue;
    strategy.Learn(lesson_);
    corpus->push_back(lesson_);
  }
}

void Classroom::Tell(uint64_t run, const Strategy& strategy, const std::vector<uint64_t>& keys,
                     const std::vector<uint64_t>& places, const Tape& tape) {
  lesson_.keys.clear();
  lesson_.places.clear();
  for (size_t i = 0; i < keys.size(); ++i) {
    if (strategy.Knows(keys[i])) continue;
    lesson_.keys.push_back(keys[i]);
    lesson_.places.push_back(places[i]);
  }
  if (lesson_.keys.empty()) return;
  lesson_.run = run;
  lesson_.questions = tape.size();
  lesson_.decisions.clear();
  const auto decisions = std::count_if(tape.begin(), tape.end(), [](const TapeEntry& e) { return e.index != 0; });
  if (static_cast<uint64_t>(decisions) <= kDecisionsMax) lesson_.decisions = Placed(tape.begin(), tape.end());
  logs_[job_]->Append(lesson_);
}

}  // namespace sim
