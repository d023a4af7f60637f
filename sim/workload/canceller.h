// Cancels one task where the choices say so: at any of its suspensions.
//
// At each suspension of the task the label "task.cancel" is asked, with the task's own canceller as asker:
//   0  it goes on;
//   1  it is cancelled in a step of the canceller's own, as soon as that runs: the task may be woken meanwhile;
//   2  it is cancelled when it has been woken, in the very step in which it would have been resumed;
//   3  it is cancelled after a delay from the label's menu, if it has not ended by then. Not asked again meanwhile.
#ifndef SIM_WORKLOAD_CANCELLER_H_
#define SIM_WORKLOAD_CANCELLER_H_

#include <cstdint>

#include "client/async/task_group.h"
#include "client/net/event_loop.h"
#include "sim/world/world.h"

namespace sim {

class Canceller final : public client::TaskWatcher {
 public:
  // Destroys the task that is watched; this canceller stays.
  using Cancel = void (*)(void* argument);

  // `task` is the name of the task to be watched (SpawnedTask::set_watcher()).
  Canceller(World& world, Name task, Cancel cancel, void* argument);

  // The task has ended: nothing is cancelled any more.
  void Disarm();

 private:
  bool Resuming() override;
  void Suspended() override;
  void Now();

  World& world_;
  const Name name_;
  const Cancel cancel_;
  void* const argument_;
  Source source_;
  client::Runnable now_;
  Timer later_;
  bool when_woken_ = false;
};

}  // namespace sim

#endif  // SIM_WORKLOAD_CANCELLER_H_
