// EXPECT: what the scenario itself expects of its tasks, judged at the quiet rest.
#ifndef SIM_SCENARIO_EXPECT_LAW_H_
#define SIM_SCENARIO_EXPECT_LAW_H_

#include "sim/oracle/law.h"
#include "sim/scenario/plan.h"
#include "sim/workload/workload.h"

namespace sim {

// A task that was cancelled has neither completed nor failed.
class ExpectLaw final : public Law {
 public:
  // Neither is owned.
  ExpectLaw(World& world, const ScenarioPlan& plan, const Workload& workload)
      : Law(world, LawId::kExpect), plan_(plan), workload_(workload) {}

  void AtQuiet() override;

 private:
  void Require(size_t task, Workload::Outcome outcome) const;

  const ScenarioPlan& plan_;
  const Workload& workload_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_EXPECT_LAW_H_
