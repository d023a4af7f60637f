// Strategies: how a campaign draws the decisions of its runs.
//
// Run i of base seed b always draws the same, whoever makes it, so that the first failure does not depend on how many
// processes search. What a strategy has to know of the program comes from a profile, which every process makes for
// itself from the same few runs. Some strategies learn, from lessons that reach every process after the same number
// of runs (lesson_log.h); what they draw depends on the runs before, of the same shard: their failures are known by
// their tapes.
//
//   random         every decision by biased dice (sim/choice/random_source.h); the others differ in loop.next alone
//   pct, pct:D     priorities with D - 1 change points (sim/choice/pct_source.h); without D from 1 to 5, drawn per run
//   pos            random priorities of events, redrawn on races (sim/choice/pos_source.h)
//   surw, urw      by the steps that are left, selectively or of all sources (sim/choice/surw_source.h)
//   delay, delay:D oldest first with D delays (sim/choice/delay_source.h)
//   guided         mutations of tapes that have shown something new (guided_strategy.h); learns
//   fork           goes back to where something was first seen, and draws another future (fork_strategy.h); learns
//   portfolio      all of these in turn, the more often the more they have found lately (portfolio_strategy.h); learns
//   enumerate, enumerate:B
//                  one run after the other, depth first (sim/choice/enumerate_source.h); with at most B deviations from
//                  the dullest choices. Run i is the i-th of this order, so that one process makes them all. Ends by
//                  itself.
#ifndef SIM_EXPLORE_STRATEGY_H_
#define SIM_EXPLORE_STRATEGY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/choice/choice_source.h"
#include "sim/choice/profile.h"
#include "sim/choice/tape.h"
#include "sim/explore/lesson.h"
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

  // Whether the last run's decisions were drawn without regard to what other runs have shown.
  virtual bool independent() const { return true; }

  // Who made the last run, if it is made of several strategies: an index into arms(), their names.
  virtual size_t arm() const { return 0; }
  virtual std::vector<std::string> arms() const { return {}; }

  // Whether it is told what runs have shown. Learn() gets, in the order of the runs, the lessons with keys that were
  // not Known() when the run was made. BeginEpoch() comes before the first run of each epoch, in order, and after the
  // lessons of all epochs up to epoch - 2; the runs of an epoch are first, first + stride, ...: kEpochRuns of them.
  static constexpr uint64_t kEpochRuns = 64;
  struct Epoch {
    uint64_t number;  // from 0
    uint64_t base_seed, first, stride;
  };
  virtual bool learns() const { return false; }
  virtual bool Knows(uint64_t key) const { return (void)key, true; }
  virtual void Learn(const Lesson& lesson) { (void)lesson; }
  virtual void BeginEpoch(const Epoch& epoch) { (void)epoch; }

  // Whether runs are to be made one after the other by one process, from 1 on. After each, Advance() goes on to the
  // next one: false if that was the last. A process that takes over begins with ResumeAfter() the tape of the last
  // run, which advances as well.
  virtual bool sequential() const { return false; }
  virtual bool Advance() { return true; }
  virtual bool ResumeAfter(const std::vector<TapeEntry>& tape) { return (void)tape, true; }
};

// Null if there is no strategy of that name.
std::unique_ptr<Strategy> MakeStrategy(absl::string_view name);
const std::vector<std::string>& StrategyNames();  // the default first

// Makes the profile of a program: a few random runs, their outcomes ignored.
Profile MakeProfile(const Program& program, Runner& runner, LawSet laws, uint64_t base_seed);

}  // namespace sim

#endif  // SIM_EXPLORE_STRATEGY_H_
