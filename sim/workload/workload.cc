#include "sim/workload/workload.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/time/time.h"
#include "client/async/deadline.h"
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

// Cancel safety: nothing is consumed.
class Workload::EndOf {
 public:
  explicit EndOf(Run& run) : run_(run), waiter_(client::WaitReason{"the end of", run.name}) {}
  bool await_ready() const { return run_.outcome != Outcome::kRunning; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    waiter_.Suspend(handle);
    run_.waiting.PushBack(waiter_);
  }
  void await_resume() const {}

 private:
  Run& run_;
  client::Waiter waiter_;
};

Workload::Workload(World& world, const ScenarioPlan& plan, client::ClientSession& session, WorkloadObserver& observer)
    : world_(world), plan_(plan), session_(session), observer_(observer), tasks_(world.loop(), Name()) {
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
}

Workload::~Workload() {
  for (size_t i = runs_.size(); i-- > 0;) Cancel(*runs_[i]);
}

void Workload::Start() {
  for (const std::unique_ptr<Run>& run : runs_) {
    run->spawned = &tasks_.Spawn(run->name, Play(*run));
    if (!run->plan->may_cancel) continue;
    const auto cancel = [](void* argument) {
      Run& run = *static_cast<Run*>(argument);
      run.workload->Cancel(run);
    };
    run->canceller = std::make_unique<Canceller>(world_, run->name, cancel, run.get());
    run->spawned->set_watcher(run->canceller.get());
  }
}

void Workload::CloseSession() { tasks_.Spawn(client::MakeName(world_.loop(), Name(), "closing"), Close()); }

Task<> Workload::Close() {
  if (plan_.graceful_close) co_await session_.Close();
  session_.CloseNow();
}

Task<> Workload::Play(Run& run) {
  world_.Record(TraceKind::kWorkload, run.name, 1);
  observer_.TaskStarted(run.name);
  bool go_on = true;
  for (size_t i = 0; go_on && i < run.plan->steps.size(); ++i) {
    const StepPlan& step = run.plan->steps[i];
    if (step.kind == Kind::kRequest) {
      go_on = co_await Request(run, step);
    } else if (step.kind == Kind::kRead || step.kind == Kind::kReadToEnd) {
      go_on = co_await Read(run, step);
    } else {
      go_on = co_await Other(run, step);
    }
  }
  for (Operation& operation : run.operations) GiveUp(run, operation, Kind::kClose);
  End(run, run.error.empty() ? Outcome::kCompleted : Outcome::kFailed);
}

Task<bool> Workload::Request(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  operation.request = client::MakeName(world_.loop(), run.name, NameKind::FromStable(step.word), step.number);
  operation.running = true;
  observer_.OperationStarted(run.name, operation.request, step.method);
  client::RequestOptions options = MakeRequest(step, operation.request);
  Result<std::unique_ptr<client::ClientResponse>> response = co_await session_.Request(std::move(options));
  if (!response.ok()) co_return Fail(run, operation, step, response.error());
  operation.response = std::move(response).value();
  co_return true;
}

client::RequestOptions Workload::MakeRequest(const StepPlan& step, Name request) {
  client::RequestOptions options;
  options.name = request;
  options.method = step.method;
  options.url = step.url;
  options.headers.Add(kRequestHeader, FormatRequestId(request));
  if (step.own_timeout) options.timeout = step.timeout;
  if (step.upload.present) {
    const uint64_t bytes = step.upload.body.Draw(world_, request);
    observer_.UploadPlanned(request, bytes);
    absl::optional<uint64_t> length;
    if (!step.upload.chunked) length = bytes;
    options.body = std::make_unique<client::StreamPayload>(
        std::make_unique<PatternSource>(world_, step.upload, request, bytes, plan_.faults.body_source), length);
  }
  return options;
}

Task<bool> Workload::Read(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  if (operation.response == nullptr) co_return true;
  uint64_t left = step.kind == Kind::kRead ? step.bytes : std::numeric_limits<uint64_t>::max();
  while (left > 0) {
    if (step.delay_ns > 0) {
      const absl::Time until = world_.loop().Now() + absl::Nanoseconds(step.delay_ns);
      co_await client::SleepUntil(world_.loop(), run.sleep, until);
    }
    const uint64_t bytes_max = step.chunk > 0 ? std::min(left, step.chunk) : left;
    Result<Slice> part = co_await operation.response->ReadUpTo(static_cast<size_t>(bytes_max));
    if (!part.ok()) {
      const ClientError& error = part.error();
      observer_.BodyFailed(operation.request, operation.read, error.DebugString(),
                           error.kind() == ErrorKind::kSessionClosed, error.kind() == ErrorKind::kTimeout);
      co_return Fail(run, operation, step, error);
    }
    if (part->empty()) {
      observer_.BodyEnded(operation.request, operation.read);
      EndOperation(run, operation, true, "");
      operation.response.reset();
      co_return true;
    }
    observer_.BodyRead(operation.request, operation.read, part->view());
    operation.read += part->size();
    left -= part->size();
  }
  co_return true;
}

Task<bool> Workload::Other(Run& run, const StepPlan& step) {
  switch (step.kind) {
    case Kind::kRelease:
    case Kind::kClose:
    case Kind::kDrop:
      GiveUp(run, run.operations[step.operation], step.kind);
      break;
    case Kind::kSleep: {
      const absl::Time until = world_.loop().Now() + absl::Nanoseconds(step.delay_ns);
      co_await client::SleepUntil(world_.loop(), run.sleep, until);
      break;
    }
    case Kind::kCancel:
      Cancel(*runs_[step.task]);
      break;
    case Kind::kWait:
      co_await EndOf(*runs_[step.task]);
      break;
    case Kind::kCloseSession:
      if (step.graceful) co_await session_.Close();
      session_.CloseNow();
      break;
    case Kind::kRequest:
    case Kind::kRead:
    case Kind::kReadToEnd:
      break;
  }
  co_return true;
}

void Workload::GiveUp(Run& run, Operation& operation, Kind kind) {
  if (operation.response == nullptr) return;
  observer_.BodyDropped(operation.request, operation.read);
  EndOperation(run, operation, true, "");
  if (kind == Kind::kRelease) operation.response->Release();
  if (kind == Kind::kClose) operation.response->Close();
  operation.response.reset();
}

bool Workload::Fail(Run& run, Operation& operation, const StepPlan& step, const ClientError& error) {
  std::string text = error.DebugString();
  EndOperation(run, operation, false, text);
  if (operation.response != nullptr) operation.response->Close();
  operation.response.reset();
  if (step.may_fail) return true;
  if (run.error.empty()) run.error = std::move(text);
  return false;
}

void Workload::EndOperation(Run& run, Operation& operation, bool ok, absl::string_view error) {
  operation.running = false;
  world_.Record(TraceKind::kWorkload, operation.request, ok ? 3 : 4);
  observer_.OperationEnded(run.name, operation.request, ok, error);
}

void Workload::Cancel(Run& run) {
  if (run.spawned == nullptr) return;
  world_.Record(TraceKind::kWorkload, run.name, 5);
  for (Operation& operation : run.operations) {
    if (!operation.running) continue;
    operation.running = false;
    if (operation.response != nullptr) observer_.BodyDropped(operation.request, operation.read);
    observer_.OperationCancelled(run.name, operation.request);
  }
  tasks_.Cancel(*run.spawned);
  for (Operation& operation : run.operations) operation.response.reset();
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

}  // namespace sim
