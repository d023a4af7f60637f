// The storms of a run, written down: tasks whose steps are what their users drew.
//
// A storm draws what comes next ("workload.more", "workload.next", sizes of parts); for a person a list of steps says
// more, and steps can be taken out one by one. The draws are read from the run's tape in the order in which
// sim/workload/storm.cc makes them. Where the tape has no more of them a task was ended; its steps end there as well.
#ifndef SIM_SCENARIO_WRITTEN_STORM_H_
#define SIM_SCENARIO_WRITTEN_STORM_H_

#include "sim/explore/sparse_tape.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/plan.h"
#include "sim/world/history.h"

namespace sim {

// `plan` is that of `scenario`, `history` of a run of it, `tape` its sparse tape: what the storms drew is taken off it,
// and who has another name now is renamed. False, with nothing changed, if there is no storm.
bool WriteStorms(const ScenarioPlan& plan, const History& history, Scenario* scenario, SparseTape* tape);

}  // namespace sim

#endif  // SIM_SCENARIO_WRITTEN_STORM_H_
