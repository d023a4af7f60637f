// Delay-bounded scheduling. Emmi, Qadeer, Rakamaric: "Delay-bounded scheduling", POPL 2011.
//
// Oldest first, but for a few delays: at each, whoever is first in line is passed over until all who were ready with it
// have had a turn. Most bugs need one or two delays, and a schedule with few of them is easy to read. Fair by itself: a
// run has at most as many delays as its bound.
#ifndef SIM_CHOICE_DELAY_SOURCE_H_
#define SIM_CHOICE_DELAY_SOURCE_H_

#include <array>
#include <cstdint>

#include "sim/choice/schedule_source.h"

namespace sim {

class DelaySource final : public ScheduleSource {
 public:
  static constexpr uint32_t kDelaysMax = 8;

  // `delays` 0: drawn for each run, from 1 to 5.
  explicit DelaySource(uint32_t delays = 0) : delays_(delays) {}

 private:
  // Passed over until the question `until` (that one not included).
  struct Delayed {
    Name name;
    uint64_t until;
  };

  void SeedSchedule() override;
  uint32_t Next(const Question& question) override;
  uint32_t First(const Question& question) const;
  bool IsDelayed(Name name) const;

  uint32_t delays_;
  uint32_t place_count_ = 0;
  std::array<uint64_t, kDelaysMax> places_{};  // questions
  uint32_t delayed_count_ = 0;
  std::array<Delayed, kDelaysMax> delayed_{};
};

}  // namespace sim

#endif  // SIM_CHOICE_DELAY_SOURCE_H_
