// POS: partial order sampling. Yuan, Yang, Gu: "Partial order aware concurrency sampling", CAV 2018.
//
// Every pending event has a random priority of its own, and the highest of those that are ready runs. A source's next
// step is another event and draws anew; so do the pending ones that race with the step that was just made. Redrawing
// makes all orders of racing steps likely, while steps that race with nobody do not spend chances.
//
// Who races is guessed: a pending step is taken to touch what its source's steps have touched in this run, and to race
// with a step that has touched some of that. The guess decides about priorities alone; every schedule stays possible
// whatever it says, so nothing rests on its being right. Sources that touch nothing on record race with nobody.
#ifndef SIM_CHOICE_POS_SOURCE_H_
#define SIM_CHOICE_POS_SOURCE_H_

#include <cstdint>

#include "sim/choice/schedule_source.h"
#include "sim/choice/source_table.h"

namespace sim {

class PosSource final : public ScheduleSource {
 public:
  PosSource() { watches_ = true; }

  void AfterStep(Name source, uint64_t touched) override;

 private:
  struct Pending {
    uint64_t touched = 0;  // by the source's steps so far
    uint32_t event = 0;    // which draw its priority is
  };

  void SeedSchedule() override;
  uint32_t Next(const Question& question) override;

  uint64_t salt_ = 0;
  uint64_t touched_ = 0;  // since the last question
  SourceTable<Pending> pending_;
};

}  // namespace sim

#endif  // SIM_CHOICE_POS_SOURCE_H_
