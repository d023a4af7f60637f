#include "client/connection_ticket.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "client/connector.h"
#include "client/net/tls_transport.h"
#include "client/pooled_connection.h"

namespace client {

ConnectionTicket::Dial::Dial(EventLoop& loop, ConnectionTicket& ticket)
    : timer(loop, MakeName(loop, ticket.request_, "sock_connect"), TimerKind::kTimeout,
            [](void* self) { static_cast<ConnectionTicket*>(self)->SockConnectElapsed(); }, &ticket) {}

ConnectionTicket::ConnectionTicket(Connector& connector, const ConnectionKey& key, Name request,
                                   const ClientTimeout& timeout)
    : connector_(connector),
      host_(&connector.HostOf(key)),
      request_(request),
      connect_timeout_(timeout.connect),
      sock_connect_timeout_(timeout.sock_connect) {
  ++host_->tickets;
  connector_.tickets_.PushBack(*this);
}

ConnectionTicket::~ConnectionTicket() { GiveUp(); }

bool ConnectionTicket::Start() {
  if (state_ == State::kFailed) return true;
  CHECK(state_ == State::kNew);
  if (connector_.closed_) {
    Fail(ClientError(ErrorKind::kSessionClosed, "the session is closed"));
    return true;
  }
  state_ = State::kQueued;
  arrival_ = ++connector_.arrivals_;
  host_->waiting.PushBack(*this);
  if (!host_->linked()) connector_.waiting_hosts_.PushBack(*host_);
  connector_.Pump();
  if (done()) return true;
  if (state_ == State::kQueued) {
    announced_ = true;
    connector_.environment_.observer.WaiterQueued(host_->name, request_);
  }
  if (connect_timeout_ != absl::InfiniteDuration()) {
    EventLoop& loop = connector_.environment_.loop;
    timer_.emplace(loop, MakeName(loop, request_, "connect"), TimerKind::kTimeout,
                   [](void* self) { static_cast<ConnectionTicket*>(self)->ConnectElapsed(); }, this);
    timer_->PostAt(loop.Now() + connect_timeout_);
  }
  return false;
}

Task<> ConnectionTicket::Wait() {
  while (state_ == State::kQueued) {
    const WaitReason reason{"a slot of", host_->name};
    co_await signal_.Wait(reason);
  }
  if (state_ == State::kLeased && pooled_->handler.ShouldClose()) {
    // It was idle when it was handed to us, and broke before we came to it: its slot serves for another.
    HostPool& host = *host_;
    connector_.Discard(*std::exchange(pooled_, nullptr), "closed by the peer");
    connector_.TakeSlot(host);
    state_ = State::kSlot;
  }
  if (state_ == State::kSlot) co_await Open();
}

Task<> ConnectionTicket::Open() {
  StartLookup();
  while (state_ == State::kConnecting && dial_->addresses.empty() && !dial_->error.has_value()) {
    const WaitReason reason{"the lookup of", host_->name};
    co_await signal_.Wait(reason);
  }
  for (size_t i = 0; state_ == State::kConnecting && i < dial_->addresses.size(); ++i) {
    StartAttempt(dial_->addresses[i]);
    while (state_ == State::kConnecting && !dial_->connection.empty()) {
      const WaitReason reason{"the connect of", dial_->connection};
      co_await signal_.Wait(reason);
    }
  }
  if (state_ != State::kConnecting) co_return;
  const ClientError error = *dial_->error;
  Fail(error);
}

void ConnectionTicket::StartLookup() {
  const ClientEnvironment& environment = connector_.environment_;
  state_ = State::kConnecting;
  dial_ = std::make_unique<Dial>(environment.loop, *this);
  const Name lookup = MakeName(environment.loop, request_, "lookup");
  const ConnectionKey& key = host_->key;
  dial_->operation = environment.network.Resolve(key.proxy ? key.proxy.host : key.host,
                                                 key.proxy ? key.proxy.port : key.port, lookup, *this);
}

void ConnectionTicket::StartAttempt(const Address& address) {
  const ClientEnvironment& environment = connector_.environment_;
  dial_->connection = MakeName(environment.loop, connector_.pool_, "connection", ++connector_.connections_);
  dial_->stage = Stage::kSocket;
  environment.observer.ConnectStarted(host_->name, dial_->connection);
  dial_->operation =
      environment.network.Connect(address, connector_.options_.socket, dial_->connection, *this);
  if (sock_connect_timeout_ != absl::InfiniteDuration()) {
    dial_->timer.PostAt(environment.loop.Now() + sock_connect_timeout_);
  }
}

void ConnectionTicket::EndAttempt(bool connected) {
  dial_->timer.Cancel();
  dial_->operation.reset();
  const Name connection = std::exchange(dial_->connection, Name());
  connector_.environment_.observer.ConnectEnded(host_->name, connection, connected);
}

void ConnectionTicket::OnResolved(Result<std::vector<Address>> addresses) {
  if (addresses.ok()) {
    dial_->addresses = *std::move(addresses);
  } else {
    dial_->error = addresses.error();
  }
  dial_->operation.reset();
  signal_.Wake();
}

void ConnectionTicket::OnConnected(Result<std::unique_ptr<Transport>> transport) {
  OnTunnel(std::move(transport), Slice());
}

void ConnectionTicket::OnTunnel(Result<std::unique_ptr<Transport>> transport, Slice early) {
  if (transport.ok()) {
    Result<std::unique_ptr<Operation>> next = NextStage(*transport, std::move(early));
    if (!next.ok()) {
      transport = next.error();
    } else if (*next != nullptr) {
      dial_->operation = *std::move(next);
      return;
    }
  }
  EndAttempt(transport.ok());
  if (!transport.ok()) {
    dial_->error = transport.error();
    return signal_.Wake();
  }
  dial_.reset();
  Granted(State::kLeased, &connector_.Adopt(*host_, *std::move(transport)));
}

Result<std::unique_ptr<Operation>> ConnectionTicket::NextStage(std::unique_ptr<Transport>& transport, Slice early) {
  EventLoop& loop = connector_.environment_.loop;
  const ConnectionKey& key = host_->key;
  const Stage stage = dial_->stage;
  const bool to_proxy = stage < Stage::kProxyTls && key.proxy.https;
  if (!to_proxy && stage < Stage::kTunnel && key.tunnel) {
    dial_->stage = Stage::kTunnel;
    return StartTunnel(loop, key.proxy, key.host, key.port, connector_.options_.http, std::move(transport), *this);
  }
  if (to_proxy || (stage < Stage::kTls && key.scheme == "https")) {
    const Result<std::shared_ptr<TlsContext>> tls = connector_.Tls();
    if (!tls.ok()) return tls.error();
    dial_->stage = to_proxy ? Stage::kProxyTls : Stage::kTls;
    const TlsPeer peer = to_proxy ? TlsPeer{key.proxy.host, key.proxy.port} : TlsPeer{key.host, key.port};
    return StartTls(loop, *tls, peer, std::move(transport), std::move(early), connector_.options_.socket.max_read,
                    *this);
  }
  if (early.empty()) return std::unique_ptr<Operation>();
  return ClientError(ErrorKind::kProtocol, "bytes behind the proxy's answer to CONNECT");
}

void ConnectionTicket::SockConnectElapsed() {
  const std::string waited = absl::FormatDuration(sock_connect_timeout_);
  dial_->error = ClientError::TimedOut(TimeoutKind::kSockConnect, absl::StrCat("no connection within ", waited));
  EndAttempt(false);
  signal_.Wake();
}

void ConnectionTicket::ConnectElapsed() {
  const std::string waited = absl::FormatDuration(connect_timeout_);
  Fail(ClientError::TimedOut(TimeoutKind::kConnect, absl::StrCat("no connection within ", waited)));
}

void ConnectionTicket::Granted(State state, PooledConnection* pooled) {
  state_ = state;
  pooled_ = pooled;
  ClientObserver& observer = connector_.environment_.observer;
  if (std::exchange(announced_, false)) observer.WaiterLeft(host_->name, request_);
  if (pooled != nullptr) observer.ConnectionAcquired(host_->name, pooled->handler.name(), request_);
  signal_.Wake();
}

void ConnectionTicket::Fail(const ClientError& error) {
  if (state_ == State::kFailed || state_ == State::kTaken) return;
  error_ = error;
  GiveUp();
  signal_.Wake();
}

void ConnectionTicket::GiveUp() {
  if (state_ == State::kFailed || state_ == State::kTaken) return;
  const State was = std::exchange(state_, State::kFailed);
  timer_.reset();
  ListNode<TicketTag>::Unlink();
  if (was == State::kQueued) connector_.Unqueue(*this);
  if (announced_) connector_.environment_.observer.WaiterLeft(host_->name, request_);
  if (was == State::kConnecting && !dial_->connection.empty()) EndAttempt(false);
  dial_.reset();
  HostPool& host = *std::exchange(host_, nullptr);
  if (was == State::kSlot || was == State::kConnecting) connector_.ReturnSlot(host);
  if (was == State::kLeased) connector_.GiveBack(*std::exchange(pooled_, nullptr));
  connector_.LeaveHost(host);
  connector_.Pump();
}

Result<Connection> ConnectionTicket::Take() {
  CHECK(done() && state_ != State::kTaken);
  if (state_ == State::kFailed) return *error_;
  state_ = State::kTaken;
  timer_.reset();  // not before: the connection may have been broken, and another opened
  ListNode<TicketTag>::Unlink();
  connector_.LeaveHost(*std::exchange(host_, nullptr));
  return Connection(*std::exchange(pooled_, nullptr));
}

}  // namespace client
