// A scenario in which every task may be cancelled and abandoned, at any of its suspensions, and the session be closed,
// by a task that may be cancelled and abandoned as well.
#ifndef SIM_SCENARIO_CANCEL_EVERYWHERE_H_
#define SIM_SCENARIO_CANCEL_EVERYWHERE_H_

#include "sim/scenario/plan.h"

namespace sim {

// Stands in front of the scenario's own recipe.
inline constexpr char kCancelRecipe[] = "cancel everywhere\n";

// What the scenario expects of its tasks is taken out of it: who is cancelled keeps no promise. All laws stay.
ScenarioPlan CancelEverywhere(ScenarioPlan plan);

}  // namespace sim

#endif  // SIM_SCENARIO_CANCEL_EVERYWHERE_H_
