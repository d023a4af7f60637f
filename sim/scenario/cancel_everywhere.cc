#include "sim/scenario/cancel_everywhere.h"

namespace sim {

ScenarioPlan CancelEverywhere(ScenarioPlan plan) {
  plan.recipe.insert(0, kCancelRecipe);
  for (TaskPlan& task : plan.tasks) task.may_cancel = task.may_abandon = task.may_close = true;
  plan.cancel_closing = true;
  for (const Label label : {Label::kTaskCancel, Label::kGcCollect, Label::kGcOrder}) plan.world.offers.Add(label);
  plan.completed.clear();
  plan.failed.clear();
  return plan;
}

}  // namespace sim
