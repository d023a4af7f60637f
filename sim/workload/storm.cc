// Storms: tasks that draw what they do next, of operations that users do.

#include <utility>

#include "sim/workload/workload.h"

namespace sim {

using client::Task;
using Kind = StormPlan::Kind;

namespace {

// How a response is got rid of.
StepPlan::Kind HowItEnds(Kind kind) {
  switch (kind) {
    case Kind::kRelease: return StepPlan::Kind::kRelease;
    case Kind::kClose: return StepPlan::Kind::kClose;
    case Kind::kDrop: return StepPlan::Kind::kDrop;
    case Kind::kAbandon: return StepPlan::Kind::kAbandon;
    default: return StepPlan::Kind::kReadToEnd;
  }
}

bool IsOfSocket(Kind kind) {
  return kind == Kind::kTalk || kind == Kind::kCloseSocket || kind == Kind::kDropSocket ||
         kind == Kind::kAbandonSocket;
}

}  // namespace

Task<> Workload::PlayStorm(Run& run) {
  const StormPlan& storm = plan_.storms[run.plan->storm];
  for (uint32_t i = 0; i < storm.operations_max; ++i) {
    if (i >= storm.operations_min) {
      const uint32_t more = world_.Choose(Label::kWorkloadMore, run.name, 2);
      if (more == 0) break;
    }
    const uint32_t kind = world_.Choose(Label::kWorkloadNext, run.name, static_cast<uint32_t>(storm.kinds.size()));
    co_await Blow(run, storm, storm.kinds[kind]);
  }
}

// One operation.
Task<> Workload::Blow(Run& run, const StormPlan& storm, Kind kind) {
  if (kind == Kind::kNested) {
    co_await BlowNested(run, storm);
    co_return;
  }
  if (IsOfSocket(kind)) {
    co_await BlowSocket(run, storm, kind);
    co_return;
  }
  const StepPlan step = StormStep(run, storm, kind);
  co_await Step(run, step);
  if (step.kind != StepPlan::Kind::kRequest) co_return;
  const StepPlan::Kind end = HowItEnds(kind);
  StepPlan read = StormRead(run, storm, end == StepPlan::Kind::kReadToEnd ? end : StepPlan::Kind::kRead);
  read.operation = step.operation;
  read.any_way = kind == Kind::kAnyRead;
  if (kind == Kind::kSlowRead) {
    read.chunk = storm.part.Draw(world_, run.name);
    read.delay_ns = StormSleep(run, storm);
  }
  co_await Step(run, read);
  GiveUp(run, run.operations[step.operation], end);  // no effect on what was read to its end
}

Task<> Workload::BlowNested(Run& run, const StormPlan& storm) {
  const StepPlan outer = StormRequest(run, storm, "GET");
  co_await Step(run, outer);
  StepPlan part = StormRead(run, storm, StepPlan::Kind::kRead);
  part.operation = outer.operation;
  co_await Step(run, part);
  constexpr Kind kInner[] = {Kind::kPut, Kind::kPost, Kind::kRead};
  const uint32_t inner = world_.Choose(Label::kWorkloadNext, run.name, 3);
  co_await Blow(run, storm, kInner[inner]);
  StepPlan rest;
  rest.kind = StepPlan::Kind::kReadToEnd;
  rest.may_fail = true;
  rest.operation = outer.operation;
  co_await Step(run, rest);
}

Task<> Workload::BlowSocket(Run& run, const StormPlan& storm, Kind kind) {
  const StepPlan connect = StormConnect(run, storm);
  co_await Step(run, connect);
  if (kind != Kind::kCloseSocket) co_await Talk(run, storm, connect.operation);
  if (kind == Kind::kTalk || kind == Kind::kCloseSocket) {
    StepPlan close;
    close.kind = StepPlan::Kind::kCloseWebSocket;
    close.may_fail = true;
    close.operation = connect.operation;
    co_await Step(run, close);
  }
  const StepPlan::Kind end = kind == Kind::kAbandonSocket ? StepPlan::Kind::kAbandon : StepPlan::Kind::kDrop;
  GiveUp(run, run.operations[connect.operation], end);
}

// Sends, receives and pings, as drawn.
Task<> Workload::Talk(Run& run, const StormPlan& storm, size_t operation) {
  constexpr int kTurnsMax = 4;
  for (int turn = 0; turn < kTurnsMax; ++turn) {
    if (turn > 0) {
      const uint32_t more = world_.Choose(Label::kWorkloadMore, run.name, 2);
      if (more == 0) break;
    }
    constexpr StepPlan::Kind kWords[] = {StepPlan::Kind::kSend, StepPlan::Kind::kReceive, StepPlan::Kind::kSend,
                                         StepPlan::Kind::kPing};
    const uint32_t word = world_.Choose(Label::kWorkloadNext, run.name, 4);
    StepPlan step;
    step.kind = kWords[word];
    step.may_fail = true;
    step.operation = operation;
    step.message = storm.message;
    step.background = word >= 2;
    if (step.kind == StepPlan::Kind::kReceive) {
      step.messages = 3;
      const int64_t patience_ns = StormSleep(run, storm);
      step.patience_ns = patience_ns > 0 ? patience_ns : 1'000'000;
    }
    co_await Step(run, step);
  }
}

StepPlan Workload::StormConnect(Run& run, const StormPlan& storm) {
  StepPlan step;
  step.kind = StepPlan::Kind::kConnectWebSocket;
  step.may_fail = true;
  step.word = "connect_websocket";
  const auto urls = static_cast<uint32_t>(storm.socket_urls.size());
  const uint32_t url = world_.Choose(Label::kWorkloadNext, run.name, urls);
  step.url = storm.socket_urls[url];
  step.operation = run.operations_made++;
  step.number = run.operations_made;
  step.own_timeout = storm.own_timeout;
  step.timeout = storm.timeout;
  step.socket = storm.socket;
  return step;
}

// What it begins with.
StepPlan Workload::StormStep(Run& run, const StormPlan& storm, Kind kind) {
  StepPlan step;
  switch (kind) {
    case Kind::kHead:
      return StormRequest(run, storm, "HEAD");
    case Kind::kPut:
      return StormRequest(run, storm, "PUT");
    case Kind::kPost:
      return StormRequest(run, storm, "POST");
    case Kind::kCancel: {
      // With nobody else in the storm it pauses instead.
      step.kind = storm.tasks > 1 ? StepPlan::Kind::kCancel : StepPlan::Kind::kSleep;
      if (storm.tasks < 2) return step;
      const size_t self = static_cast<size_t>(run.plan - &plan_.tasks[storm.first_task]);
      const size_t other = world_.Choose(Label::kWorkloadNext, run.name, static_cast<uint32_t>(storm.tasks - 1));
      step.task = storm.first_task + (other < self ? other : other + 1);
      return step;
    }
    case Kind::kSleep:
      step.kind = StepPlan::Kind::kSleep;
      step.delay_ns = StormSleep(run, storm);
      return step;
    case Kind::kCloseSession:
      step.kind = StepPlan::Kind::kCloseSession;
      return step;
    case Kind::kAbandonSession:
      step.kind = StepPlan::Kind::kAbandonSession;
      return step;
    default:
      return StormRequest(run, storm, "GET");
  }
}

int64_t Workload::StormSleep(Run& run, const StormPlan& storm) {
  const uint32_t count = static_cast<uint32_t>(storm.sleeps_ns.size());
  return storm.sleeps_ns[world_.Choose(Label::kWorkloadNext, run.sleep, count)];
}

StepPlan Workload::StormRequest(Run& run, const StormPlan& storm, const char* method) {
  StepPlan step;
  step.kind = StepPlan::Kind::kRequest;
  step.may_fail = true;
  step.method = method;
  for (const char c : step.method) step.word += static_cast<char>(c - 'A' + 'a');
  const uint32_t url = world_.Choose(Label::kWorkloadNext, run.name, static_cast<uint32_t>(storm.urls.size()));
  step.url = storm.urls[url];
  step.operation = run.operations_made++;
  step.number = run.operations_made;
  step.own_timeout = storm.own_timeout;
  step.timeout = storm.timeout;
  if (step.method == "PUT" || step.method == "POST") {
    step.upload = storm.upload;
    step.upload.present = true;
    step.upload.chunked = step.method == "POST";
  }
  return step;
}

StepPlan Workload::StormRead(Run& run, const StormPlan& storm, StepPlan::Kind kind) {
  StepPlan step;
  step.kind = kind;
  step.may_fail = true;
  if (kind == StepPlan::Kind::kRead) step.bytes = storm.part.Draw(world_, run.name);
  return step;
}

}  // namespace sim
