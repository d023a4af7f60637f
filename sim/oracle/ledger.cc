#include "sim/oracle/ledger.h"

#include <algorithm>

namespace sim {
namespace {

// Most runs stay below these; beyond them the tables grow.
constexpr size_t kFew = 16;

template <class Record, class Match>
Record* FindLast(std::vector<Record>& table, Match match) {
  for (auto it = table.rbegin(); it != table.rend(); ++it) {
    if (match(*it)) return &*it;
  }
  return nullptr;
}

template <class Record, class Match>
const Record* FindLast(const std::vector<Record>& table, Match match) {
  for (auto it = table.rbegin(); it != table.rend(); ++it) {
    if (match(*it)) return &*it;
  }
  return nullptr;
}

template <class Record>
Record& FindOrAdd(std::vector<Record>& table, Name name) {
  if (Record* found = FindLast(table, [&](const Record& record) { return record.name == name; })) return *found;
  table.emplace_back().name = name;
  return table.back();
}

}  // namespace

Ledger::Ledger(World& world) : world_(world) {
  world.set_tables(this);
  connections_.reserve(kFew);
  exchanges_.reserve(kFew);
  requests_.reserve(kFew);
  operations_.reserve(kFew);
  payloads_.reserve(kFew);
}

void Ledger::VisitTables(Visit visit) const {
  visit(connections_.data(), sizeof(ConnectionRecord), connections_.size());
  visit(requests_.data(), sizeof(RequestRecord), requests_.size());
  // By task, under whose name the requests of its operations are.
  visit(operations_.data(), sizeof(OperationRecord), operations_.size());
  visit(lookups_.data(), sizeof(LookupRecord), lookups_.size());
  visit(tasks_.data(), sizeof(TaskRecord), tasks_.size());
  visit(abandoned_.data(), sizeof(Name), abandoned_.size());
}

ConnectionRecord& Ledger::Connection(Name name) { return FindOrAdd(connections_, name); }
RequestRecord& Ledger::Request(Name name) { return FindOrAdd(requests_, name); }
PayloadRecord& Ledger::PayloadOf(Name name) { return FindOrAdd(payloads_, name); }

ExchangeRecord* Ledger::Exchange(Name connection, Name request) {
  return FindLast(exchanges_, [&](const ExchangeRecord& exchange) {
    return exchange.connection == connection && exchange.request == request;
  });
}

const ConnectionRecord* Ledger::FindConnection(Name name) const {
  return FindLast(connections_, [&](const ConnectionRecord& record) { return record.name == name; });
}
const RequestRecord* Ledger::FindRequest(Name name) const {
  return FindLast(requests_, [&](const RequestRecord& record) { return record.name == name; });
}
const PayloadRecord* Ledger::FindPayload(Name name) const {
  return FindLast(payloads_, [&](const PayloadRecord& record) { return record.name == name; });
}
const TaskRecord* Ledger::FindTask(Name name) const {
  return FindLast(tasks_, [&](const TaskRecord& record) { return record.name == name; });
}
const LookupRecord* Ledger::FindLookup(Name name) const {
  return FindLast(lookups_, [&](const LookupRecord& record) { return record.name == name; });
}
const WaiterRecord* Ledger::FindWaiter(Name request) const {
  return FindLast(waiters_, [&](const WaiterRecord& record) { return record.request == request; });
}
const OperationRecord* Ledger::FindOperation(Name request) const {
  return FindLast(operations_, [&](const OperationRecord& record) { return record.request == request; });
}
const ExchangeRecord* Ledger::ExchangeOf(Name request) const {
  return FindLast(exchanges_, [&](const ExchangeRecord& record) { return record.request == request; });
}
const ExchangeRecord* Ledger::LastExchange(Name connection) const {
  return FindLast(exchanges_, [&](const ExchangeRecord& record) { return record.connection == connection; });
}
const ExchangeRecord* Ledger::FindExchange(Name connection, uint32_t ordinal) const {
  return FindLast(exchanges_, [&](const ExchangeRecord& record) {
    return record.connection == connection && record.ordinal == ordinal;
  });
}

bool Ledger::abandoned(Name handle) const {
  if (abandoned_.empty()) return false;
  const OperationRecord* operation = FindOperation(handle);
  return std::any_of(abandoned_.begin(), abandoned_.end(), [&](Name name) {
    return name == handle || (operation != nullptr && operation->task == name);
  });
}

bool Ledger::abandoned_above(Name name) const {
  if (abandoned_.empty()) return false;
  while (!name.empty() && !abandoned(name)) name = world_.history().Parent(name);
  return !name.empty();
}

const PayloadRecord* Ledger::Pauser(const ConnectionRecord& connection) const {
  if (const PayloadRecord* payload = FindPayload(connection.paused_by)) return payload;
  return FindLast(payloads_, [&](const PayloadRecord& record) { return record.connection == connection.name; });
}

// The network.

void Ledger::SocketOpened(Name connection, absl::string_view host_port) {
  ConnectionRecord& record = Connection(connection);
  record.socket = ConnectionRecord::Socket::kConnecting;
  record.host_port = std::string(host_port);
  record.opened_ns = world_.elapsed_ns();
  Tell(Fact::kSocketOpened, &LedgerListener::OnSocketOpened, record);
}

void Ledger::SocketConnected(Name connection) { Connection(connection).socket = ConnectionRecord::Socket::kOpen; }

void Ledger::SocketFailed(Name connection, absl::string_view why) {
  Connection(connection).socket = ConnectionRecord::Socket::kFailed;
}

void Ledger::SocketClosed(Name connection) {
  ConnectionRecord& record = Connection(connection);
  if (record.socket != ConnectionRecord::Socket::kFailed) record.socket = ConnectionRecord::Socket::kClosed;
  Unpause(record);
}

void Ledger::LookupStarted(Name lookup, absl::string_view host) {
  lookups_.push_back({.name = lookup, .host = std::string(host), .pending = true});
}

void Ledger::LookupEnded(Name lookup) { FindOrAdd(lookups_, lookup).pending = false; }

void Ledger::ReadingPaused(Name connection) {
  ConnectionRecord& record = Connection(connection);
  if (!record.paused) ++paused_;
  record.paused = true;
  record.paused_since_ns = world_.elapsed_ns();
  record.paused_by = Name();
  Reach(MarkId::kPaused, record.holder);
  Tell(Fact::kReadingPaused, &LedgerListener::OnReadingPaused, record);
}

void Ledger::ReadingResumed(Name connection) {
  ConnectionRecord& record = Connection(connection);
  Reach(MarkId::kResumed, record.holder);
  record.active_ns = world_.elapsed_ns();
  for (WebSocketRecord& socket : websockets_) {
    if (socket.connection == connection) socket.active_ns = world_.elapsed_ns();
  }
  Unpause(record);
}

void Ledger::Unpause(ConnectionRecord& connection) {
  if (connection.paused) --paused_;
  connection.paused = false;
}

void Ledger::BytesSent(Name connection, End from, absl::string_view bytes) {
  ConnectionRecord& record = Connection(connection);
  record.sent[static_cast<size_t>(from)] += bytes.size();
  bytes_moved_ += bytes.size();
  if (from == End::kClient) Tell(Fact::kClientSent, &LedgerListener::OnClientSent, record, bytes.size());
}

void Ledger::BytesReceived(Name connection, End to, absl::string_view bytes) {
  ConnectionRecord& record = Connection(connection);
  record.received[static_cast<size_t>(to)] += bytes.size();
  bytes_moved_ += bytes.size();
  if (to != End::kClient || record.encrypted) return;
  record.active_ns = world_.elapsed_ns();
  Deliver(record, bytes);
}

void Ledger::Encrypted(Name connection) { Connection(connection).encrypted = true; }

void Ledger::PlainReceived(Name connection, absl::string_view bytes) {
  ConnectionRecord& record = Connection(connection);
  record.active_ns = world_.elapsed_ns();
  Deliver(record, bytes);
}

void Ledger::PlainEnded(Name connection) {
  ConnectionRecord& record = Connection(connection);
  record.plain_ended = true;
  DeliverEnd(record);
}

void Ledger::Proxied(Name connection) { Connection(connection).proxied = true; }

void Ledger::Tunnelled(Name connection, absl::string_view host_port) { Connection(connection).tunnelled = true; }

// The exchange whose response the client is being given.
ExchangeRecord* Ledger::UnderWay(const ConnectionRecord& connection) {
  return FindLast(exchanges_, [&](const ExchangeRecord& record) {
    return record.connection == connection.name && record.ordinal == connection.responses + 1;
  });
}

void Ledger::Deliver(ConnectionRecord& connection, absl::string_view bytes) {
  if (connection.untruthful) {
    connection.said.append(bytes.data(), bytes.size());
    return;
  }
  while (!bytes.empty()) {
    ExchangeRecord* exchange = UnderWay(connection);
    if (exchange == nullptr) {
      if (connection.tracker.broken()) return;
      connection.unsolicited += bytes.size();
      const bool waits = connection.use == ConnectionRecord::Use::kLeased;
      const bool crosses = waits && connection.sent[kClientEnd] > connection.sent_before;
      connection.crossed = connection.crossed || crosses;
      Reach(crosses ? MarkId::kUnaskedCross : MarkId::kUnasked, connection.name);
      return;
    }
    const RequestRecord* request = FindRequest(exchange->request);
    if (connection.tracker.upgraded()) return DeliverFrames(connection, *exchange, bytes);
    bytes.remove_prefix(connection.tracker.Feed(bytes, request != nullptr && request->head));
    if (connection.tracker.upgraded()) WebSocketOf(exchange->request).active_ns = world_.elapsed_ns();
    exchange->body_delivered = connection.tracker.body_bytes();
    if (connection.tracker.ended()) {
      exchange->delivered = true;
      ++connection.responses;
    }
    Tell(Fact::kDelivered, &LedgerListener::OnDelivered, *exchange);
  }
}

void Ledger::FinSent(Name connection, End from) {
  Connection(connection).fin_sent[static_cast<size_t>(from)] = true;
}
void Ledger::FinReceived(Name connection, End to) {
  ConnectionRecord& record = Connection(connection);
  if (to == End::kClient) MarkLost(record);
  record.fin_received[static_cast<size_t>(to)] = true;
  if (to == End::kClient && !record.encrypted) DeliverEnd(record);
}

void Ledger::DeliverEnd(const ConnectionRecord& connection) {
  if (!connection.tracker.until_close()) return;
  if (ExchangeRecord* exchange = UnderWay(connection)) exchange->delivered = true;  // RFC 9112 sections 6.3, 9.8
}
void Ledger::Reset(Name connection, End from) {
  Reach(MarkId::kReset, connection);
  Connection(connection).reset = true;
}
void Ledger::LossReported(Name connection, End to) {
  ConnectionRecord& record = Connection(connection);
  if (to == End::kClient) MarkLost(record);
  record.loss_reported[static_cast<size_t>(to)] = true;
}

// `connection` is about to be told, for the first time or once more, that nothing more will come.
void Ledger::MarkLost(const ConnectionRecord& connection) {
  if (connection.ended_for_client()) return;
  if (connection.use == ConnectionRecord::Use::kIdle) Reach(MarkId::kIdleLost, connection.name);
  if (connection.use != ConnectionRecord::Use::kLeased) return;
  const RequestRecord* holder = FindRequest(connection.holder);
  const bool waits = holder != nullptr && holder->phase == RequestRecord::Phase::kHead;
  if (waits && connection.sent[kClientEnd] > connection.sent_before) Reach(MarkId::kLostUnanswered, holder->name);
}

// The servers.

void Ledger::RequestBegan(Name connection, uint32_t ordinal) {
  ConnectionRecord& record = Connection(connection);
  record.exchanges = std::max(record.exchanges, ordinal);
  exchanges_.push_back({.connection = connection, .ordinal = ordinal, .request = Name()});
  Tell(Fact::kServerBegan, &LedgerListener::OnServerBegan, record, exchanges_.back());
}

void Ledger::RequestHead(Name connection, uint32_t ordinal, Name request) {
  ExchangeRecord* exchange = FindLast(exchanges_, [&](const ExchangeRecord& record) {
    return record.connection == connection && record.ordinal == ordinal;
  });
  if (exchange == nullptr) return;
  exchange->request = request;
  Tell(Fact::kServerHead, &LedgerListener::OnServerHead, *exchange);
}

void Ledger::RequestBody(Name connection, Name request, uint64_t offset, absl::string_view bytes) {
  if (ExchangeRecord* exchange = Exchange(connection, request)) exchange->request_body_bytes += bytes.size();
  Tell(Fact::kServerBody, &LedgerListener::OnServerBody, connection, request, offset, bytes);
}

void Ledger::RequestComplete(Name connection, Name request, uint64_t body_bytes) {
  ExchangeRecord* exchange = Exchange(connection, request);
  if (exchange == nullptr) return;
  exchange->complete = true;
  exchange->request_body_bytes = body_bytes;
  Tell(Fact::kServerComplete, &LedgerListener::OnServerComplete, *exchange);
}

void Ledger::RequestMalformed(Name connection, uint32_t ordinal, absl::string_view why) {
  ConnectionRecord& record = Connection(connection);
  for (ExchangeRecord& exchange : exchanges_) {
    if (exchange.connection == connection && exchange.ordinal == ordinal) exchange.malformed = true;
  }
  Tell(Fact::kServerMalformed, &LedgerListener::OnServerMalformed, record, ordinal, why);
}

void Ledger::ResponseEncoded(Name connection, Name request, uint64_t plain_bytes) {
  ExchangeRecord* exchange = Exchange(connection, request);
  if (exchange == nullptr) return;
  exchange->encoded = true;
  exchange->plain_bytes = plain_bytes;
}

void Ledger::ResponseBegan(Name connection, Name request, int status, uint64_t body_bytes, bool until_close) {
  ExchangeRecord* exchange = Exchange(connection, request);
  if (exchange == nullptr || status < 200) return;  // RFC 9110 section 15.2: interim
  exchange->response_began = true;
  exchange->status = status;
  exchange->body_bytes = body_bytes;
  exchange->until_close = until_close;
}

void Ledger::HeadSent(Name connection, Name request, size_t fields, uint64_t digest) {
  ExchangeRecord* exchange = Exchange(connection, request);
  if (exchange == nullptr) return;
  exchange->head_fields = fields;
  exchange->head_digest = digest;
}

void Ledger::ResponseComplete(Name connection, Name request) {
  ExchangeRecord* exchange = Exchange(connection, request);
  if (exchange == nullptr) return;
  exchange->response_complete = true;
}

void Ledger::Silent(Name connection, Name request) {
  if (ExchangeRecord* exchange = Exchange(connection, request)) {
    exchange->silent = true;
  } else {
    Connection(connection).silent = true;
  }
}

void Ledger::Untruthful(Name connection) {
  ConnectionRecord& record = Connection(connection);
  record.untruthful = record.silent = true;
}

// The workload.

void Ledger::TaskStarted(Name task) { tasks_.push_back({.name = task}); }

void Ledger::TaskEnded(Name task, bool cancelled) {
  TaskRecord& record = FindOrAdd(tasks_, task);
  record.ended = true;
  record.cancelled = cancelled;
}

void Ledger::OperationStarted(Name task, Name request, absl::string_view what) {
  operations_.push_back({.task = task, .request = request, .what = std::string(what),
                         .started_ns = world_.elapsed_ns(), .patience = Patience()});
}

OperationRecord* Ledger::Operation(Name request) {
  return FindLast(operations_, [&](const OperationRecord& record) { return record.request == request; });
}

void Ledger::UploadPlanned(Name request, uint64_t body_bytes) {
  if (OperationRecord* operation = Operation(request)) operation->upload_bytes = body_bytes;
}

void Ledger::PatienceSet(Name request, const Patience& patience) {
  if (OperationRecord* operation = Operation(request)) operation->patience = patience;
}

void Ledger::UploadGiven(Name request, uint64_t bytes) {
  RequestRecord& record = Request(request);
  if (!record.connection.empty()) Connection(record.connection).upload_given += bytes;
  Tell(Fact::kUploadGiven, &LedgerListener::OnUploadGiven, record, bytes);
}

void Ledger::OperationEnded(Name task, Name request, bool ok, absl::string_view error) {
  OperationRecord* operation = FindLast(operations_, [&](const OperationRecord& record) {
    return record.task == task && record.request == request;
  });
  if (operation == nullptr) return;
  ++operation->ends;
  operation->ok = ok;
  Tell(Fact::kOperationEnded, &LedgerListener::OnOperationEnded, *operation);
}

void Ledger::OperationCancelled(Name task, Name request) {
  OperationRecord* operation = FindLast(operations_, [&](const OperationRecord& record) {
    return record.task == task && record.request == request;
  });
  if (operation == nullptr) return;
  if (const RequestRecord* record = FindRequest(request)) MarkCancelled(*record);
  ++operation->ends;
  operation->cancelled = true;
  Tell(Fact::kOperationEnded, &LedgerListener::OnOperationEnded, *operation);
}

// Its user is about to destroy it: the client has not done anything about that yet.
void Ledger::MarkCancelled(const RequestRecord& request) {
  using Phase = RequestRecord::Phase;
  if (request.phase == Phase::kQueued) Reach(MarkId::kCancelledQueued, request.name);
  if (request.phase == Phase::kStarted) Reach(MarkId::kCancelledConnecting, request.name);
  if (request.phase == Phase::kHead) {
    const ConnectionRecord* connection = FindConnection(request.connection);
    const bool wrote = connection != nullptr && connection->sent[kClientEnd] > connection->sent_before;
    Reach(request.sent_ns >= 0 ? MarkId::kCancelledWaiting
          : wrote              ? MarkId::kCancelledSending
                               : MarkId::kCancelledServed,
          request.name);
  }
  if (request.phase != Phase::kBody) return;
  const ExchangeRecord* exchange = ExchangeOf(request.name);
  if (exchange != nullptr && !exchange->delivered) Reach(MarkId::kCancelledReading, request.name);
}

void Ledger::HeadRead(Name request, size_t fields, uint64_t digest) {
  Tell(Fact::kHeadRead, &LedgerListener::OnHeadRead, Request(request), fields, digest);
}

void Ledger::PartRead(Name request, const ReadTerms& terms, absl::string_view bytes) {
  Tell(Fact::kPartRead, &LedgerListener::OnPartRead, Request(request), terms, bytes);
}

void Ledger::ReadRefused(Name request, const ReadTerms& terms) {
  Tell(Fact::kReadRefused, &LedgerListener::OnReadRefused, Request(request), terms);
}

void Ledger::BodyRead(Name request, uint64_t offset, absl::string_view bytes) {
  RequestRecord& record = Request(request);
  Tell(Fact::kBodyRead, &LedgerListener::OnBodyRead, record, offset, bytes);
  record.body_read += bytes.size();
}

void Ledger::BodyEnded(Name request, uint64_t total) {
  RequestRecord& record = Request(request);
  ++record.body_ends;
  Tell(Fact::kBodyEnded, &LedgerListener::OnBodyEnded, record, total);
}

void Ledger::BodyFailed(Name request, uint64_t total, absl::string_view error, bool session_closed, bool timed_out) {
  RequestRecord& record = Request(request);
  ++record.body_ends;
  Tell(Fact::kBodyFailed, &LedgerListener::OnBodyFailed, record, error, session_closed, timed_out);
}

void Ledger::BodyDropped(Name request, uint64_t total) {
  const ExchangeRecord* exchange = ExchangeOf(request);
  if (exchange != nullptr && !exchange->delivered) Reach(MarkId::kGivenUp, request);
  ++Request(request).body_ends;
}

void Ledger::Abandoned(Name handle) {
  Reach(MarkId::kAbandoned, handle);
  abandoned_.push_back(handle);
}

void Ledger::Collected(Name handle) {
  abandoned_.erase(std::remove(abandoned_.begin(), abandoned_.end(), handle), abandoned_.end());
}

}  // namespace sim
