// Strategies: how a campaign draws the decisions of its runs.
//
// Run i of base seed b always draws the same, whoever runs it and after whatever, so that the first failure does not
// depend on how many processes search. What a strategy has to know of the program comes from a profile, which every
// process makes for itself from the same few runs.
//
//   random         every decision by biased dice (sim/choice/random_source.h); the others differ in loop.next alone
//   pct, pct:D     priorities with D - 1 change points (sim/choice/pct_source.h); without D from 1 to 5, drawn per run
//   pos            random priorities of events, redrawn on races (sim/choice/pos_source.h)
//   surw, urw      by the steps that are left, selectively or of all sources (sim/choice/surw_source.h)
//   delay, delay:D oldest first with D delays (sim/choice/delay_source.h)
#ifndef SIM_EXPLORE_STRATEGY_H_
#define SIM_EXPLORE_STRATEGY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/choice/choice_source.h"
#include "sim/choice/profile.h"
#include "sim/world/runner.h"

namespace sim {

class Strategy {
 public:
  virtual ~Strategy() = default;

  // Whether Use() is to be called before the first run.
  virtual bool wants_profile() const { return false; }
  virtual void Use(const Profile& profile) { (void)profile; }

  // The source of a run; valid until the next call.
  virtual ChoiceSource& ForRun(uint64_t base_seed, uint64_t run) = 0;
};

// Null if there is no strategy of that name.
std::unique_ptr<Strategy> MakeStrategy(absl::string_view name);
const std::vector<std::string>& StrategyNames();  // the default first

// Makes the profile of a program: a few random runs, their outcomes ignored.
Profile MakeProfile(const Program& program, Runner& runner, LawSet laws, uint64_t base_seed);

}  // namespace sim

#endif  // SIM_EXPLORE_STRATEGY_H_
