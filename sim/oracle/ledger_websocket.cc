// WebSockets: what their users, their servers and the frames on the wire say.

#include <algorithm>

#include "sim/oracle/ledger.h"
#include "sim/world/pattern.h"

namespace sim {

const WebSocketRecord* Ledger::FindWebSocket(Name request) const {
  for (auto it = websockets_.rbegin(); it != websockets_.rend(); ++it) {
    if (it->name == request) return &*it;
  }
  return nullptr;
}

WebSocketRecord& Ledger::WebSocketOf(Name request) {
  for (auto it = websockets_.rbegin(); it != websockets_.rend(); ++it) {
    if (it->name == request) return *it;
  }
  websockets_.emplace_back().name = request;
  return websockets_.back();
}

// The wire.

void Ledger::DeliverFrames(const ConnectionRecord& connection, ExchangeRecord& exchange, absl::string_view bytes) {
  WebSocketRecord& socket = WebSocketOf(exchange.request);
  socket.silence_ns = world_.elapsed_ns() - socket.active_ns;
  socket.active_ns = world_.elapsed_ns();
  while (!bytes.empty() && !socket.tracker.closed()) {
    const uint64_t before = socket.tracker.messages();
    const uint64_t pings = socket.tracker.pings();
    bytes.remove_prefix(socket.tracker.Feed(bytes));
    if (socket.closing && socket.tracker.messages() > before) Reach(MarkId::kMessageCrossesClose, socket.name);
    if (socket.closing && socket.tracker.pings() > pings) Reach(MarkId::kPingCrossesClose, socket.name);
    const bool known = socket.tracker.messages() > before && before < socket.sent.size();
    if (known) socket.delivered_bytes += socket.sent[before].bytes;
  }
  // The peer's Close is the end of what it sends, as the last byte of a body is.
  exchange.delivered = exchange.delivered || socket.tracker.closed();
  Tell(Fact::kFramesDelivered, &LedgerListener::OnFramesDelivered, socket);
}

// The servers.

void Ledger::WebSocketAccepted(Name connection, Name socket) {
  WebSocketRecord& record = WebSocketOf(socket);
  record.connection = connection;
  record.accepted = true;
  record.compressed = false;
  record.close_sent = false;
  record.sent.clear();
}

void Ledger::CompressionAgreed(Name socket) { WebSocketOf(socket).compressed = true; }

void Ledger::MessageBegan(Name socket, Name key, bool text, uint64_t bytes) {
  WebSocketOf(socket).sent.push_back({.key = key, .text = text, .bytes = bytes, .done = false});
}

void Ledger::MessageSent(Name socket) {
  WebSocketRecord& record = WebSocketOf(socket);
  if (!record.sent.empty()) record.sent.back().done = true;
}

void Ledger::MessageArrived(Name socket, bool text, absl::string_view bytes) {
  WebSocketRecord& record = WebSocketOf(socket);
  Tell(Fact::kMessageArrived, &LedgerListener::OnMessageArrived, record, text, bytes);
  // Those that were given up before their turn do not come.
  while (record.arrived < record.given.size()) {
    const MessageRecord& message = record.given[record.arrived++];
    if (message.text == text && message.bytes == bytes.size() &&
        MatchMessage(message.key, text, bytes) == bytes.size()) {
      return;
    }
  }
}

void Ledger::PingIgnored(Name socket) { WebSocketOf(socket).ignores_pings = true; }

void Ledger::CloseSent(Name socket, uint16_t code) {
  WebSocketRecord& record = WebSocketOf(socket);
  record.close_sent = true;
  if (record.closing && !record.close_arrived) Reach(MarkId::kClosesCross, socket);
}

void Ledger::CloseArrived(Name socket, uint16_t code) {
  WebSocketRecord& record = WebSocketOf(socket);
  record.close_arrived = true;
  Tell(Fact::kCloseArrived, &LedgerListener::OnCloseArrived, record);
}

void Ledger::FramesMalformed(Name connection, Name socket, absl::string_view why) {
  Tell(Fact::kFramesMalformed, &LedgerListener::OnFramesMalformed, WebSocketOf(socket), why);
}

// The users.

void Ledger::WebSocketPlanned(Name socket, const SocketTerms& terms) {
  WebSocketRecord& record = websockets_.emplace_back();
  record.name = socket;
  record.terms = terms;
}

void Ledger::MessageGiven(Name socket, Name key, bool text, uint64_t bytes) {
  WebSocketOf(socket).given.push_back({.key = key, .text = text, .bytes = bytes, .done = false});
}

void Ledger::MessageAccepted(Name socket, Name key) {
  for (MessageRecord& message : WebSocketOf(socket).given) {
    if (message.key == key) message.done = true;
  }
}

void Ledger::MessageReceived(Name socket, bool text, absl::string_view bytes) {
  WebSocketRecord& record = WebSocketOf(socket);
  Tell(Fact::kMessageReceived, &LedgerListener::OnMessageReceived, record, text, bytes);
  ++record.received;
  record.received_bytes += bytes.size();
}

void Ledger::MessagesEnded(Name socket, uint16_t close_code) {
  WebSocketRecord& record = WebSocketOf(socket);
  ++record.ends;
  Tell(Fact::kMessagesEnded, &LedgerListener::OnMessagesEnded, record, close_code);
}

void Ledger::MessagesFailed(Name socket, absl::string_view error, uint16_t close_code) {
  WebSocketRecord& record = WebSocketOf(socket);
  ++record.ends;
  Tell(Fact::kMessagesFailed, &LedgerListener::OnMessagesFailed, record, error, close_code);
}

void Ledger::ClosingStarted(Name socket) {
  WebSocketRecord& record = WebSocketOf(socket);
  if (record.close_sent && !record.tracker.closed()) Reach(MarkId::kClosesCross, socket);
  record.closing_since_ns = world_.elapsed_ns();
  if (!record.closing) record.closing_first_ns = record.closing_since_ns;
  record.closing = true;
  record.closed = false;
}

void Ledger::ClosingEnded(Name socket, bool ok, absl::string_view error) {
  WebSocketRecord& record = WebSocketOf(socket);
  record.closed = true;
  Tell(Fact::kClosingEnded, &LedgerListener::OnClosingEnded, record, ok, error);
}

void Ledger::SessionClosing() {
  for (WebSocketRecord& record : websockets_) {
    if (record.closing) continue;
    record.closing = true;
    record.closed = true;  // nobody waits for it
    record.closing_since_ns = record.closing_first_ns = world_.elapsed_ns();
  }
}

}  // namespace sim
