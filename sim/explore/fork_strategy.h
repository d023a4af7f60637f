// Forks at rare states: goes back to where something was first seen, and draws another future from there.
//
// A rare state is half of the way to a bug that needs it, and a search that starts anew has to come to it again each
// time. So the first run that comes to a mark (sim/world/mark.h) or makes a hand-off (coverage.h) that none before it
// did leaves a point: its decisions up to the end of that step. A run begins with those of one point and leaves the
// rest to another strategy: random, pos, surw or delay, in equal shares. What it shows first leaves points of its own,
// so that chains of rare states are climbed step by step ("Go-Explore": Ecoffet et al., Nature 2021; splitting of rare
// events: Kahn and Harris 1951).
//
//   - Every mark leaves a point; of the hand-offs of a run only the first and the last new one do.
//   - Half of the forks are at one of the newest points, since what is seen late is rare; of the others half are at
//     points of marks.
//   - One run in eight begins at the start, and every run until there is a point.
//
// Prefixes are executed again, so that they can be kept on disk, sent to another process, and replayed in a HEAP world.
#ifndef SIM_EXPLORE_FORK_STRATEGY_H_
#define SIM_EXPLORE_FORK_STRATEGY_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/choice/schedule_source.h"
#include "sim/choice/source_table.h"
#include "sim/explore/lesson.h"
#include "sim/explore/sparse_tape.h"
#include "sim/explore/strategy.h"

namespace sim {

// A tape up to a question, and then another source, which watches from the beginning.
class ForkSource final : public ChoiceSource {
 public:
  ForkSource() { watches_ = true; }

  // Starts a run. `future` is not owned.
  void Set(SparseTape prefix, uint64_t questions, ChoiceSource& future);
  void BeginRun() override;
  uint32_t Choose(const Question& question) override { return prefix_.Choose(question); }
  void AfterStep(Name source, uint64_t touched) override;

 private:
  SparseSource prefix_{{}};
  ChoiceSource* future_ = nullptr;
};

class ForkStrategy final : public Strategy {
 public:
  ForkStrategy();

  bool wants_profile() const override { return true; }
  void Use(const Profile& profile) override;
  ChoiceSource& ForRun(uint64_t base_seed, uint64_t run) override;
  bool independent() const override { return false; }
  bool learns() const override { return true; }
  bool Knows(uint64_t key) const override { return seen_.Find(Name::FromId(key)) != nullptr; }
  void Learn(const Lesson& lesson) override;

  // For tests.
  size_t points() const { return points_.size(); }

 private:
  static constexpr size_t kPointsMax = 1024;  // then the oldest goes

  struct Point {
    std::vector<PlacedDecision> decisions;  // before `questions`
    uint64_t questions = 0;
    bool of_mark = false;
  };
  struct Nothing {};

  void Add(const Lesson& lesson, size_t key);
  const Point& Pick(Prng& prng) const;

  SourceTable<Nothing> seen_;
  std::vector<Point> points_;
  size_t oldest_ = 0;  // once it is full
  RandomSource random_;
  std::array<std::unique_ptr<ScheduleSource>, 3> schedules_;
  ForkSource fork_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_FORK_STRATEGY_H_
