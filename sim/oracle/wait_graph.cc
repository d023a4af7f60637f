#include "sim/oracle/wait_graph.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/debug/wait_words.h"
#include "sim/oracle/slots.h"

namespace sim {

using client::SpawnedTask;
using Socket = ConnectionRecord::Socket;
using Use = ConnectionRecord::Use;
using Phase = RequestRecord::Phase;

WaitGraph::WaitGraph(World& world, const Ledger& ledger, const Limits& limits)
    : world_(world), ledger_(ledger), limits_(limits), words_(world, ledger) {}

Name WaitGraph::FindStuck() {
  Name found;
  for (const TaskRecord& task : ledger_.tasks()) {
    if (task.ended || WaitsRightly(task.name)) continue;
    const SpawnedTask* spawned = FindSpawned(task.name);
    const bool joins = spawned != nullptr && spawned->waiter() != nullptr &&
                       ledger_.FindTask(spawned->waiter()->reason().on) != nullptr;
    if (!joins) return task.name;
    if (found.empty()) found = task.name;
  }
  return found;
}

bool WaitGraph::WaitsRightly(Name task) {
  path_.clear();
  return Rightly({Kind::kTask, task});
}

bool WaitGraph::Rightly(const Node& node) {
  if (std::find(right_.begin(), right_.end(), node) != right_.end()) return true;
  if (std::find(path_.begin(), path_.end(), node) != path_.end()) return false;  // a circle
  const Look look = At(node);
  bool rightly = look.rightly;
  if (!rightly && look.why == nullptr) {
    path_.push_back(node);
    const auto comes = [&](const Node& successor) { return Rightly(successor); };
    rightly = look.any_will_do ? std::any_of(look.successors.begin(), look.successors.end(), comes)
                               : std::all_of(look.successors.begin(), look.successors.end(), comes);
    path_.pop_back();
  }
  if (rightly) right_.push_back(node);
  return rightly;
}

WaitGraph::Look WaitGraph::At(const Node& node) const {
  switch (node.kind) {
    case Kind::kTask: return AtTask(node.name);
    case Kind::kResponse: return AtResponse(node.name);
    case Kind::kSlot: return AtSlot(node.name);
    case Kind::kReading: return AtReading(node.name);
    case Kind::kPayload: return AtPayload(node.name);
    case Kind::kMessage:
    case Kind::kPong:
    case Kind::kRoom:
    case Kind::kTurn:
    case Kind::kSends:
    case Kind::kEnd: return AtSocket(node.kind, node.name);
  }
  return {.why = "is unknown"};
}

WaitGraph::Look WaitGraph::AtTask(Name task) const {
  const SpawnedTask* spawned = FindSpawned(task);
  if (spawned == nullptr) {
    const TaskRecord* record = ledger_.FindTask(task);
    if (record == nullptr || record->ended) return {.why = "has ended"};
    return AtUnknown(task);
  }
  if (spawned->waiter() == nullptr) return {.why = "is suspended and waits for nothing"};
  const Name on = spawned->waiter()->reason().on;
  if (IsArmed(on)) return {.rightly = true};
  if (FindSpawned(on) != nullptr || ledger_.FindTask(on) != nullptr) return {.successors = {{Kind::kTask, on}}};
  if (const WebSocketRecord* socket = OpenSocket(on)) {
    return AtSocketTask(task, *socket, spawned->waiter()->reason().what);
  }
  if (ledger_.FindRequest(on) != nullptr) return {.successors = {{Kind::kResponse, on}}};
  if (const PayloadRecord* payload = ledger_.FindPayload(on)) {
    if (payload->ends > 0) return {.why = "waits for data although there is nothing more to come"};
    return {.successors = {{Kind::kResponse, payload->request}}};
  }
  if (const ConnectionRecord* connection = ledger_.FindConnection(on)) {
    if (ConnectsRightly(*connection)) return {.rightly = true};
    if (!connection->holder.empty()) return {.successors = {{Kind::kResponse, connection->holder}}};
  }
  return AtUnknown(task);
}

// Nobody knows what it waits for by that name: the requests that it has under way say more, or the tasks under it.
WaitGraph::Look WaitGraph::AtUnknown(Name task) const {
  Look look;
  for (const bool without_connection : {true, false}) {  // a request that has no connection yet comes before others
    for (const OperationRecord& operation : ledger_.operations()) {
      if (operation.task != task || !operation.pending()) continue;
      const RequestRecord* request = ledger_.FindRequest(operation.request);
      if (request == nullptr || !request->live) continue;
      const bool has_none = request->phase == Phase::kStarted || request->phase == Phase::kQueued;
      if (has_none || !without_connection) look.successors.push_back({Kind::kResponse, operation.request});
    }
    if (!look.successors.empty()) return look;
  }
  const SpawnedTask* self = FindSpawned(task);
  if (self == nullptr) return {.why = "is gone without an end"};
  const Name on = self->waiter()->reason().on;
  for (const SpawnedTask* other = world_.loop().first_task; other != nullptr; other = other->next_of_loop()) {
    if (other != self && Under(other->name(), on)) look.successors.push_back({Kind::kTask, other->name()});
  }
  if (!look.successors.empty()) return look;
  for (const RequestRecord& request : ledger_.requests()) {
    if (request.live) look.successors.push_back({Kind::kResponse, request.name});
  }
  if (look.successors.empty()) look.why = "waits for what nobody will do";
  return look;
}

WaitGraph::Look WaitGraph::AtResponse(Name name) const {
  const RequestRecord* request = ledger_.FindRequest(name);
  if (ledger_.abandoned(name)) return {.rightly = true};  // until it is collected
  if (request == nullptr || request->phase == Phase::kNone) return {.why = "has not begun"};
  if (request->phase == Phase::kQueued) return {.successors = {{Kind::kSlot, name}}};
  if (request->phase == Phase::kEnded) return {.why = "has ended"};
  if (request->phase == Phase::kStarted) {
    if (IsOpening(name)) return {.rightly = true};
    if (!request->connection.empty()) return {.why = "has lost its connection and was not told"};
    return {.why = "waits for a connection that nobody opens"};
  }
  if (OpenSocket(name) != nullptr) {
    const OperationRecord* operation = ledger_.FindOperation(name);
    if (operation == nullptr || !operation->pending()) return {.why = "is open, and nobody's"};
    return {.successors = {{Kind::kTask, operation->task}}};  // it ends when its user ends it
  }
  const ConnectionRecord* connection = ledger_.FindConnection(request->connection);
  if (connection == nullptr || !connection->exists()) return {.why = "has lost its connection and was not told"};
  return AtExchange(*request, *connection);
}

WaitGraph::Look WaitGraph::AtExchange(const RequestRecord& request, const ConnectionRecord& connection) const {
  const ExchangeRecord* exchange = ledger_.ExchangeOf(request.name);
  if (exchange != nullptr && exchange->connection != connection.name) exchange = nullptr;
  if (exchange != nullptr && exchange->delivered) return {.why = "has been given its whole response"};
  if (connection.ended_for_client()) return {.why = "has lost its connection"};
  const bool under_way = connection.sent[kServerEnd] > connection.received[kClientEnd] ||
                         connection.fin_sent[kServerEnd] || connection.reset;
  const bool silent = connection.silent || (exchange != nullptr && exchange->silent);
  if (silent && !(connection.paused && under_way)) return {.rightly = true};
  if (connection.paused) return {.successors = {{Kind::kReading, connection.name}}};
  if (under_way) {
    if (!world_.healed()) return {.rightly = true};  // held by a fault
    return {.why = "has bytes on its connection that are not taken"};
  }
  if (exchange == nullptr || !exchange->complete) {
    if (connection.sent[kClientEnd] > connection.received[kServerEnd] && !world_.healed()) return {.rightly = true};
    return AtUpload(request.name);
  }
  if (!exchange->response_complete || exchange->until_close) return {.rightly = true};  // the peer owes
  return {.why = "has a response that was sent and does not arrive"};
}

// The server has not got the whole request: somebody under the request must be sending it.
WaitGraph::Look WaitGraph::AtUpload(Name request) const {
  for (const SpawnedTask* task = world_.loop().first_task; task != nullptr; task = task->next_of_loop()) {
    if (!Under(task->name(), request)) continue;
    // Room on the connection comes when the server reads, which nothing here keeps it from.
    const Name on = task->waiter() != nullptr ? task->waiter()->reason().on : Name();
    const ConnectionRecord* connection = ledger_.FindConnection(on);
    if (connection == nullptr) return {.successors = {{Kind::kTask, task->name()}}};
    if (connection->sent[kClientEnd] == connection->received[kServerEnd]) {
      return {.why = "has more to send, and room for it, and nobody sends it"};
    }
    return {.why = "was sent in part, and the rest is not taken"};
  }
  return {.why = "was not sent to its end"};
}

WaitGraph::Look WaitGraph::AtSlot(Name request) const {
  const WaiterRecord* waiter = ledger_.FindWaiter(request);
  if (waiter == nullptr) return {.why = "is not in the queue"};
  const Slots slots = CountSlots(world_, ledger_, waiter->key);
  if (slots.can_serve(limits_)) return {.why = "could be given a connection, and is not"};
  const bool host_full = slots.host_full(limits_);
  Look look;
  for (const ConnectionRecord& connection : ledger_.connections()) {
    if (!connection.exists() || (host_full && connection.key != waiter->key)) continue;
    if (connection.connecting() || connection.draining) continue;
    if (connection.use != Use::kLeased) return {.why = "waits for a slot of a connection that nobody uses"};
    look.successors.push_back({Kind::kResponse, connection.holder});
  }
  // The others are lookups and connects, or the collector's: they end by themselves, and serve the queue then.
  look.rightly = look.successors.size() < (host_full ? slots.of_key : slots.all);
  // Whoever gives his slot back first serves the queue. A holder who waits in vain is found as one who waits.
  look.any_will_do = true;
  return look;
}

WaitGraph::Look WaitGraph::AtReading(Name name) const {
  const ConnectionRecord* connection = ledger_.FindConnection(name);
  const PayloadRecord* payload = ledger_.Pauser(*connection);
  if (payload == nullptr) return {.why = "paused by nobody"};
  if (payload->destroyed) return {.why = "paused by a body that is gone"};
  if (!payload->readable()) return {.why = "paused by a body that has nothing left to read"};
  return {.successors = {{Kind::kPayload, payload->name}}};
}

WaitGraph::Look WaitGraph::AtPayload(Name name) const {
  const PayloadRecord* payload = ledger_.FindPayload(name);
  const OperationRecord* operation = ledger_.FindOperation(payload->request);
  if (operation == nullptr) return {.why = "is read by nobody"};
  const TaskRecord* task = ledger_.FindTask(operation->task);
  if (task != nullptr && task->ended) return {.why = "is read by nobody any more"};
  return {.successors = {{Kind::kTask, operation->task}}};
}

const SpawnedTask* WaitGraph::FindSpawned(Name name) const {
  for (const SpawnedTask* task = world_.loop().first_task; task != nullptr; task = task->next_of_loop()) {
    if (task->name() == name && !task->done()) return task;
  }
  return nullptr;
}

bool WaitGraph::IsArmed(Name name) const {
  bool armed = false;
  world_.loop().timers().ForEach([&](const Timer& timer) { armed = armed || timer.name() == name; });
  return armed;
}

bool WaitGraph::IsOpening(Name request) const {
  for (const LookupRecord& lookup : ledger_.lookups()) {
    if (lookup.pending && Under(lookup.name, request)) return true;
  }
  // A connect does not say for whom it is made: that of a task that waits for it by name, or any.
  return std::any_of(ledger_.connections().begin(), ledger_.connections().end(),
                     [this](const ConnectionRecord& record) { return ConnectsRightly(record); });
}

bool WaitGraph::ConnectsRightly(const ConnectionRecord& connection) const {
  if (!connection.open()) return connection.connecting();
  if (connection.connecting() && connection.silent) return true;  // a proxy that does not answer, by its script
  // It shakes hands, and a fault holds bytes of that, or its end.
  const bool under_way = connection.sent[kServerEnd] > connection.received[kClientEnd] ||
                         connection.sent[kClientEnd] > connection.received[kServerEnd] ||
                         (connection.fin_sent[kServerEnd] && !connection.ended_for_client());
  return connection.connecting() && under_way && !world_.healed();
}

bool WaitGraph::Under(Name name, Name ancestor) const {
  if (ancestor.empty()) return false;
  for (name = world_.history().Parent(name); !name.empty(); name = world_.history().Parent(name)) {
    if (name == ancestor) return true;
  }
  return false;
}

std::string WaitGraph::Waits(Name task) const {
  const SpawnedTask* spawned = FindSpawned(task);
  if (spawned == nullptr) return "is under way";
  if (spawned->waiter() == nullptr) return "is suspended and waits for nothing";
  const client::WaitReason& reason = spawned->waiter()->reason();
  if (ledger_.FindTask(reason.on) != nullptr) return absl::StrCat("waits for ", words_.Of(reason.on));
  const PayloadRecord* payload = ledger_.FindPayload(reason.on);
  const RequestRecord* request = ledger_.FindRequest(payload != nullptr ? payload->request : reason.on);
  const Name connection = request != nullptr ? request->connection : Name();
  return client::WaitsFor(reason.what, words_.OfAny(reason.on), connection.empty() ? "" : words_.Of(connection));
}

std::string WaitGraph::Line(const Node& node, const Look& look) const {
  switch (node.kind) {
    case Kind::kTask: {
      const std::string line = absl::StrCat(words_.Of(node.name), " ", Waits(node.name));
      return look.why == nullptr || absl::StrContains(line, look.why) ? line : absl::StrCat(line, ": it ", look.why);
    }
    case Kind::kResponse:
    case Kind::kMessage:
    case Kind::kPong:
    case Kind::kRoom:
    case Kind::kTurn:
    case Kind::kSends:
    case Kind::kEnd:
      return look.why == nullptr ? "" : absl::StrCat(words_.Of(node.name), " ", look.why);
    case Kind::kSlot: {
      if (look.why != nullptr) return absl::StrCat(words_.Of(node.name), " ", look.why);
      std::vector<client::SlotHolder> holders;
      for (const Node& holder : look.successors) {
        const RequestRecord* request = ledger_.FindRequest(holder.name);
        holders.push_back({words_.Of(holder.name), request != nullptr ? words_.Of(request->connection) : ""});
      }
      return client::SlotsLine(holders);
    }
    case Kind::kReading: {
      const std::string connection = words_.Of(node.name);
      const PayloadRecord* payload = ledger_.Pauser(*ledger_.FindConnection(node.name));
      if (payload == nullptr) return absl::StrCat(connection, " does not read: ", look.why);
      const std::string by = words_.OfPayload(*payload);
      const std::string amounts = words_.Amounts(*payload);
      if (look.why == nullptr) return client::PausedLine(connection, by, amounts);
      return absl::StrCat(connection, " does not read: ", look.why, ": ", by, " (", amounts, ")");
    }
    case Kind::kPayload: {
      const std::string line = words_.OfPayload(*ledger_.FindPayload(node.name));
      if (look.why != nullptr) return absl::StrCat(line, " ", look.why);
      const Name task = look.successors[0].name;
      return client::ReadByLine(line, words_.Of(task), Waits(task));
    }
  }
  return "";
}

std::string WaitGraph::Explain(Name task) {
  std::string text;
  path_.clear();
  Node node{Kind::kTask, task};
  bool said = false;  // in the line before
  for (;;) {
    const Look look = At(node);
    const std::string line = said && look.why == nullptr ? "" : Line(node, look);
    if (!line.empty()) absl::StrAppend(&text, "\n  ", line);
    path_.push_back(node);
    said = node.kind == Kind::kPayload;
    const auto vain = std::find_if(look.successors.begin(), look.successors.end(), [&](const Node& successor) {
      const std::vector<Node> path = path_;
      const bool rightly = Rightly(successor);
      path_ = path;
      return !rightly;
    });
    if (look.why != nullptr || vain == look.successors.end()) return text;
    if (std::find(path_.begin(), path_.end(), *vain) != path_.end()) return text;
    node = *vain;
  }
}

}  // namespace sim
