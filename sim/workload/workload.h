// The users of the client: tasks made of steps, as a scenario lists them.
//
// It reports to a WorkloadObserver what it did and saw, each operation with exactly one end, and never judges: whether
// the bytes it was given are the right ones is the business of the laws.
//
//   1. A task is named by its id, its requests are its children: "mirror/upload", "download/get#2". Every request
//      carries the id of its name in the header field kRequestHeader, so that servers can say which one they mean.
//   2. A failing operation ends its task, unless the step says may_fail. What the task still holds is then dropped.
//   3. A task with may_cancel is cancelled where the label "task.cancel" says so. It is asked at each suspension; see
//      canceller.h.
//   4. Bodies of requests are patterns (sim/world/pattern.h) of the request's name, made as they are asked for.
#ifndef SIM_WORKLOAD_WORKLOAD_H_
#define SIM_WORKLOAD_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/async/task_group.h"
#include "client/client_session.h"
#include "sim/net/wire_observer.h"
#include "sim/scenario/plan.h"
#include "sim/workload/canceller.h"
#include "sim/world/world.h"

namespace sim {

class Workload {
 public:
  enum class Outcome : uint8_t { kRunning, kCompleted, kFailed, kCancelled };

  // Nothing is owned. `plan` outlives the workload's names.
  Workload(World& world, const ScenarioPlan& plan, client::ClientSession& session, WorkloadObserver& observer);
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  ~Workload();  // cancels what is left

  void Start();

  // Spawns a task that closes the session, as the plan says.
  void CloseSession();

  Outcome outcome(size_t task) const { return runs_[task]->outcome; }
  // Of its first failure, in words; empty if there was none.
  const std::string& error(size_t task) const { return runs_[task]->error; }

 private:
  struct Operation {
    Name request;
    std::unique_ptr<client::ClientResponse> response;  // null before the head, and when nothing is left to read
    uint64_t read = 0;                                 // bytes of the body
    bool running = false;
  };
  struct Run {
    Workload* workload = nullptr;
    const TaskPlan* plan = nullptr;
    Name name;
    Name sleep;  // its timer
    Outcome outcome = Outcome::kRunning;
    std::string error;  // of the first failure
    std::vector<Operation> operations;
    client::SpawnedTask* spawned = nullptr;  // null once it has ended
    std::unique_ptr<Canceller> canceller;    // may_cancel
    client::WaitList waiting;                // for its end
  };
  class EndOf;

  client::Task<> Play(Run& run);
  // These say whether the task goes on.
  client::Task<bool> Request(Run& run, const StepPlan& step);
  client::Task<bool> Read(Run& run, const StepPlan& step);
  client::Task<bool> Other(Run& run, const StepPlan& step);
  client::Task<> Close();

  client::RequestOptions MakeRequest(const StepPlan& step, Name request);
  // Release, close or drop, as `kind` says.
  void GiveUp(Run& run, Operation& operation, StepPlan::Kind kind);
  bool Fail(Run& run, Operation& operation, const StepPlan& step, const client::ClientError& error);
  void EndOperation(Run& run, Operation& operation, bool ok, absl::string_view error);
  void Cancel(Run& run);
  void End(Run& run, Outcome outcome);

  World& world_;
  const ScenarioPlan& plan_;
  client::ClientSession& session_;
  WorkloadObserver& observer_;
  std::vector<std::unique_ptr<Run>> runs_;
  client::TaskGroup tasks_;
};

}  // namespace sim

#endif  // SIM_WORKLOAD_WORKLOAD_H_
