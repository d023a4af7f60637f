// Tasks, their steps and requests.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/http/headers.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/scenario_reader.h"

namespace sim {
namespace {

using Kind = StepPlan::Kind;

// Names that others have at the root of a world.
constexpr absl::string_view kReserved[] = {"client",  "closing", "collector", "entropy",
                                           "network", "pool",    "server",    "session"};

// The fields of Step's oneof, and what they are.
struct StepField {
  const char* name;
  Kind kind;
  const char* method;
};
constexpr StepField kStepFields[] = {
    {"get", Kind::kRequest, "GET"},          {"head", Kind::kRequest, "HEAD"},
    {"put", Kind::kRequest, "PUT"},          {"post", Kind::kRequest, "POST"},
    {"read", Kind::kRead, nullptr},          {"read_to_end", Kind::kReadToEnd, nullptr},
    {"release", Kind::kRelease, nullptr},    {"close", Kind::kClose, nullptr},
    {"drop", Kind::kDrop, nullptr},          {"sleep", Kind::kSleep, nullptr},
    {"cancel", Kind::kCancel, nullptr},      {"wait", Kind::kWait, nullptr},
    {"close_session", Kind::kCloseSession, nullptr}, {"abandon", Kind::kAbandon, nullptr},
    {"abandon_session", Kind::kAbandonSession, nullptr},
    {"connect_websocket", Kind::kConnectWebSocket, nullptr},
    {"send", Kind::kSend, nullptr},          {"receive", Kind::kReceive, nullptr},
    {"ping", Kind::kPing, nullptr},          {"close_websocket", Kind::kCloseWebSocket, nullptr},
};

bool IsOfWebSocket(Kind kind) {
  return kind == Kind::kSend || kind == Kind::kReceive || kind == Kind::kPing || kind == Kind::kCloseWebSocket;
}

bool CanFail(Kind kind) {
  return kind == Kind::kRequest || kind == Kind::kRead || kind == Kind::kReadToEnd ||
         kind == Kind::kConnectWebSocket || IsOfWebSocket(kind);
}

bool IsTarget(const std::string& path) {
  return path.size() <= 2048 && path[0] == '/' &&
         std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 127 && c != '#'; });
}

std::string LowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

// The requests of a task so far.
struct ScenarioReader::Operations {
  std::map<std::string, size_t> by_id;
  std::map<std::string, uint32_t> by_word;  // how many without an id, by method
  std::vector<bool> websocket;              // or a request
};

void ScenarioReader::ReadWorkload(const Node& workload) {
  plan_.graceful_close = workload.Flag("graceful_close");
  const int tasks = workload.Count("request") + workload.Count("task");
  if (tasks + workload.Count("storm") == 0) errors_.push_back(workload.Error("no task and no request"));
  if (tasks > 1000) {
    errors_.push_back(workload.Error("more than 1000 tasks and requests"));
    return;
  }
  ReadIds(workload, "request");
  ReadIds(workload, "task");
  for (int i = 0; i < workload.Count("request"); ++i) plan_.tasks.push_back(ReadRequest(workload.Sub("request", i)));
  for (int i = 0; i < workload.Count("task"); ++i) {
    plan_.tasks.push_back(ReadTask(workload.Sub("task", i), plan_.tasks.size()));
  }
  for (int i = 0; i < workload.Count("storm"); ++i) ReadStorm(workload.Sub("storm", i));
  CheckWaits(workload);
}

void ScenarioReader::OfferAbandoning() {
  plan_.world.offers.Add(Label::kGcCollect);
  plan_.world.offers.Add(Label::kGcOrder);
}

void ScenarioReader::ReadIds(const Node& workload, const char* field) {
  const size_t first = field[0] == 't' ? static_cast<size_t>(workload.Count("request")) : 0;
  for (int i = 0; i < workload.Count(field); ++i) {
    const Node node = workload.Sub(field, i);
    const std::string id = Id(node, "id");
    if (id.empty()) continue;
    if (std::find(std::begin(kReserved), std::end(kReserved), id) != std::end(kReserved)) {
      errors_.push_back(node.Error("id", absl::StrCat("\"", id, "\" is the name of something else in a world")));
    } else if (!tasks_.emplace(id, first + static_cast<size_t>(i)).second) {
      errors_.push_back(node.Error("id", absl::StrCat("a second task or request \"", id, "\"")));
    }
  }
}

void ScenarioReader::ReadEndings(const Node& task, TaskPlan* plan) {
  plan->may_cancel = task.Flag("may_cancel");
  plan->may_abandon = task.Flag("may_abandon");
  if (plan->may_cancel || plan->may_abandon) plan_.world.offers.Add(Label::kTaskCancel);
  if (plan->may_abandon) OfferAbandoning();
}

TaskPlan ScenarioReader::ReadRequest(const Node& request) {
  TaskPlan plan;
  plan.id = request.Text("id");
  ReadEndings(request, &plan);
  plan.operations = 1;
  if (request.Has("start_after")) {
    StepPlan sleep;
    sleep.kind = Kind::kSleep;
    sleep.delay_ns = Duration(request, "start_after", 0);
    plan.steps.push_back(std::move(sleep));
  }
  StepPlan step;
  step.method = request.Has("method") ? request.Text("method") : "GET";
  if (!client::IsToken(step.method) || step.method == "CONNECT" || step.method.size() > 32) {
    errors_.push_back(request.Error("method", "method: not a method that a client can use here"));
  }
  step.word = LowerCase(step.method);
  ReadOperation(request, &step);
  plan.steps.push_back(std::move(step));

  const Node read = request.Sub("read");
  StepPlan to_end;
  to_end.kind = Kind::kReadToEnd;
  to_end.chunk = Bytes(read, "chunk", 0, 1, kBodyMax);
  to_end.delay_ns = Duration(read, "delay", 0);
  to_end.any_way = AnyWay(read);
  plan.steps.push_back(std::move(to_end));
  return plan;
}

TaskPlan ScenarioReader::ReadTask(const Node& task, size_t index) {
  TaskPlan plan;
  plan.id = task.Text("id");
  ReadEndings(task, &plan);
  if (task.Count("step") == 0) errors_.push_back(task.Error("no step"));
  if (task.Count("step") > 1000) {
    errors_.push_back(task.Error("step", 1000, "more than 1000 steps"));
    return plan;
  }
  Operations operations;
  for (int i = 0; i < task.Count("step"); ++i) ReadStep(task.Sub("step", i), index, &operations, &plan);
  plan.operations = operations.websocket.size();
  return plan;
}

void ScenarioReader::ReadStep(const Node& step, size_t index, Operations* operations, TaskPlan* plan) {
  const auto* field = std::find_if(std::begin(kStepFields), std::end(kStepFields),
                                   [&step](const StepField& candidate) { return step.Has(candidate.name); });
  if (field == std::end(kStepFields)) {
    errors_.push_back(step.Error("a step without anything to do"));
    return;
  }
  StepPlan& read = plan->steps.emplace_back();
  read.kind = field->kind;
  read.may_fail = step.Flag("may_fail");
  const bool named = read.kind == Kind::kRequest || read.kind == Kind::kConnectWebSocket;
  if (step.Has("id") && !named) errors_.push_back(step.Error("id", "only requests and WebSockets have an id"));
  if (read.may_fail && !CanFail(read.kind)) {
    errors_.push_back(step.Error("may_fail", absl::StrCat(field->name, " cannot fail")));
  }
  if (read.kind == Kind::kSleep) {
    read.delay_ns = Duration(step, "sleep", 0);
    return;
  }
  const Node what = step.Sub(field->name);
  if (read.kind == Kind::kCancel || read.kind == Kind::kWait) return ReadOtherTask(what, index, &read);
  if (read.kind == Kind::kCloseSession) {
    read.graceful = what.Flag("graceful");
    return;
  }
  if (read.kind == Kind::kAbandon || read.kind == Kind::kAbandonSession) OfferAbandoning();
  if (read.kind == Kind::kAbandonSession) return;
  if (!named) return ReadReference(step, what, *operations, &read);
  ReadName(step, field->name, operations, &read);
  if (read.kind == Kind::kConnectWebSocket) return ReadConnectWebSocket(what, &read);
  read.method = field->method;
  if ((read.method == "GET" || read.method == "HEAD") && what.Has("body")) {
    errors_.push_back(what.Error("body", absl::StrCat(field->name, " sends no body")));
  }
  ReadOperation(what, &read);
}

void ScenarioReader::ReadName(const Node& step, const char* word, Operations* operations, StepPlan* plan) {
  plan->operation = operations->websocket.size();
  operations->websocket.push_back(plan->kind == Kind::kConnectWebSocket);
  if (!step.Has("id")) {
    plan->word = word;
    plan->number = ++operations->by_word[plan->word];
    return;
  }
  plan->word = Id(step, "id");
  if (!operations->by_id.emplace(plan->word, plan->operation).second) {
    errors_.push_back(step.Error("id", absl::StrCat("a second step \"", plan->word, "\"")));
  }
}

void ScenarioReader::ReadReference(const Node& step, const Node& what, const Operations& operations, StepPlan* plan) {
  const bool either = plan->kind == Kind::kDrop || plan->kind == Kind::kAbandon;
  const bool websocket = IsOfWebSocket(plan->kind);
  const char* const kind = websocket ? "WebSocket" : "request";
  size_t last = operations.websocket.size();
  while (last > 0 && !either && operations.websocket[last - 1] != websocket) --last;
  if (last == 0) {
    errors_.push_back(step.Error(absl::StrCat("no ", kind, " before this step")));
    return;
  }
  plan->operation = last - 1;
  if (what.Has("from")) {
    const std::string from = what.Text("from");
    const auto found = operations.by_id.find(from);
    if (found == operations.by_id.end() || (!either && operations.websocket[found->second] != websocket)) {
      errors_.push_back(
          what.Error("from", absl::StrCat("no ", kind, " with the id \"", from, "\" before this step")));
    } else {
      plan->operation = found->second;
    }
  }
  if (plan->kind == Kind::kSend) return ReadSend(what, plan);
  if (plan->kind == Kind::kReceive) return ReadReceive(what, plan);
  if (plan->kind == Kind::kPing) plan->background = what.Flag("background");
  if (plan->kind == Kind::kCloseWebSocket) plan->close_code = CloseCode(what, "code");
  if (plan->kind == Kind::kRead) {
    if (!what.Has("bytes")) errors_.push_back(what.Error("no bytes: how much is to be read"));
    plan->bytes = Bytes(what, "bytes", 1, 1, kBodyMax);
  }
  if (plan->kind == Kind::kRead || plan->kind == Kind::kReadToEnd) {
    plan->chunk = Bytes(what, "chunk", 0, 1, kBodyMax);
    plan->any_way = AnyWay(what);
  }
  if (plan->kind == Kind::kReadToEnd) plan->delay_ns = Duration(what, "delay", 0);
}

bool ScenarioReader::AnyWay(const Node& read) {
  const bool any_way = read.Flag("any_way");
  if (any_way) plan_.world.offers.Add(Label::kWorkloadNext);
  return any_way;
}

void ScenarioReader::ReadOtherTask(const Node& what, size_t index, StepPlan* plan) {
  const std::string id = what.Text("task");
  const auto found = tasks_.find(id);
  if (found == tasks_.end()) {
    errors_.push_back(what.Error("task", absl::StrCat("no task or request has the id \"", id, "\"")));
  } else if (found->second == index) {
    errors_.push_back(what.Error("task", "a task cannot cancel itself or wait for itself"));
  } else {
    plan->task = found->second;
  }
}

void ScenarioReader::ReadOperation(const Node& operation, StepPlan* plan) {
  plan->url = ReadUrl(operation);
  if (operation.Has("body")) plan->upload = ReadUpload(operation.Sub("body"));
  plan->credentials = operation.Flag("credentials");
  ReadOperationTimeout(operation, plan);
}

void ScenarioReader::ReadOperationTimeout(const Node& operation, StepPlan* plan) {
  plan->timeout = plan_.client.timeout;
  plan->own_timeout = operation.Has("timeout") || operation.Has("deadline");
  if (operation.Has("timeout")) ReadTimeout(operation.Sub("timeout"), &plan->timeout);
  if (!operation.Has("deadline")) return;
  if (operation.Has("timeout") && operation.Sub("timeout").Has("total")) {
    errors_.push_back(operation.Error("deadline", "both deadline and timeout.total"));
  }
  plan->timeout.total = Limit(operation, "deadline");
}

std::string ScenarioReader::ReadUrl(const Node& operation) {
  const std::string host = operation.Text("host");
  uint64_t port = operation.Has("port") ? operation.Number("port") : 80;
  const std::string path = operation.Has("path") ? operation.Text("path") : "/";
  if (!operation.Has("host")) {
    errors_.push_back(operation.Error("no host"));
    return "";
  }
  if (path.empty() || !IsTarget(path)) {
    errors_.push_back(operation.Error("path", "path: not / and visible characters without #"));
    return "";
  }
  const auto find = [&] {
    return std::find_if(plan_.origins.begin(), plan_.origins.end(), [&](const OriginPlan& candidate) {
      return candidate.host == host && candidate.port == port;
    });
  };
  auto origin = find();
  if (origin == plan_.origins.end() && !operation.Has("port")) {
    port = 443;
    origin = find();
    if (origin == plan_.origins.end() || !origin->tls) {
      origin = plan_.origins.end();
      port = 80;
    }
  }
  if (origin == plan_.origins.end()) {
    errors_.push_back(operation.Error("host", absl::StrCat("no origin for ", host, ":", port)));
    return "";
  }
  const bool answered = std::any_of(origin->routes.begin(), origin->routes.end(), [&path](const RoutePlan& route) {
    return route.path.empty() || route.path == path;
  });
  if (!answered) errors_.push_back(operation.Error("path", absl::StrCat(host, " has no response for ", path)));
  return absl::StrCat(origin->tls ? "https://" : "http://", origin->Authority(), path);
}

UploadPlan ScenarioReader::ReadUpload(const Node& upload) {
  UploadPlan plan;
  plan.present = true;
  plan.body = Size(upload, "bytes", "bytes_menu", 0, 0, kBodyMax);
  plan.chunked = upload.Flag("chunked");
  plan.piece = Size(upload, "piece", "piece_menu", 16 << 10, 1, kBufferMax);
  plan.later = upload.Enum("source") == Scenario::Upload::LATER;
  plan.delay_ns = Duration(upload, "delay", 0);
  plan.expect_continue = upload.Flag("expect_continue");
  const auto& menu = plan.body.menu();
  CheckPieces(upload, "piece", *std::max_element(menu.begin(), menu.end()),
              *std::min_element(plan.piece.menu().begin(), plan.piece.menu().end()));
  return plan;
}

void ScenarioReader::ReadTimeout(const Node& timeout, client::ClientTimeout* plan) {
  if (timeout.Has("total")) plan->total = Limit(timeout, "total");
  if (timeout.Has("connect")) plan->connect = Limit(timeout, "connect");
  if (timeout.Has("sock_connect")) plan->sock_connect = Limit(timeout, "sock_connect");
  if (timeout.Has("sock_read")) plan->sock_read = Limit(timeout, "sock_read");
}

void ScenarioReader::CheckWaits(const Node& workload) {
  // Tasks whose waits end are taken away, until none is left or those that are left wait for each other.
  std::vector<bool> ends(plan_.tasks.size(), false);
  bool found = true;
  while (found) {
    found = false;
    for (size_t i = 0; i < plan_.tasks.size(); ++i) {
      if (ends[i]) continue;
      const auto& steps = plan_.tasks[i].steps;
      ends[i] = std::all_of(steps.begin(), steps.end(), [&ends](const StepPlan& step) {
        return step.kind != Kind::kWait || step.task >= ends.size() || ends[step.task];
      });
      found |= ends[i];
    }
  }
  for (size_t i = 0; i < ends.size(); ++i) {
    if (ends[i]) continue;
    errors_.push_back(workload.Error(absl::StrCat("\"", plan_.tasks[i].id, "\" waits for a task that waits for it")));
    return;
  }
}

}  // namespace sim
