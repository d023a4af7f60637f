// TIMEOUT-EXACT: a timeout ends what it was set for when that has lasted for so long: not earlier, and not later.
//
//   total         from the call to the last byte of the response
//   connect       from the call until there is a connection, waiting for a slot included; anew where the request has
//                 been sent, in part at least, and is sent once more
//   sock_connect  one attempt at one address
//   sock_read     since the last byte, while the peer owes some and the client reads
//   heartbeat     of a WebSocket: nothing came for so long, and then for half as long after a ping; while the client
//                 reads. Any byte is a sign of life
//   close         of a WebSocket: since its user has begun to close it
//
// Early is judged when an operation fails by a timeout. Late is judged whenever time is about to pass: nobody waits any
// more whose time is over; and when nothing but timeouts is left: whoever waits then, and has a timeout for it, has a
// timer that will come in time. Catches timers that are not armed, not moved on by bytes, not stopped by a pause or by
// the end of their operation, and that act on the next one.
#ifndef SIM_ORACLE_TIMEOUT_EXACT_H_
#define SIM_ORACLE_TIMEOUT_EXACT_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class TimeoutExact final : public LedgerLaw {
 public:
  TimeoutExact(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kTimeoutExact, 
                  {Fact::kRequestEnded, Fact::kPayloadEnded, Fact::kFramesDelivered}) {}

  void OnRequestEnded(const RequestRecord& request) override {
    if (request.failed && request.error == client::ErrorKind::kTimeout) NotEarly(request, request.timeout);
  }

  void OnPayloadEnded(const PayloadRecord& payload) override {
    if (!payload.failed || payload.error != client::ErrorKind::kTimeout || payload.ends > 1) return;
    const RequestRecord* request = ledger().FindRequest(payload.request);
    if (request == nullptr) return;
    if (payload.messages) return SocketNotEarly(payload);
    const ConnectionRecord* connection = ledger().FindConnection(payload.connection);
    if (payload.timeout == Kind::kSockRead && connection != nullptr && connection->paused) {
      return Violated([&] {
        return absl::StrCat(words().OfPayload(payload), " failed by sock_read while its reading was paused");
      });
    }
    NotEarly(*request, payload.timeout);
  }

  // The timeout that should have come before.
  void OnFramesDelivered(const WebSocketRecord& socket) override {
    const int64_t allowed_ns = Heartbeat(socket);
    if (socket.silence_ns <= allowed_ns || socket.closing || world().offers(Label::kLoopLate)) return;
    const RequestRecord* request = ledger().FindRequest(socket.name);
    const PayloadRecord* payload = request != nullptr ? ledger().FindPayload(request->payload) : nullptr;
    if (payload != nullptr && payload->ends > 0) return;  // given up, though the connection still stands
    Violated([&] {
      return absl::StrCat(words().Of(socket.name), " was not given up after ", Ms(socket.silence_ns),
                          " ms of silence, where its heartbeat allows ", Ms(allowed_ns), " ms");
    });
  }

  void AtLull() override {
    if (world().offers(Label::kLoopLate)) return;
    for (const WebSocketRecord& socket : ledger().websockets()) {
      if (WaitsForLife(socket)) NotOver(socket.name, "heartbeat", socket.active_ns, Heartbeat(socket));
    }
    for (const OperationRecord& operation : ledger().operations()) {
      if (operation.pending() && !operation.patience.endless()) NotLate(operation, &TimeoutExact::NotOver);
    }
  }
  void AtStall() override {
    for (const WebSocketRecord& socket : ledger().websockets()) HeartbeatNotLate(socket);
    for (const OperationRecord& operation : ledger().operations()) {
      if (operation.pending()) NotLate(operation, &TimeoutExact::MustBeArmed);
    }
  }
  void AtQuiet() override { AtStall(); }

 private:
  using Kind = client::TimeoutKind;
  using Phase = RequestRecord::Phase;
  static constexpr int64_t kEndless = Patience::kEndless;

  void NotEarly(const RequestRecord& request, Kind kind) {
    const OperationRecord* operation = ledger().FindOperation(request.name);
    if (operation == nullptr) return;
    const Patience& patience = operation->patience;
    switch (kind) {
      case Kind::kTotal: return Lasted(request.name, "total", operation->started_ns, patience.total_ns);
      case Kind::kConnect: return Lasted(request.name, "connect", operation->started_ns, patience.connect_ns);
      case Kind::kSockConnect: return Lasted(request.name, "sock_connect", FirstOpened(), patience.sock_connect_ns);
      case Kind::kSockRead: return Lasted(request.name, "sock_read", SilentSince(request), patience.sock_read_ns);
      case Kind::kNone:
      case Kind::kHeartbeat:
      case Kind::kClose: return;
    }
  }

  // How long a WebSocket may be silent in all.
  static int64_t Heartbeat(const WebSocketRecord& socket) {
    const int64_t heartbeat_ns = socket.terms.heartbeat_ns;
    return heartbeat_ns == 0 ? kEndless : heartbeat_ns + heartbeat_ns / 2;
  }

  void SocketNotEarly(const PayloadRecord& payload) {
    const WebSocketRecord* socket = ledger().FindWebSocket(payload.request);
    if (socket == nullptr) return;
    if (payload.timeout == Kind::kClose) {
      const int64_t since_ns = socket->closing ? socket->closing_first_ns : kEndless;
      return Lasted(socket->name, "close", since_ns, socket->terms.close_timeout_ns);
    }
    const ConnectionRecord* connection = ledger().FindConnection(payload.connection);
    if (connection != nullptr && connection->paused) {
      return Violated([&] {
        return absl::StrCat(words().OfPayload(payload), " failed by heartbeat while their reading was paused");
      });
    }
    Lasted(socket->name, "heartbeat", socket->active_ns, Heartbeat(*socket));
  }

  // A sign of it, for its heartbeat.
  bool WaitsForLife(const WebSocketRecord& socket) const {
    if (socket.terms.heartbeat_ns == 0 || socket.closing) return false;
    const RequestRecord* request = ledger().FindRequest(socket.name);
    const PayloadRecord* payload = request != nullptr ? ledger().FindPayload(request->payload) : nullptr;
    const ConnectionRecord* connection = ledger().FindConnection(socket.connection);
    if (payload == nullptr || payload->ends > 0 || payload->destroyed || connection == nullptr) return false;
    return connection->open() && !connection->paused && !connection->ended_for_client();
  }

  // Its timer is no timeout: where nothing but those is left, there is none.
  void HeartbeatNotLate(const WebSocketRecord& socket) {
    if (!WaitsForLife(socket)) return;
    Violated([&] {
      return absl::StrCat(words().Of(socket.name), " is silent since ", Ms(socket.active_ns),
                          " ms, and no heartbeat will find that out");
    });
  }

  void Lasted(Name request, const char* what, int64_t since_ns, int64_t patience_ns) {
    const int64_t now_ns = world().elapsed_ns();
    if (patience_ns == kEndless) {
      return Violated([&] {
        return absl::StrCat(words().Of(request), " failed by a timeout, ", what, ", that nobody has set");
      });
    }
    if (since_ns == kEndless) {
      return Violated([&] {
        return absl::StrCat(words().Of(request), " failed by ", what, " before its request was sent");
      });
    }
    if (now_ns - since_ns >= patience_ns) return;
    Violated([&] {
      return absl::StrCat(words().Of(request), " failed by ", what, " after ", Ms(now_ns - since_ns),
                          " ms, where ", Ms(patience_ns), " ms were allowed");
    });
  }

  using Judge = void (TimeoutExact::*)(Name waits, const char* what, int64_t since_ns, int64_t patience_ns);

  void NotLate(const OperationRecord& operation, Judge judge) {
    const Patience& patience = operation.patience;
    const RequestRecord* request = ledger().FindRequest(operation.request);
    if (request == nullptr || !request->live || request->phase == Phase::kEnded) return;
    const PayloadRecord* payload = ledger().FindPayload(request->payload);
    const ExchangeRecord* exchange = ledger().ExchangeOf(operation.request);
    if ((payload != nullptr && payload->ends > 0) || (exchange != nullptr && exchange->delivered)) return;
    if (request->phase == Phase::kBody && (payload == nullptr || payload->messages)) return;  // upgraded
    (this->*judge)(request->name, "total", operation.started_ns, patience.total_ns);
    if (request->phase == Phase::kStarted || request->phase == Phase::kQueued) {
      const int64_t since_ns = std::max(operation.started_ns, request->wants_ns);
      return (this->*judge)(request->name, "connect", since_ns, patience.connect_ns);
    }
    const ConnectionRecord* connection = ledger().FindConnection(request->connection);
    if (connection == nullptr || !connection->open() || connection->paused || connection->ended_for_client()) return;
    const int64_t since_ns = SilentSince(*request);
    if (since_ns != kEndless) (this->*judge)(request->name, "sock_read", since_ns, patience.sock_read_ns);
  }

  void NotOver(Name waits, const char* what, int64_t since_ns, int64_t patience_ns) {
    if (patience_ns == kEndless || world().elapsed_ns() - since_ns <= patience_ns) return;
    Violated([&] {
      return absl::StrCat(words().Of(waits), " waits since ", Ms(since_ns), " ms, though its ", what,
                          " was to end that ", Ms(patience_ns), " ms later");
    });
  }

  void MustBeArmed(Name waits, const char* what, int64_t since_ns, int64_t patience_ns) {
    if (patience_ns == kEndless) return;
    const RequestRecord& request = *ledger().FindRequest(waits);
    const int64_t due_ns = Scheduler::kStartNs + since_ns + patience_ns;
    bool armed = false;
    world().loop().timers().ForEach([&](const Timer& timer) {
      const bool ours = timer.kind() == TimerKind::kTimeout && timer.deadline_ns <= due_ns;
      armed = armed || (ours && (Under(timer.name(), request.name) || Under(timer.name(), request.connection)));
    });
    if (armed) return;
    Violated([&] {
      return absl::StrCat(words().Of(waits), " waits since ", Ms(since_ns), " ms, and no timer will end that ",
                          Ms(patience_ns), " ms later, as its ", what, " says");
    });
  }

  // Since when the peer owes bytes and has sent none; kEndless if it owes none yet.
  int64_t SilentSince(const RequestRecord& request) const {
    if (request.phase != Phase::kBody && request.payload.empty() && request.sent_ns < 0) return kEndless;
    const ConnectionRecord* connection = ledger().FindConnection(request.connection);
    return std::max(request.sent_ns, connection != nullptr ? connection->active_ns : 0);
  }

  int64_t FirstOpened() const {
    int64_t first_ns = kEndless;
    for (const ConnectionRecord& connection : ledger().connections()) {
      if (connection.socket == ConnectionRecord::Socket::kOpen) continue;
      first_ns = std::min(first_ns, connection.opened_ns);
    }
    return first_ns == kEndless ? world().elapsed_ns() : first_ns;
  }

  bool Under(Name name, Name ancestor) const {
    if (ancestor.empty()) return false;
    for (name = world().history().Parent(name); !name.empty(); name = world().history().Parent(name)) {
      if (name == ancestor) return true;
    }
    return false;
  }

  static int64_t Ms(int64_t ns) { return ns / 1'000'000; }
};

}  // namespace sim

#endif  // SIM_ORACLE_TIMEOUT_EXACT_H_
