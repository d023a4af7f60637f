// Storms.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/scenario_reader.h"

namespace sim {
namespace {

using Kind = StormPlan::Kind;

Kind KindOf(int kind) {
  switch (kind) {
    case Scenario::Storm::SLOW_READ: return Kind::kSlowRead;
    case Scenario::Storm::HEAD: return Kind::kHead;
    case Scenario::Storm::RELEASE: return Kind::kRelease;
    case Scenario::Storm::CLOSE: return Kind::kClose;
    case Scenario::Storm::DROP: return Kind::kDrop;
    case Scenario::Storm::ABANDON: return Kind::kAbandon;
    case Scenario::Storm::PUT: return Kind::kPut;
    case Scenario::Storm::POST: return Kind::kPost;
    case Scenario::Storm::NESTED: return Kind::kNested;
    case Scenario::Storm::SLEEP: return Kind::kSleep;
    case Scenario::Storm::CANCEL: return Kind::kCancel;
    case Scenario::Storm::CLOSE_SESSION: return Kind::kCloseSession;
    case Scenario::Storm::ABANDON_SESSION: return Kind::kAbandonSession;
    case Scenario::Storm::WS_TALK: return Kind::kTalk;
    case Scenario::Storm::WS_CLOSE: return Kind::kCloseSocket;
    case Scenario::Storm::WS_DROP: return Kind::kDropSocket;
    case Scenario::Storm::WS_ABANDON: return Kind::kAbandonSocket;
    case Scenario::Storm::ANY_READ: return Kind::kAnyRead;
    default: return Kind::kRead;
  }
}

bool NeedsWebSocket(Kind kind) {
  return kind == Kind::kTalk || kind == Kind::kCloseSocket || kind == Kind::kDropSocket ||
         kind == Kind::kAbandonSocket;
}

bool NeedsResponse(Kind kind) {
  return !NeedsWebSocket(kind) && kind != Kind::kSleep && kind != Kind::kCancel && kind != Kind::kCloseSession &&
         kind != Kind::kAbandonSession;
}

// Every path that the origin has an answer of its own for, and "/" where it has one for all.
void AddUrls(const OriginPlan& origin, StormPlan* plan) {
  const absl::string_view secure = origin.tls ? "s" : "";
  for (const RoutePlan& route : origin.routes) {
    const std::string rest = absl::StrCat(secure, "://", origin.Authority(), route.path.empty() ? "/" : route.path);
    const bool websocket = std::any_of(route.responses.begin(), route.responses.end(),
                                       [](const ResponsePlan& response) { return response.is_websocket; });
    if (websocket) {
      plan->socket_urls.push_back("ws" + rest);
    } else {
      plan->urls.push_back("http" + rest);
    }
  }
}

}  // namespace

void ScenarioReader::ReadStorm(const Node& storm) {
  StormPlan plan;
  plan.operations_max = static_cast<uint32_t>(Bytes(storm, "operations_max", 8, 1, 1000));
  plan.operations_min = static_cast<uint32_t>(Bytes(storm, "operations_min", 1, 0, plan.operations_max));
  for (const int kind : storm.Enums("kinds")) plan.kinds.push_back(KindOf(kind));
  if (plan.kinds.empty()) errors_.push_back(storm.Error("no kinds: what do its users do?"));
  const auto has = [&plan](Kind kind) {
    return std::find(plan.kinds.begin(), plan.kinds.end(), kind) != plan.kinds.end();
  };
  if (has(Kind::kAbandon) || has(Kind::kAbandonSession) || has(Kind::kAbandonSocket)) OfferAbandoning();
  ReadStormUrls(storm, &plan);
  if (storm.Has("body")) plan.upload = ReadUpload(storm.Sub("body"));
  plan.message = ReadMessage(storm.Sub("message"));
  plan.socket = ReadSocket(storm.Sub("socket"));
  plan.part = Menu(storm, "part_menu", 1, 1, kBodyMax);
  for (const uint64_t ms : storm.Numbers("sleep_menu_ms")) {
    if (ms <= 3'600'000 && plan.sleeps_ns.size() < kMenuMax) {
      plan.sleeps_ns.push_back(static_cast<int64_t>(ms) * 1'000'000);
    } else {
      errors_.push_back(storm.Error("sleep_menu_ms", "sleep_menu_ms: at most 64 values, up to an hour each"));
    }
  }
  if (plan.sleeps_ns.empty()) plan.sleeps_ns = {0, 1'000'000, 10'000'000, 100'000'000};
  plan.timeout = plan_.client.timeout;
  plan.own_timeout = storm.Has("timeout");
  if (plan.own_timeout) ReadTimeout(storm.Sub("timeout"), &plan.timeout);
  plan_.world.offers.Add(Label::kWorkloadMore);
  plan_.world.offers.Add(Label::kWorkloadNext);
  ReadStormTasks(storm, &plan);
  plan_.storms.push_back(std::move(plan));
}

void ScenarioReader::ReadStormUrls(const Node& storm, StormPlan* plan) {
  const std::vector<std::string> hosts = storm.Texts("hosts");
  for (size_t i = 0; i < hosts.size(); ++i) {
    const bool known = std::any_of(plan_.origins.begin(), plan_.origins.end(),
                                   [&](const OriginPlan& origin) { return origin.host == hosts[i]; });
    if (known) continue;
    errors_.push_back(storm.Error("hosts", static_cast<int>(i), absl::StrCat("no origin for ", hosts[i])));
  }
  for (const OriginPlan& origin : plan_.origins) {
    if (!hosts.empty() && std::find(hosts.begin(), hosts.end(), origin.host) == hosts.end()) continue;
    AddUrls(origin, plan);
  }
  if (!hosts.empty() && plan->urls.empty() && plan->socket_urls.empty()) return;  // said above
  const std::vector<StormPlan::Kind>& kinds = plan->kinds;
  if (plan->urls.empty() && std::any_of(kinds.begin(), kinds.end(), NeedsResponse)) {
    errors_.push_back(storm.Error("no origin for its users"));
  }
  if (plan->socket_urls.empty() && std::any_of(kinds.begin(), kinds.end(), NeedsWebSocket)) {
    errors_.push_back(storm.Error("no WebSocket for its users"));
  }
}

void ScenarioReader::ReadStormTasks(const Node& storm, StormPlan* plan) {
  const std::string id = Id(storm, "id");
  plan->first_task = plan_.tasks.size();
  plan->tasks = Bytes(storm, "tasks", 2, 1, 100);
  if (plan_.tasks.size() + plan->tasks > 1000) {
    errors_.push_back(storm.Error("tasks", "more than 1000 tasks and requests"));
    return;
  }
  for (size_t i = 0; i < plan->tasks; ++i) {
    TaskPlan task;
    task.id = absl::StrCat(id, "-", i + 1);
    ReadEndings(storm, &task);
    task.operations = 2 * plan->operations_max;  // those that nest make two
    task.storm = plan_.storms.size();
    if (!tasks_.emplace(task.id, plan_.tasks.size()).second) {
      errors_.push_back(storm.Error("id", absl::StrCat("a second task or request \"", task.id, "\"")));
    }
    plan_.tasks.push_back(std::move(task));
  }
}

}  // namespace sim
