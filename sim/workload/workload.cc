#include "sim/workload/workload.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "client/async/deadline.h"
#include "sim/http/head_digest.h"
#include "sim/http/request_id.h"
#include "sim/workload/pattern_source.h"

namespace sim {
namespace {

using client::ClientError;
using client::ErrorKind;
using client::NameKind;
using client::Result;
using client::Slice;
using client::Task;
using Kind = StepPlan::Kind;

}  // namespace

Patience Workload::PatienceOf(const client::ClientTimeout& timeout) {
  const auto ns = [](absl::Duration duration) {
    return duration == absl::InfiniteDuration() ? Patience::kEndless : absl::ToInt64Nanoseconds(duration);
  };
  return {.total_ns = ns(timeout.total),
          .connect_ns = ns(timeout.connect),
          .sock_connect_ns = ns(timeout.sock_connect),
          .sock_read_ns = ns(timeout.sock_read)};
}

// Cancel safety: nothing is consumed.
class Workload::EndOf {
 public:
  explicit EndOf(Run& run) : run_(run), waiter_(client::WaitReason{"the end of", run.name}) {}
  bool await_ready() const { return run_.outcome != Outcome::kRunning; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, client::Site at = client::Site::current()) {
    waiter_.Suspend(handle, at);
    run_.waiting.PushBack(waiter_);
  }
  void await_resume() const {}

 private:
  Run& run_;
  client::Waiter waiter_;
};

// What the collector has of a task: destroying it destroys the task's frame and what the task holds.
class Workload::AbandonedTask {
 public:
  AbandonedTask(Run& run, client::SpawnedTask& task) : run_(&run), task_(&task) {}
  AbandonedTask(AbandonedTask&& other) noexcept : run_(std::exchange(other.run_, nullptr)), task_(other.task_) {}
  AbandonedTask& operator=(AbandonedTask&&) = delete;
  ~AbandonedTask() {
    if (run_ == nullptr) return;
    run_->workload->tasks_.Cancel(*task_);
    for (Operation& operation : run_->operations) operation.Drop();
  }

 private:
  Run* run_;
  client::SpawnedTask* task_;
};

Workload::Workload(World& world, const ScenarioPlan& plan, std::unique_ptr<client::ClientSession> session,
                   WorkloadObserver& observer)
    : world_(world),
      plan_(plan),
      session_name_(client::MakeName(world.loop(), Name(), "session")),
      session_(std::move(session)),
      observer_(observer),
      tasks_(world.loop(), Name()),
      collector_(world, observer, {.after_loop = !plan.graceful_close}) {
  runs_.reserve(plan.tasks.size());
  for (const TaskPlan& task : plan.tasks) {
    auto run = std::make_unique<Run>();
    run->workload = this;
    run->plan = &task;
    run->name = client::MakeName(world.loop(), Name(), NameKind::FromStable(task.id));
    run->sleep = client::MakeName(world.loop(), run->name, "sleep");
    run->operations.resize(task.operations);
    runs_.push_back(std::move(run));
  }
  early_.workload = last_.workload = this;
  last_.last = true;
}

Workload::~Workload() {
  for (size_t i = runs_.size(); i-- > 0;) Cancel(*runs_[i]);
}

void Workload::Start() {
  for (const std::unique_ptr<Run>& run : runs_) {
    run->spawned = &tasks_.Spawn(run->name, Play(*run));
    if (run->plan->may_cancel || run->plan->may_abandon || run->plan->may_close) Watch(*run);
  }
}

void Workload::Watch(Run& run) {
  Canceller::Ways ways;
  if (run.plan->may_cancel) {
    ways.cancel = [](void* argument) {
      Run& run = *static_cast<Run*>(argument);
      run.workload->Cancel(run);
    };
  }
  if (run.plan->may_abandon) {
    ways.abandon = [](void* argument) {
      Run& run = *static_cast<Run*>(argument);
      run.workload->Abandon(run);
    };
  }
  if (run.plan->may_close) {
    ways.close = [](void* argument) {
      Workload& workload = *static_cast<Run*>(argument)->workload;
      workload.Start(workload.early_);
    };
  }
  run.canceller = std::make_unique<Canceller>(world_, run.name, ways, &run);
  run.spawned->set_watcher(run.canceller.get());
}

Task<> Workload::Play(Run& run) {
  world_.Record(TraceKind::kWorkload, run.name, 1);
  observer_.TaskStarted(run.name);
  if (run.plan->storm != TaskPlan::kNoStorm) co_await PlayStorm(run);
  bool go_on = true;
  for (size_t i = 0; go_on && i < run.plan->steps.size(); ++i) {
    go_on = co_await Step(run, run.plan->steps[i]);
  }
  for (Operation& operation : run.operations) {
    if (operation.socket != nullptr) co_await operation.socket->sends.Join();
    GiveUp(run, operation, Kind::kClose);
    operation.Drop();
  }
  End(run, run.error.empty() ? Outcome::kCompleted : Outcome::kFailed);
}

Task<bool> Workload::Step(Run& run, const StepPlan& step) {
  if (step.kind == Kind::kRequest) return Request(run, step);
  if (step.kind == Kind::kRead || step.kind == Kind::kReadToEnd) return Read(run, step);
  if (step.kind == Kind::kConnectWebSocket) return ConnectWebSocket(run, step);
  if (step.kind == Kind::kSend) return Send(run, step);
  if (step.kind == Kind::kReceive) return Receive(run, step);
  if (step.kind == Kind::kPing) return Ping(run, step);
  if (step.kind == Kind::kCloseWebSocket) return CloseWebSocket(run, step);
  return Other(run, step);
}

Task<bool> Workload::Request(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  operation.request = client::MakeName(world_.loop(), run.name, NameKind::FromStable(step.word), step.number);
  operation.running = true;
  observer_.OperationStarted(run.name, operation.request, step.method);
  if (session_ == nullptr) {
    const ClientError gone(ErrorKind::kSessionClosed, "the session was abandoned");
    co_return Fail(run, operation, step, gone);
  }
  client::RequestOptions options = MakeRequest(step, operation.request);
  Result<std::unique_ptr<client::ClientResponse>> response = co_await session_->Request(std::move(options));
  if (!response.ok()) co_return Fail(run, operation, step, response.error());
  operation.response = std::move(response).value();
  const client::Headers& headers = operation.response->headers();
  observer_.HeadRead(operation.request, headers.size(), HeadDigest(operation.response->status(), headers));
  co_return true;
}

client::RequestOptions Workload::MakeRequest(const StepPlan& step, Name request) {
  client::RequestOptions options;
  options.name = request;
  options.method = step.method;
  options.url = step.url;
  options.headers.Add(kRequestHeader, FormatRequestId(request));
  if (step.credentials) options.headers.Add("Authorization", AuthorityOf(step.url));
  if (step.own_timeout) options.timeout = step.timeout;
  observer_.PatienceSet(request, PatienceOf(step.own_timeout ? step.timeout : plan_.client.timeout));
  if (step.upload.present) {
    const uint64_t bytes = step.upload.body.Draw(world_, request);
    observer_.UploadPlanned(request, bytes);
    absl::optional<uint64_t> length;
    if (!step.upload.chunked) length = bytes;
    options.expect_continue = step.upload.expect_continue;
    options.body = std::make_unique<client::StreamPayload>(
        std::make_unique<PatternSource>(world_, observer_, step.upload, request, bytes, plan_.faults.body_source),
        length);
  }
  return options;
}

Task<bool> Workload::Other(Run& run, const StepPlan& step) {
  switch (step.kind) {
    case Kind::kRelease:
    case Kind::kClose:
    case Kind::kDrop:
    case Kind::kAbandon:
      GiveUp(run, run.operations[step.operation], step.kind);
      break;
    case Kind::kSleep: {
      const absl::Time until = world_.loop().Now() + absl::Nanoseconds(step.delay_ns);
      co_await client::SleepUntil(world_.loop(), run.sleep, until, TimerKind::kUser);
      break;
    }
    case Kind::kCancel:
      Cancel(*runs_[step.task]);
      break;
    case Kind::kWait:
      co_await EndOf(*runs_[step.task]);
      break;
    case Kind::kCloseSession:
      if (step.graceful) co_await CloseGracefully();
      CloseNow();
      break;
    case Kind::kAbandonSession:
      AbandonSession();
      break;
    case Kind::kRequest:
    case Kind::kRead:
    case Kind::kReadToEnd:
    case Kind::kConnectWebSocket:
    case Kind::kSend:
    case Kind::kReceive:
    case Kind::kPing:
    case Kind::kCloseWebSocket:
      break;
  }
  co_return true;
}

void Workload::GiveUp(Run& run, Operation& operation, Kind kind) {
  if (operation.socket != nullptr) return GiveUpSocket(run, operation, kind);
  if (operation.response == nullptr) return;
  observer_.BodyDropped(operation.request, operation.read);
  EndOperation(run, operation, true, "");
  if (kind == Kind::kRelease) operation.response->Release();
  if (kind == Kind::kClose) operation.response->Close();
  if (kind == Kind::kAbandon) collector_.Abandon(operation.request, std::move(operation.response));
  if (kind != Kind::kDrop) operation.closed = std::move(operation.response);
  operation.response.reset();
}

void Workload::AbandonSession() {
  if (session_ != nullptr) collector_.Abandon(session_name_, std::move(session_));
}

bool Workload::Fail(Run& run, Operation& operation, const StepPlan& step, const ClientError& error) {
  std::string text = error.DebugString();
  if (operation.running) EndOperation(run, operation, false, text);
  if (operation.response != nullptr) operation.response->Close();
  operation.response.reset();
  operation.socket.reset();
  if (step.may_fail) return true;
  if (run.error.empty()) run.error = std::move(text);
  return false;
}

void Workload::EndOperation(Run& run, Operation& operation, bool ok, absl::string_view error) {
  operation.running = false;
  world_.Record(TraceKind::kWorkload, operation.request, ok ? 3 : 4);
  observer_.OperationEnded(run.name, operation.request, ok, error);
}

void Workload::CancelOperations(Run& run) {
  world_.Record(TraceKind::kWorkload, run.name, 5);
  for (Operation& operation : run.operations) {
    if (!operation.running) continue;
    operation.running = false;
    if (operation.response != nullptr) observer_.BodyDropped(operation.request, operation.read);
    observer_.OperationCancelled(run.name, operation.request);
  }
}

void Workload::Cancel(Run& run) {
  if (run.spawned == nullptr) return;
  CancelOperations(run);
  tasks_.Cancel(*run.spawned);
  for (Operation& operation : run.operations) operation.Drop();
  End(run, Outcome::kCancelled);
}

void Workload::Abandon(Run& run) {
  CancelOperations(run);
  collector_.Abandon(run.name, AbandonedTask(run, *run.spawned));
  End(run, Outcome::kCancelled);
}

void Workload::End(Run& run, Outcome outcome) {
  run.outcome = outcome;
  run.spawned = nullptr;
  if (run.canceller != nullptr) run.canceller->Disarm();
  world_.Record(TraceKind::kWorkload, run.name, 2, static_cast<uint32_t>(outcome));
  observer_.TaskEnded(run.name, outcome == Outcome::kCancelled);
  run.waiting.WakeAll();
}

absl::string_view OutcomeText(Workload::Outcome outcome) {
  switch (outcome) {
    case Workload::Outcome::kRunning: return "still waits";
    case Workload::Outcome::kCompleted: return "completed";
    case Workload::Outcome::kFailed: return "failed";
    case Workload::Outcome::kCancelled: return "was cancelled";
  }
  return "";
}

}  // namespace sim
