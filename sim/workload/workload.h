// The users of the client: tasks made of steps, as a scenario lists them, and storms, which draw what they do.
//
// It reports to a WorkloadObserver what it did and saw, each operation with exactly one end, and never judges: whether
// the bytes it was given are the right ones is the business of the laws.
//
//   1. A task is named by its id, its requests are its children: "mirror/upload", "download/get#2". Every request
//      carries the id of its name in the header field kRequestHeader, so that servers can say which one they mean.
//   2. A failing operation ends its task, unless the step says may_fail. What the task still holds is then dropped.
//   3. A task with may_cancel or may_abandon is cancelled or abandoned where the label "task.cancel" says so. It is
//      asked at each suspension; see canceller.h. For its user an abandoned task has ended, and was cancelled; its
//      frame stays where it is, with all that it holds, until the collector destroys it. With may_close the session may
//      begin to be closed there, gracefully, while the task goes on; that happens once.
//   4. With any_way each read asks "workload.next" how: whatever comes next; one byte; so many bytes or nothing;
//      whatever comes next, given up and begun again after a while; all that has come, to the byte; up to a delimiter;
//      where the step reads to the end, all of it at once. The request's name asks.
//   5. Bodies of requests are patterns (sim/world/pattern.h) of the request's name, made as they are asked for.
//   6. Messages sent on a WebSocket follow from their keys (FillMessage()), and are numbered in the order in which
//      their sends begin. Sends and pings in the background are tasks of their own, "chat/send#1", and are waited for
//      at the end of the task. A WebSocket that the task still holds then is destroyed.
//   7. Once somebody has abandoned the session nobody has it: requests fail.
//   8. With cancel_closing a task that closes the session is itself cancelled and abandoned as the others are; the one
//      at the end then closes the session at once.
#ifndef SIM_WORKLOAD_WORKLOAD_H_
#define SIM_WORKLOAD_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/async/task_group.h"
#include "client/client_session.h"
#include "sim/net/wire_observer.h"
#include "sim/scenario/plan.h"
#include "sim/workload/canceller.h"
#include "sim/workload/collector.h"
#include "sim/world/world.h"

namespace sim {

class Workload {
 public:
  // What an exact read, or one up to a delimiter, of a step with any_way asks for, at most; bytes.
  static constexpr uint64_t kExactBytes = 10'000;

  enum class Outcome : uint8_t { kRunning, kCompleted, kFailed, kCancelled };

  // Nothing but the session is owned. `plan` outlives the workload's names.
  Workload(World& world, const ScenarioPlan& plan, std::unique_ptr<client::ClientSession> session,
           WorkloadObserver& observer);
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  ~Workload();  // cancels what is left

  void Start();

  // Nothing is left to happen but timeouts: the collector's turn. False if it has nothing to do.
  bool RunDry() { return collector_.RunDry(closing_); }
  bool Dry() const { return collector_.size() == 0; }

  // Spawns a task that closes the session, as the plan says.
  void CloseSession();

  // The loop has stopped: the session goes, and what the collector still has, in an order that is drawn.
  void LoopStopped();

  Outcome outcome(size_t task) const { return runs_[task]->outcome; }
  // Of its first failure, in words; empty if there was none.
  const std::string& error(size_t task) const { return runs_[task]->error; }

 private:
  // A WebSocket in somebody's hands, and the sends that go on beside whatever he does.
  struct Socket {
    Socket(World& world, Name request) : sends(world.loop(), request) {}
    std::unique_ptr<client::WebSocket> websocket;
    client::TaskGroup sends;  // after it: they go first
    uint64_t given = 0;       // messages to be sent so far
    uint32_t batches = 0;     // of sends in the background
    bool ended = false;       // nothing more is received
  };
  struct Operation {
    Name request;
    std::unique_ptr<client::ClientResponse> response;  // null before the head, and when nothing is left to read
    std::unique_ptr<client::ClientResponse> closed;    // released or closed, and still in somebody's hands
    std::unique_ptr<Socket> socket;                    // instead of a response
    uint64_t read = 0;                                 // bytes of the body
    bool running = false;

    void Drop() {
      response.reset();
      closed.reset();
      socket.reset();
    }
  };
  struct Run {
    Workload* workload = nullptr;
    const TaskPlan* plan = nullptr;
    Name name;
    Name sleep;  // its timer
    Outcome outcome = Outcome::kRunning;
    std::string error;  // of the first failure
    std::vector<Operation> operations;
    uint32_t operations_made = 0;            // of a storm
    client::SpawnedTask* spawned = nullptr;  // null once it has ended
    std::unique_ptr<Canceller> canceller;    // may_cancel, may_abandon
    client::WaitList waiting;                // for its end
  };
  // A task that closes the session.
  struct Closing {
    Workload* workload = nullptr;
    bool last = false;  // the one at the end, not one that may_close has brought about
    Name name;
    client::SpawnedTask* spawned = nullptr;  // null before it starts, and once it has ended
    std::unique_ptr<Canceller> canceller;
  };
  using Received = client::Result<absl::optional<client::WebSocketMessage>>;
  class EndOf;
  class AbandonedTask;
  class AbandonedClosing;

  // workload.cc
  client::Task<> Play(Run& run);
  // These say whether the task goes on.
  client::Task<bool> Step(Run& run, const StepPlan& step);
  client::Task<bool> Request(Run& run, const StepPlan& step);
  client::Task<bool> Other(Run& run, const StepPlan& step);

  void Watch(Run& run);
  static Patience PatienceOf(const client::ClientTimeout& timeout);
  client::RequestOptions MakeRequest(const StepPlan& step, Name request);
  // Release, close, drop or abandon, as `kind` says.
  void GiveUp(Run& run, Operation& operation, StepPlan::Kind kind);
  bool Fail(Run& run, Operation& operation, const StepPlan& step, const client::ClientError& error);
  void EndOperation(Run& run, Operation& operation, bool ok, absl::string_view error);
  void AbandonSession();
  // The task has come to its end without having finished what it does.
  void CancelOperations(Run& run);
  void Cancel(Run& run);
  void Abandon(Run& run);
  void End(Run& run, Outcome outcome);

  // reading.cc
  client::Task<bool> Read(Run& run, const StepPlan& step);  // as those above
  // A part of the body; empty at its end.
  client::Task<client::Result<client::Slice>> ReadAnyWay(Run& run, Operation& operation, uint64_t bytes_max,
                                                         bool to_the_end);
  client::Task<client::Result<client::Slice>> ReadUpTo(Operation& operation, uint64_t bytes_max);
  void Tell(Operation& operation, absl::string_view bytes);

  // closing.cc
  void Start(Closing& closing);
  client::Task<> Close(Closing& closing);
  client::Task<> CloseGracefully();
  void CloseNow();
  void Watch(Closing& closing);
  void EndEarly(Closing& closing);

  // websocket_user.cc; these say whether the task goes on.
  client::Task<bool> ConnectWebSocket(Run& run, const StepPlan& step);
  client::Task<bool> Send(Run& run, const StepPlan& step);
  client::Task<bool> Receive(Run& run, const StepPlan& step);
  client::Task<bool> Ping(Run& run, const StepPlan& step);
  client::Task<bool> CloseWebSocket(Run& run, const StepPlan& step);
  client::WebSocketOptions MakeWebSocket(const StepPlan& step, Name request);
  // `timer` is that of the step's patience.
  client::Task<client::Result<void>> SendMessages(Socket& socket, Name request, const StepPlan& step, Name timer);
  client::Task<client::Result<void>> SendMessage(Socket& socket, Name request, const StepPlan& step, Name timer);
  client::Task<> SendInBackground(Socket& socket, Name request, StepPlan step, Name timer);
  static client::Task<> PingInBackground(Socket& socket);
  client::Task<Received> ReceiveAnyWay(Run& run, Operation& operation, const StepPlan& step);
  client::Task<std::optional<Received>> ReceiveWithin(Run& run, Socket& socket, int64_t patience_ns);
  static client::Task<Received> ReceiveOnce(Socket& socket);
  void GiveUpSocket(Run& run, Operation& operation, StepPlan::Kind kind);

  // storm.cc
  client::Task<> PlayStorm(Run& run);
  client::Task<> Blow(Run& run, const StormPlan& storm, StormPlan::Kind kind);
  client::Task<> BlowNested(Run& run, const StormPlan& storm);
  client::Task<> BlowSocket(Run& run, const StormPlan& storm, StormPlan::Kind kind);
  client::Task<> Talk(Run& run, const StormPlan& storm, size_t operation);
  StepPlan StormConnect(Run& run, const StormPlan& storm);
  StepPlan StormStep(Run& run, const StormPlan& storm, StormPlan::Kind kind);
  int64_t StormSleep(Run& run, const StormPlan& storm);
  StepPlan StormRequest(Run& run, const StormPlan& storm, const char* method);
  StepPlan StormRead(Run& run, const StormPlan& storm, StepPlan::Kind kind);

  World& world_;
  const ScenarioPlan& plan_;
  const Name session_name_;
  std::unique_ptr<client::ClientSession> session_;  // null once it was abandoned
  WorkloadObserver& observer_;
  std::vector<std::unique_ptr<Run>> runs_;
  Closing early_, last_;
  client::TaskGroup tasks_;
  bool closing_ = false;  // last_ has started
  Collector collector_;  // last: what it has may be tasks of the group
};

// "completed", "was cancelled".
absl::string_view OutcomeText(Workload::Outcome outcome);

}  // namespace sim

#endif  // SIM_WORKLOAD_WORKLOAD_H_
