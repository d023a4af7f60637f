// SURW: a selectively uniform random walk. Zhao, Wolff, Mathur, Roychoudhury: "Selectively uniform concurrency
// testing", ASPLOS 2025.
//
// Choosing among ready sources with equal chances does not make schedules equally likely: with one of 10 steps and
// one of 1, the single step nearly always comes early. Here a source is chosen with the weight of the steps that it
// has left, as estimated from a profile; where the estimate is exact and nobody blocks, every schedule is equally
// likely.
//
// Half of the runs do so for all sources, the others for those that touch one thing, drawn among the things that at
// least two sources of the profile touch: the order of their steps is uniform, whatever else runs. To that end the
// next of them is drawn by weight, the others are held back until it has run, and everything else runs by equal
// chances meanwhile. If the one that was drawn cannot run and nothing else can, another one is drawn.
#ifndef SIM_CHOICE_SURW_SOURCE_H_
#define SIM_CHOICE_SURW_SOURCE_H_

#include <cstdint>
#include <vector>

#include "sim/choice/schedule_source.h"
#include "sim/choice/source_table.h"

namespace sim {

class SurwSource final : public ScheduleSource {
 public:
  // `selects` false: all sources in every run.
  explicit SurwSource(bool selects = true) : selects_(selects) { watches_ = true; }

  void Use(const Profile& profile) override;
  void AfterStep(Name source, uint64_t touched) override;

 private:
  struct Expected {
    uint32_t steps = 1;
    uint64_t touched = 0;
  };
  struct Left {
    uint32_t steps = 1;
    bool selected = false;
  };

  void SeedSchedule() override;
  uint32_t Next(const Question& question) override;
  Left& LeftOf(Name source);
  // Draws one by weight; `total` is the sum of weights_.
  uint32_t DrawByWeight(uint32_t total);

  bool selects_;
  SourceTable<Expected> expected_;
  std::vector<uint64_t> shared_;  // one bit each: touched by at least two sources

  uint64_t selection_ = 0;  // 0: all
  Name intended_;           // drawn, and has not run yet
  SourceTable<Left> left_;
  std::vector<uint32_t> weights_;  // of the alternatives; 0: not selected
};

}  // namespace sim

#endif  // SIM_CHOICE_SURW_SOURCE_H_
