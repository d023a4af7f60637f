// Who waits on a WebSocket, and whether rightly.

#include "sim/oracle/wait_graph.h"

namespace sim {

using client::SpawnedTask;

const WebSocketRecord* WaitGraph::OpenSocket(Name name) const {
  const PayloadRecord* payload = ledger_.FindPayload(name);
  const WebSocketRecord* socket = ledger_.FindWebSocket(payload != nullptr ? payload->request : name);
  if (socket == nullptr || !socket->accepted) return nullptr;
  const RequestRecord* request = ledger_.FindRequest(socket->name);
  return request != nullptr && request->phase == RequestRecord::Phase::kBody ? socket : nullptr;
}

WaitGraph::Look WaitGraph::AtSocketTask(Name task, const WebSocketRecord& socket, absl::string_view what) const {
  if (what == "a message of") return {.successors = {{Kind::kMessage, socket.name}}};
  if (what == "a pong of") return {.successors = {{Kind::kPong, socket.name}}};
  if (what == "room to write on") return {.successors = {{Kind::kRoom, socket.name}}};
  if (what == "the turn to send on") return {.successors = {{Kind::kTurn, socket.name}}};
  if (what == "the tasks of") return {.successors = {{Kind::kSends, socket.name}}};
  if (what == "the end of") return {.successors = {{Kind::kEnd, socket.name}}};
  return AtUnknown(task);
}

WaitGraph::Look WaitGraph::AtSocket(Kind kind, Name name) const {
  const WebSocketRecord* socket = ledger_.FindWebSocket(name);
  if (kind == Kind::kTurn || kind == Kind::kSends) return AtSenders(kind, name);
  const ConnectionRecord* connection = ledger_.FindConnection(socket->connection);
  // The timer of a close is no timeout: where nothing but those is left, there is none.
  if (kind == Kind::kEnd && connection != nullptr && connection->paused) {
    return {.why = "is being closed, but its connection does not read, and nothing will end that"};
  }
  if (kind == Kind::kEnd) return {.why = "is being closed, and nothing will end that"};
  if (connection == nullptr || !connection->exists()) return {.why = "has lost its connection and was not told"};
  if (connection->ended_for_client()) return {.why = "has lost its connection"};
  return AtPeer(kind, *socket, *connection);
}

WaitGraph::Look WaitGraph::AtPeer(Kind kind, const WebSocketRecord& socket, const ConnectionRecord& connection) const {
  const bool written = connection.sent[kClientEnd] > connection.received[kServerEnd];
  if (kind == Kind::kRoom) {
    if (!written) return {.why = "has room to write, and was not told"};
    if (!world_.healed()) return {.rightly = true};  // held by a fault
    return {.why = "has written what is not taken"};
  }
  if (kind == Kind::kMessage && !socket.closing && socket.tracker.messages() > socket.received) {
    return {.why = "has a message, and whoever waits for it was not given it"};
  }
  if (socket.tracker.closed()) return {.why = "was closed by the server, and was not told"};
  const bool under_way = connection.sent[kServerEnd] > connection.received[kClientEnd] ||
                         connection.fin_sent[kServerEnd] || connection.reset;
  const ExchangeRecord* exchange = ledger_.ExchangeOf(socket.name);
  const bool silent = connection.silent || (exchange != nullptr && exchange->silent);
  if (silent && !(connection.paused && under_way)) return {.rightly = true};
  if (connection.paused) return {.successors = {{Kind::kReading, connection.name}}};
  if (under_way) {
    if (!world_.healed()) return {.rightly = true};
    return {.why = "has bytes on its connection that are not taken"};
  }
  if (written) {
    if (!world_.healed()) return {.rightly = true};
    return {.why = "has written what is not taken"};
  }
  // A message comes when the peer wants; a pong is owed, and all that it was sent it has answered.
  if (kind == Kind::kMessage || socket.ignores_pings) return {.rightly = true};
  return {.why = "has its pong, and was not told"};
}

// Whoever sends is a task under the WebSocket, or the one whose operation it is.
WaitGraph::Look WaitGraph::AtSenders(Kind kind, Name socket) const {
  Look look;
  for (const SpawnedTask* task = world_.loop().first_task; task != nullptr; task = task->next_of_loop()) {
    if (task->done() || task->waiter() == nullptr) continue;
    const client::WaitReason& reason = task->waiter()->reason();
    const absl::string_view what = reason.what;
    if (kind == Kind::kTurn && reason.on == socket && what == "the turn to send on") continue;  // as this one does
    const bool sends = Under(task->name(), socket) || (reason.on == socket && what == "room to write on");
    if (sends) look.successors.push_back({Kind::kTask, task->name()});
  }
  if (look.successors.empty()) look.why = "is sent on by nobody, and whoever waits for that was not told";
  return look;
}

}  // namespace sim
