// What the client says: names for what the others count, and the events of the trace.

#include <algorithm>
#include <utility>

#include "sim/oracle/ledger.h"

namespace sim {

using client::ClientError;

namespace {

bool Idempotent(absl::string_view method) {
  for (absl::string_view idempotent : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) {
    if (method == idempotent) return true;
  }
  return false;
}

}  // namespace

void Ledger::RequestStarted(Name request, absl::string_view method, absl::string_view url) {
  world_.Record(TraceKind::kRequest, request, static_cast<uint64_t>(RequestEvent::kStarted));
  RequestRecord& record = Request(request);
  if (!record.live) ++live_requests_;
  record.live = true;
  record.phase = RequestRecord::Phase::kStarted;
  record.idempotent = Idempotent(method);
  record.head = method == "HEAD";
  ++record.starts;
  record.started_at = queued_;
}

void Ledger::EndRequest(RequestRecord& request) {
  if (request.live) --live_requests_;
  request.live = false;
  request.phase = RequestRecord::Phase::kEnded;
  ++request.ends;
  Tell(Fact::kRequestEnded, &LedgerListener::OnRequestEnded, request);
}

void Ledger::RequestEnded(Name request, const client::Result<void>& outcome) {
  const RequestEvent event = outcome.ok() ? RequestEvent::kEnded : RequestEvent::kFailed;
  world_.Record(TraceKind::kRequest, request, static_cast<uint64_t>(event));
  RequestRecord& record = Request(request);
  record.failed = !outcome.ok();
  if (record.failed) {
    record.error = outcome.error().kind();
    record.timeout = outcome.error().timeout();
    MarkFailed(request, record.error);
  }
  EndRequest(record);
}

void Ledger::MarkFailed(Name request, client::ErrorKind error) {
  switch (error) {
    case client::ErrorKind::kTimeout: return Reach(MarkId::kTimedOut, request);
    case client::ErrorKind::kDisconnected: return Reach(MarkId::kDisconnected, request);
    case client::ErrorKind::kBodySource: return Reach(MarkId::kSourceFailed, request);
    case client::ErrorKind::kSessionClosed: return Reach(MarkId::kCutByClosing, request);
    default: return;
  }
}

void Ledger::RequestCancelled(Name request) {
  world_.Record(TraceKind::kRequest, request, static_cast<uint64_t>(RequestEvent::kCancelled));
  RequestRecord& record = Request(request);
  record.cancelled = true;
  EndRequest(record);
}

void Ledger::WaiterQueued(Name key, Name request) {
  world_.history().Touch(key);
  world_.Record(TraceKind::kPool, request, static_cast<uint64_t>(PoolEvent::kQueued));
  Reach(MarkId::kQueued, request);
  Request(request).phase = RequestRecord::Phase::kQueued;
  waiters_.push_back({.key = key, .request = request, .since = ++queued_, .queued = true, .overtook = Name()});
}

void Ledger::WaiterLeft(Name key, Name request) {
  world_.history().Touch(key);
  world_.Record(TraceKind::kPool, request, static_cast<uint64_t>(PoolEvent::kLeftQueue));
  RequestRecord& record = Request(request);
  if (record.phase == RequestRecord::Phase::kQueued) record.phase = RequestRecord::Phase::kStarted;
  Name longer;  // the one at the head of the queue, if that is another
  for (WaiterRecord& waiter : waiters_) {
    if (!waiter.queued || waiter.key != key) continue;
    if (waiter.request == request) {
      waiter.queued = false;
      waiter.overtook = longer;
      return;
    }
    if (longer.empty()) longer = waiter.request;
  }
}

void Ledger::ConnectStarted(Name key, Name connection) {
  world_.history().Touch(key);
  world_.Record(TraceKind::kPool, connection, static_cast<uint64_t>(PoolEvent::kConnectStarted));
  ConnectionRecord& record = Connection(connection);
  record.key = key;
  if (record.exists()) Tell(Fact::kSocketOpened, &LedgerListener::OnSocketOpened, record);
}

void Ledger::ConnectEnded(Name key, Name connection, bool connected) {
  world_.history().Touch(key);
  const PoolEvent event = connected ? PoolEvent::kConnected : PoolEvent::kConnectFailed;
  world_.Record(TraceKind::kPool, connection, static_cast<uint64_t>(event));
  if (!connected) Reach(MarkId::kConnectFailed, connection);
}

void Ledger::ConnectionAcquired(Name key, Name connection, Name request) {
  world_.history().Touch(key);
  world_.Record(TraceKind::kPool, connection, static_cast<uint64_t>(PoolEvent::kAcquired));
  ConnectionRecord& record = Connection(connection);
  const Name previous = record.use == ConnectionRecord::Use::kLeased ? record.holder : Name();
  record.key = key;
  const bool was_idle = record.use == ConnectionRecord::Use::kIdle;
  record.idled_ns = was_idle ? world_.elapsed_ns() - record.idle_since_ns : 0;
  record.use = ConnectionRecord::Use::kLeased;
  record.holder = request;
  record.sent_before = record.sent[kClientEnd];
  record.upload_given = 0;
  if (record.leases++ > 0) Reach(MarkId::kReused, request);
  RequestRecord& holder = Request(request);
  if (!holder.connection.empty() && holder.wants_ns > 0) Reach(MarkId::kSentAgain, request);
  holder.connection = connection;
  holder.sent_ns = -1;
  holder.phase = RequestRecord::Phase::kHead;
  Tell(Fact::kConnectionAcquired, &LedgerListener::OnConnectionAcquired, record, holder, previous);
}

void Ledger::ConnectionDraining(Name key, Name connection) {
  world_.history().Touch(key);
  world_.Record(TraceKind::kPool, connection, static_cast<uint64_t>(PoolEvent::kDraining));
  ConnectionRecord& record = Connection(connection);
  record.draining = true;
  if (!record.holder.empty()) Request(record.holder).wants_ns = world_.elapsed_ns();
}

void Ledger::ConnectionIdle(Name key, Name connection) {
  world_.history().Touch(key);
  world_.Record(TraceKind::kPool, connection, static_cast<uint64_t>(PoolEvent::kIdle));
  ConnectionRecord& record = Connection(connection);
  record.use = ConnectionRecord::Use::kIdle;
  record.idle_since_ns = world_.elapsed_ns();
  const bool drained = std::exchange(record.draining, false);
  if (drained) Reach(MarkId::kDrained, record.holder);
  if (!drained && !record.holder.empty()) Request(record.holder).wants_ns = world_.elapsed_ns();
  Tell(Fact::kConnectionIdle, &LedgerListener::OnConnectionIdle, record);
}

void Ledger::ConnectionClosed(Name key, Name connection, absl::string_view why) {
  world_.history().Touch(key);
  world_.Record(TraceKind::kPool, connection, static_cast<uint64_t>(PoolEvent::kClosed));
  ConnectionRecord& record = Connection(connection);
  record.use = ConnectionRecord::Use::kGivenUp;
  const bool drained = std::exchange(record.draining, false);
  if (drained) Reach(MarkId::kDrainEnded, record.holder);
  if (drained || record.holder.empty()) return;
  // What is written to a connection that was reset is lost before the wire.
  const bool written = record.sent[kClientEnd] > record.sent_before || record.reset;
  if (written) Request(record.holder).wants_ns = world_.elapsed_ns();
  // Whoever had it and was sent nothing on it may be given another; everybody else ends.
  RequestRecord& holder = Request(record.holder);
  if (holder.phase == RequestRecord::Phase::kHead && holder.connection == connection) {
    holder.phase = RequestRecord::Phase::kStarted;
  }
}

void Ledger::RequestSent(Name connection, Name request) {
  world_.Record(TraceKind::kRequest, request, static_cast<uint64_t>(RequestEvent::kSent));
  Request(request).sent_ns = world_.elapsed_ns();
}

void Ledger::HeadReceived(Name connection, Name request, int status) {
  world_.Record(TraceKind::kRequest, request, static_cast<uint64_t>(RequestEvent::kHead),
                static_cast<uint32_t>(status));
  if (status < 200 && status != 101) return;  // RFC 9110 section 15.2: interim
  ConnectionRecord& record = Connection(connection);
  ++record.heads;
  RequestRecord& receiver = Request(request);
  receiver.phase = RequestRecord::Phase::kBody;
  if (receiver.sent_ns < 0) Reach(MarkId::kEarlyResponse, request);
  Tell(Fact::kHeadGiven, &LedgerListener::OnHeadGiven, record, receiver);
}

void Ledger::PayloadOpened(Name connection, Name request, Name payload) {
  world_.Record(TraceKind::kPayload, payload, static_cast<uint64_t>(PayloadEvent::kOpened));
  PayloadRecord& record = payloads_.emplace_back();
  record.name = payload;
  record.connection = connection;
  record.request = request;
  const WebSocketRecord* socket = FindWebSocket(request);
  record.messages = socket != nullptr && socket->accepted;
  Request(request).payload = payload;
}

void Ledger::PayloadFed(Name payload, uint64_t bytes, uint64_t buffered) {
  world_.Record(TraceKind::kPayload, payload, static_cast<uint64_t>(PayloadEvent::kFed), static_cast<uint32_t>(bytes));
  PayloadRecord& record = PayloadOf(payload);
  record.fed += bytes;
  ++record.feeds;
  record.claimed_buffered = buffered;
  Tell(Fact::kPayloadFed, &LedgerListener::OnPayloadFed, record);
}

void Ledger::PayloadRead(Name payload, uint64_t bytes, uint64_t buffered) {
  world_.Record(TraceKind::kPayload, payload, static_cast<uint64_t>(PayloadEvent::kRead), static_cast<uint32_t>(bytes));
  PayloadRecord& record = PayloadOf(payload);
  record.read = std::min(record.read + bytes, record.fed);
  ++record.reads;
  record.claimed_buffered = buffered;
}

void Ledger::EndPayload(PayloadRecord& payload) {
  ++payload.ends;
  Tell(Fact::kPayloadEnded, &LedgerListener::OnPayloadEnded, payload);
}

void Ledger::PayloadEof(Name payload) {
  world_.Record(TraceKind::kPayload, payload, static_cast<uint64_t>(PayloadEvent::kEof));
  PayloadRecord& record = PayloadOf(payload);
  record.eof = true;
  EndPayload(record);
}

void Ledger::PayloadError(Name payload, const ClientError& error) {
  world_.Record(TraceKind::kPayload, payload, static_cast<uint64_t>(PayloadEvent::kError),
                static_cast<uint32_t>(error.kind()));
  PayloadRecord& record = PayloadOf(payload);
  record.failed = true;
  record.error = error.kind();
  record.timeout = error.timeout();
  EndPayload(record);
}

void Ledger::PayloadDestroyed(Name payload) {
  world_.Record(TraceKind::kPayload, payload, static_cast<uint64_t>(PayloadEvent::kDestroyed));
  PayloadRecord& record = PayloadOf(payload);
  record.destroyed = true;
  Tell(Fact::kPayloadDestroyed, &LedgerListener::OnPayloadDestroyed, record);
}

void Ledger::ReadingPaused(Name connection, Name payload) {
  world_.Record(TraceKind::kPayload, payload, static_cast<uint64_t>(PayloadEvent::kPaused));
  Connection(connection).paused_by = payload;
}

void Ledger::ReadingResumed(Name connection, Name payload) {
  world_.Record(TraceKind::kPayload, payload, static_cast<uint64_t>(PayloadEvent::kResumed));
}

void Ledger::NotClosed(Name handle, absl::string_view what) {
  world_.Record(TraceKind::kRequest, handle, static_cast<uint64_t>(RequestEvent::kNotClosed));
}

}  // namespace sim
