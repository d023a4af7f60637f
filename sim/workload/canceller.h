// Cancels or abandons one task where the choices say so: at any of its suspensions.
//
// At each suspension of the task the label "task.cancel" is asked, with the task's own canceller as asker:
//   0  it goes on;
//   1  it is cancelled in a step of the canceller's own, as soon as that runs: the task may be woken meanwhile;
//   2  it is cancelled when it has been woken, in the very step in which it would have been resumed;
//   3  it is cancelled after a delay from the label's menu, if it has not ended by then. Not asked again meanwhile;
//   4  it is abandoned: it is not resumed any more, and keeps what it holds until somebody destroys it;
//   5  it goes on, and the session begins to be closed.
// What the ways do not allow is left out, and the rest moves up: a task that may only be abandoned is asked 0 or 1.
#ifndef SIM_WORKLOAD_CANCELLER_H_
#define SIM_WORKLOAD_CANCELLER_H_

#include <cstdint>

#include "client/async/task_group.h"
#include "client/net/event_loop.h"
#include "sim/world/world.h"

namespace sim {

class Canceller final : public client::TaskWatcher {
 public:
  using Callback = void (*)(void* argument);
  // What may happen to the task; null: not that.
  struct Ways {
    Callback cancel = nullptr;   // destroys it; this canceller stays
    Callback abandon = nullptr;  // gives it to whoever destroys it later; this canceller stays until then
    Callback close = nullptr;    // begins to close the session
  };
  // The alternatives where all of that may happen.
  enum Answer : uint32_t { kGoOn, kNow, kWhenWoken, kLater, kAbandon, kClose, kAnswerCount };

  // `task` is the name of the task to be watched (SpawnedTask::set_watcher()).
  Canceller(World& world, Name task, Ways ways, void* argument);

  // The name by which it asks.
  static Name AskerFor(World& world, Name task) { return client::MakeName(world.loop(), task, "cancel"); }

  // The task has ended or was abandoned: nothing is cancelled any more.
  void Disarm();

 private:
  bool Resuming() override;
  void Suspended() override;
  Answer Ask();
  void Now();

  World& world_;
  const Name name_;
  const Ways ways_;
  void* const argument_;
  Source source_;
  client::Runnable now_;
  Timer later_;
  bool when_woken_ = false;
  bool abandoned_ = false;
};

}  // namespace sim

#endif  // SIM_WORKLOAD_CANCELLER_H_
