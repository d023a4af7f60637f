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

  // Closes the session when everything else has been done: as a task of its own if `graceful`.
  void CloseSession(bool graceful);

  Outcome outcome(size_t task) const { return runs_[task]->outcome; }
  const std::string& error(size_t task) const { return runs_[task]->error; }

 private:
  struct Operation {
    Name request;
    std::unique_ptr<client::ClientResponse> response;
    uint64_t read = 0;     // bytes of the body
    bool started = false;
    bool ended = false;
  };
  struct Run {
    const TaskPlan* plan = nullptr;
    Name name;
    Outcome outcome = Outcome::kRunning;
    std::string error;  // of the first failure
    std::vector<Operation> operations;
    client::SpawnedTask* spawned = nullptr;  // null once it has ended
    std::unique_ptr<Canceller> canceller;    // may_cancel
    client::WaitList waiting;                // for its end
  };
  class EndOf;

  client::Task<> Play(Run& run);
  client::Task<bool> Perform(Run& run, const StepPlan& step);
  client::Task<bool> Request(Run& run, const StepPlan& step);
  client::Task<bool> Read(Run& run, const StepPlan& step);
  client::Task<> Close();

  void GiveUp(Run& run, const StepPlan& step);
  void EndOperation(Run& run, Operation& operation, bool ok, absl::string_view error);
  void BodyFailed(Run& run, Operation& operation, const client::ClientError& error);
  void Fail(Run& run, const client::ClientError& error);
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
