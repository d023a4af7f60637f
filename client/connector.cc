#include "client/connector.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "client/pooled_connection.h"

namespace client {
namespace {

// Keys that nobody uses any more are forgotten once there are more than these.
constexpr size_t kHostsKept = 256;

}  // namespace

PooledConnection::PooledConnection(Connector& connector, HostPool& host, std::unique_ptr<Transport> transport)
    : connector(connector),
      host(host),
      shared_handler(std::make_shared<ResponseHandler>(
          connector.environment_.loop, connector.environment_.observer, std::move(transport),
          static_cast<ResponseHandler::Owner&>(*this), connector.options_.http)),
      handler(*shared_handler) {}

void PooledConnection::OnBroken() {
  if (ListNode<IdleTag>::linked()) connector.Close(*this, handler.WhyClose());
}

void PooledConnection::OnDrained() {
  Connector& pool = connector;
  ListNode<IdleTag>::Unlink();
  ListNode<IdleOfHostTag>::Unlink();
  pool.GiveBack(*this);
  pool.Pump();
}

Connection::Connection(PooledConnection& pooled) : pooled_(&pooled) { pooled.lease = this; }

Connection::Connection(Connection&& other) noexcept : pooled_(std::exchange(other.pooled_, nullptr)) {
  if (pooled_ != nullptr) pooled_->lease = this;
}

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this == &other) return *this;
  Close("given up");
  pooled_ = std::exchange(other.pooled_, nullptr);
  if (pooled_ != nullptr) pooled_->lease = this;
  return *this;
}

ResponseHandler& Connection::handler() const {
  CHECK(pooled_ != nullptr);
  return pooled_->handler;
}

std::shared_ptr<ResponseHandler> Connection::share_handler() const {
  CHECK(pooled_ != nullptr);
  return pooled_->shared_handler;
}

void Connection::Release() {
  if (pooled_ == nullptr) return;
  PooledConnection& pooled = *std::exchange(pooled_, nullptr);
  Connector& connector = pooled.connector;
  pooled.lease = nullptr;
  connector.GiveBack(pooled);
  connector.Pump();
}

void Connection::Close(absl::string_view why) {
  if (pooled_ == nullptr) return;
  PooledConnection& pooled = *std::exchange(pooled_, nullptr);
  pooled.lease = nullptr;
  pooled.connector.Close(pooled, why);
}

Connector::Connector(const ClientEnvironment& environment, const ClientOptions& options, Name pool)
    : environment_(environment),
      options_(options),
      pool_(pool),
      tls_(options.tls),
      source_(environment.loop, pool),
      bury_([](void* self) { static_cast<Connector*>(self)->Bury(); }, this),
      keepalive_timer_(environment.loop, MakeName(environment.loop, pool, "keepalive"), TimerKind::kIdle,
                       [](void* self) { static_cast<Connector*>(self)->KeepaliveElapsed(); }, this) {}

Connector::~Connector() {
  CloseNow();
  while (PooledConnection* pooled = doomed_.front()) delete pooled;
}

void Connector::CloseNow() {
  closed_ = true;
  const auto error = [] { return ClientError(ErrorKind::kSessionClosed, "the session was closed"); };
  while (ConnectionTicket* ticket = tickets_.front()) ticket->Fail(error());
  while (PooledConnection* pooled = connected_.front()) {
    if (pooled->handler.busy()) pooled->handler.Fail(error());
    if (connected_.front() == pooled) Discard(*pooled, "the session was closed");
  }
  keepalive_timer_.Cancel();
}

void Connector::VisitReferences(ReferenceVisitor& visitor) const {
  for (const auto* list : {&connected_, &doomed_}) {
    for (const PooledConnection* pooled = list->front(); pooled != nullptr; pooled = list->Next(*pooled)) {
      visitor.Holds(pooled->handler);
    }
  }
}

size_t Connector::waiting() const {
  size_t waiting = 0;
  for (const HostPool* host = waiting_hosts_.front(); host != nullptr; host = waiting_hosts_.Next(*host)) {
    waiting += host->waiting.size();
  }
  return waiting;
}

std::string Connector::DebugString() const {
  const auto of = [](size_t count, size_t limit) {
    return limit == 0 ? absl::StrCat(count) : absl::StrCat(count, "/", limit);
  };
  std::string text = absl::StrCat("connector: ", of(acquired(), options_.limit), " acquired, ", idle(), " idle, ",
                                  waiting(), " waiting");
  const size_t limit_of_host = options_.limit_per_host != 0 ? options_.limit_per_host : options_.limit;
  absl::string_view separator = " [";
  for (const auto& [key, host] : hosts_) {
    if (host->sockets == 0 && host->waiting.empty()) continue;
    absl::StrAppend(&text, std::exchange(separator, ", "), host->text, " ", of(host->sockets, limit_of_host));
  }
  return separator == " [" ? text : text + "]";
}

HostPool& Connector::HostOf(const ConnectionKey& key) {
  std::unique_ptr<HostPool>& host = hosts_[key];
  if (host == nullptr) {
    host = std::make_unique<HostPool>(key);
    host->name = MakeName(environment_.loop, pool_, NameKind::FromStable(host->text));
  }
  return *host;
}

Result<std::shared_ptr<TlsContext>> Connector::Tls() {
  if (tls_ != nullptr) return tls_;
  Result<std::shared_ptr<TlsContext>> made = TlsContext::Client(TlsOptions());
  if (made.ok()) tls_ = *made;
  return made;
}

void Connector::LeaveHost(HostPool& host) {
  --host.tickets;
  ForgetIfUnused(host);
}

void Connector::ForgetIfUnused(HostPool& host) {
  if (host.sockets > 0 || host.tickets > 0 || hosts_.size() <= kHostsKept) return;
  hosts_.erase(hosts_.find(host.key));
}

Connector::Decision Connector::Decide(const HostPool& host) const {
  if (!host.idle.empty()) return Decision::kHandOver;
  const bool host_full = HostIsFull(host);
  if (!host_full && (options_.limit == 0 || sockets_ < options_.limit)) return Decision::kOpen;
  // Doomed sockets leave a slot each, in the pool's next step.
  if (!doomed_.empty()) return Decision::kWait;
  const bool room = host_full ? !host.draining.empty() : !idle_.empty() || !draining_.empty();
  return room ? Decision::kMakeRoom : Decision::kWait;
}

bool Connector::HostIsFull(const HostPool& host) const {
  return options_.limit_per_host != 0 && host.sockets >= options_.limit_per_host;
}

void Connector::MakeRoom(const HostPool& host) {
  if (HostIsFull(host)) return Discard(*host.draining.front(), "its slot is waited for");
  if (idle_.empty()) return Discard(*draining_.front(), "its slot is waited for");
  Discard(*idle_.front(), "makes room for another host");
}

std::pair<ConnectionTicket*, Connector::Decision> Connector::NextServable() const {
  std::pair<ConnectionTicket*, Decision> next(nullptr, Decision::kWait);
  for (const HostPool* host = waiting_hosts_.front(); host != nullptr; host = waiting_hosts_.Next(*host)) {
    ConnectionTicket* first = host->waiting.front();
    if (next.first != nullptr && next.first->arrival_ < first->arrival_) continue;
    const Decision decision = Decide(*host);
    if (decision != Decision::kWait) next = {first, decision};
  }
  return next;
}

void Connector::Pump() {
  while (!closed_) {
    const auto [ticket, decision] = NextServable();
    if (ticket == nullptr) break;
    HostPool& host = *ticket->host_;
    if (decision == Decision::kMakeRoom) {
      MakeRoom(host);
      if (!doomed_.empty()) break;  // it is on the stack; Bury() comes back here
    }
    Unqueue(*ticket);
    if (decision == Decision::kHandOver) {
      PooledConnection& pooled = *host.idle.back();
      pooled.ListNode<IdleTag>::Unlink();
      pooled.ListNode<IdleOfHostTag>::Unlink();
      ticket->Granted(ConnectionTicket::State::kLeased, &pooled);
    } else {
      TakeSlot(host);
      ticket->Granted(ConnectionTicket::State::kSlot, nullptr);
    }
  }
  UpdateKeepalive();
}

void Connector::Unqueue(ConnectionTicket& ticket) {
  HostPool& host = *ticket.host_;
  ticket.ListNode<WaitingTag>::Unlink();
  if (host.waiting.empty()) host.Unlink();
}

void Connector::TakeSlot(HostPool& host) {
  ++sockets_;
  ++host.sockets;
}

void Connector::ReturnSlot(HostPool& host) {
  --sockets_;
  --host.sockets;
  ForgetIfUnused(host);
}

PooledConnection& Connector::Adopt(HostPool& host, std::unique_ptr<Transport> transport) {
  auto* pooled = new PooledConnection(*this, host, std::move(transport));
  connected_.PushBack(*pooled);
  return *pooled;
}

void Connector::GiveBack(PooledConnection& pooled) {
  const bool keep = !closed_ && options_.keepalive_timeout > absl::ZeroDuration();
  if (keep && pooled.handler.Drain(options_.drain_bytes_max, options_.drain_timeout)) {
    draining_.PushBack(pooled);
    pooled.host.draining.PushBack(pooled);
    return environment_.observer.ConnectionDraining(pooled.host.name, pooled.handler.name());
  }
  pooled.handler.Detach();
  if (pooled.handler.ShouldClose()) return Discard(pooled, pooled.handler.WhyClose());
  if (!keep) return Discard(pooled, "not kept");
  pooled.idle_since = environment_.loop.Now();
  idle_.PushBack(pooled);
  pooled.host.idle.PushBack(pooled);
  environment_.observer.ConnectionIdle(pooled.host.name, pooled.handler.name());
}

void Connector::Close(PooledConnection& pooled, absl::string_view why) {
  Discard(pooled, why);
  Pump();
}

void Connector::Discard(PooledConnection& pooled, absl::string_view why) {
  if (pooled.doomed) return;
  environment_.observer.ConnectionClosed(pooled.host.name, pooled.handler.name(), why);
  pooled.ListNode<IdleTag>::Unlink();
  pooled.ListNode<IdleOfHostTag>::Unlink();
  pooled.ListNode<SocketTag>::Unlink();
  if (Connection* lease = std::exchange(pooled.lease, nullptr)) lease->pooled_ = nullptr;
  if (!pooled.handler.on_stack()) {
    HostPool& host = pooled.host;
    delete &pooled;
    return ReturnSlot(host);
  }
  pooled.handler.Detach();
  pooled.doomed = true;
  doomed_.PushBack(pooled);
  if (!bury_.posted()) environment_.loop.Post(source_, bury_);
}

void Connector::Bury() {
  while (PooledConnection* pooled = doomed_.front()) {
    HostPool& host = pooled->host;
    delete pooled;
    ReturnSlot(host);
  }
  Pump();
}

void Connector::UpdateKeepalive() {
  if (idle_.empty() || options_.keepalive_timeout == absl::InfiniteDuration()) return keepalive_timer_.Cancel();
  const absl::Time at = idle_.front()->idle_since + options_.keepalive_timeout;
  if (keepalive_timer_.pending() && at == keepalive_at_) return;
  keepalive_at_ = at;
  keepalive_timer_.PostAt(at);
}

void Connector::KeepaliveElapsed() {
  const absl::Time now = environment_.loop.Now();
  while (!idle_.empty() && idle_.front()->idle_since + options_.keepalive_timeout <= now) {
    Discard(*idle_.front(), "idle for too long");
  }
  Pump();
}

}  // namespace client
