// Every decision of a run that its scenario leaves open is taken by a ChoiceSource.
//
// A run is a pure function of its scenario and the values chosen. Random search, systematic search, replay and
// shrinking are different choice sources, never different simulators. Alternative 0 is always the dullest: no fault, no
// delay, first in line; a tape of zeros is the quiet run.
#ifndef SIM_CHOICE_CHOICE_SOURCE_H_
#define SIM_CHOICE_CHOICE_SOURCE_H_

#include <cstdint>

#include "client/base/name.h"
#include "sim/choice/label.h"

namespace sim {

using client::Name;

// Names the alternatives of a question: who is ready. Valid during Choose() only.
class Alternatives {
 public:
  virtual Name Id(uint32_t index) const = 0;

 protected:
  ~Alternatives() = default;
};

struct Question {
  Label label;
  Name asker;                                // who asks; empty for the scheduler
  uint32_t count;                            // at least 2
  const Alternatives* alternatives = nullptr;  // null where the index says all
};

class ChoiceSource {
 public:
  virtual ~ChoiceSource() = default;

  // Called before the first question of a run.
  virtual void BeginRun() {}

  // Returns a value in [0, question.count). Runs on the host's heap, not in the world's memory.
  virtual uint32_t Choose(const Question& question) = 0;

  // After every step of the loop, also where there was nothing to choose, for sources that watch: which source ran, and
  // what its step touched: connections, pools, payloads, requests, tasks, as a set of 64 bits, each name being one of
  // them (so that what is disjoint here is disjoint, and what meets here may be). Only what is on record in the trace.
  virtual void AfterStep(Name source, uint64_t touched) { (void)source, (void)touched; }
  bool watches() const { return watches_; }

  // False ends the run as one that cannot be continued (strict replay that does not fit). Asked after every step, hence
  // not virtual.
  bool ok() const { return ok_; }

 protected:
  bool ok_ = true;
  bool watches_ = false;
};

}  // namespace sim

#endif  // SIM_CHOICE_CHOICE_SOURCE_H_
