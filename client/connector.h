// The pool: opens connections within limits, keeps idle ones for reuse, and lets requests wait for their turn.
//
//   1. Sockets are counted, however they are used: on lease, being connected, idle, or about to be freed. No more than
//      `limit` exist at once, and no more than `limit_per_host` of one key. If idle ones of other keys fill the pool,
//      the one that has been idle for the longest time makes room.
//   2. First come, first served. A waiter that only its own host's limit holds back is passed by waiters for other
//      hosts; nobody else is passed.
//   3. An idle connection is handed out before a new one is opened, the most recently used first. It is closed when it
//      has been idle for `keepalive_timeout`, and on any byte or eof.
//   4. Pump() is the one place where waiters, idle connections and free slots meet. It does not suspend, and whatever
//      changes one of the three calls it.
//   5. What a waiter was given and did not take (it was cancelled, or failed) goes back, and to the next.
//   6. A connection whose response is being drained keeps its slot until it is idle or closed, for a bounded time.
//      Nobody waits for it: for whoever would have to wait for a slot, the connection is closed.
//   7. A connection that is closed from inside a callback of its own transport is freed, and its slot given on, in the
//      next step of the pool.
//
//   ConnectionTicket ticket(connector, key, request, timeout);
//   if (!ticket.Start()) co_await ticket.Wait();
//   Result<Connection> connection = ticket.Take();
#ifndef CLIENT_CONNECTOR_H_
#define CLIENT_CONNECTOR_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/intrusive_list.h"
#include "client/base/name.h"
#include "client/client_options.h"
#include "client/connection_key.h"
#include "client/connection_ticket.h"
#include "client/http/proxy.h"
#include "client/http/response_handler.h"
#include "client/http/url.h"
#include "client/net/event_loop.h"
#include "client/net/network.h"
#include "client/net/tls_context.h"

namespace client {

// A connection on lease. Destroying it closes the connection. If the pool is closed meanwhile, it becomes empty.
class Connection {
 public:
  Connection() = default;
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection() { Close("given up"); }

  explicit operator bool() const { return pooled_ != nullptr; }
  ResponseHandler& handler() const;
  // To be kept beyond the lease, which does not keep the connection open.
  std::shared_ptr<ResponseHandler> share_handler() const;

  // Gives it back: for reuse, unless ShouldClose(), and once the little that is left of a response has been drained:
  // see ClientOptions. No effect on an empty lease, as Close().
  void Release();
  void Close(absl::string_view why);

 private:
  friend class Connector;
  friend class ConnectionTicket;
  explicit Connection(PooledConnection& pooled);

  PooledConnection* pooled_ = nullptr;
};

class Connector {
 public:
  // `pool` is the name under which connections are numbered and keys are named.
  Connector(const ClientEnvironment& environment, const ClientOptions& options, Name pool);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  // CloseNow(). Must not happen inside a callback of the client's (an observer, a body source).
  ~Connector();

  // Fails every ticket, closes every connection, on lease or idle. Nothing is opened after it. Idempotent.
  void CloseNow();

  // Through which proxy `url` is asked for; null: none.
  const Proxy* ProxyFor(const Url& url) const { return options_.proxies.For(url); }

  size_t limit() const { return options_.limit; }
  size_t limit_per_host() const { return options_.limit_per_host; }
  size_t sockets() const { return sockets_; }  // with slots that were given and are not used yet
  size_t acquired() const { return sockets_ - idle(); }
  size_t idle() const { return idle_.size(); }
  size_t waiting() const;
  bool closed() const { return closed_; }
  Name name() const { return pool_; }

  void VisitReferences(ReferenceVisitor& visitor) const;  // for whoever contains it
  // "connector: 2/2 acquired, 0 idle, 3 waiting [a.test:80 2/2]"
  std::string DebugString() const;

 private:
  friend class Connection;
  friend class ConnectionTicket;
  friend class PooledConnection;

  enum class Decision : uint8_t { kWait, kHandOver, kOpen, kMakeRoom };

  HostPool& HostOf(const ConnectionKey& key);
  Result<std::shared_ptr<TlsContext>> Tls();
  void LeaveHost(HostPool& host);         // a ticket does
  void ForgetIfUnused(HostPool& host);

  // The first ticket that can be served, and how; null if none can.
  std::pair<ConnectionTicket*, Decision> NextServable() const;
  Decision Decide(const HostPool& host) const;
  bool HostIsFull(const HostPool& host) const;
  void MakeRoom(const HostPool& host);    // closes what is idle longest, or else what is being drained longest
  void Pump();

  void Unqueue(ConnectionTicket& ticket);
  void TakeSlot(HostPool& host);
  void ReturnSlot(HostPool& host);
  PooledConnection& Adopt(HostPool& host, std::unique_ptr<Transport> transport);
  void GiveBack(PooledConnection& pooled);  // without Pump()
  void Close(PooledConnection& pooled, absl::string_view why);  // and Pump()
  void Discard(PooledConnection& pooled, absl::string_view why);
  void Bury();
  void UpdateKeepalive();
  void KeepaliveElapsed();

  const ClientEnvironment environment_;
  const ClientOptions options_;
  const Name pool_;
  std::shared_ptr<TlsContext> tls_;  // null until it is needed
  bool closed_ = false;
  size_t sockets_ = 0;
  uint64_t arrivals_ = 0;
  uint32_t connections_ = 0;  // made so far, for their names
  std::map<ConnectionKey, std::unique_ptr<HostPool>> hosts_;
  IntrusiveList<ConnectionTicket, TicketTag> tickets_;
  IntrusiveList<HostPool, WaitingHostTag> waiting_hosts_;
  IntrusiveList<PooledConnection, SocketTag> connected_;  // on lease, a ticket's, draining or idle
  IntrusiveList<PooledConnection, SocketTag> doomed_;     // closed, to be freed by bury_
  IntrusiveList<PooledConnection, IdleTag> idle_;         // longest idle first
  IntrusiveList<PooledConnection, IdleTag> draining_;     // the same
  Source source_;
  Runnable bury_;
  Timer keepalive_timer_;
  absl::Time keepalive_at_;
};

}  // namespace client

#endif  // CLIENT_CONNECTOR_H_
