// The pool: opens connections within limits, keeps idle ones for reuse, and lets requests wait for their turn.
//
//   1. Sockets are counted, however they are used: leased, being connected, idle, or about to be closed. No more than
//      `limit` exist at once, and no more than `limit_per_host` of one key. If idle ones of other keys fill the pool,
//      the one that has been idle for the longest time makes room.
//   2. First come, first served. A waiter that only its own host's limit holds back is passed by waiters for other
//      hosts; nobody else is passed.
//   3. An idle connection is handed out before a new one is opened, the most recently used first. It is closed when it
//      has been idle for `keepalive_timeout`, and on any byte or eof.
//   4. Pump() is the one place where waiters, idle connections and free slots meet. It does not suspend, and whatever
//      changes one of the three calls it.
//   5. What a waiter was given and did not take (it was cancelled, or failed) goes back, and to the next.
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
#include "client/http/response_handler.h"
#include "client/net/event_loop.h"
#include "client/net/network.h"

namespace client {

class Connector;
class ConnectionTicket;
class PooledConnection;
struct HostPool;

struct IdleTag;
struct IdleOfHostTag;
struct SocketTag;
struct TicketTag;
struct WaitingTag;

// A connection on lease. Destroying it closes the connection. If the pool is closed meanwhile, it becomes empty.
class Connection {
 public:
  Connection() = default;
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection() { Close("given up"); }

  explicit operator bool() const { return pooled_ != nullptr; }
  ResponseHandler& handler() const;

  // Gives it back: for reuse, unless ShouldClose(). No effect on an empty lease, as Close().
  void Release();
  void Close(absl::string_view why);

 private:
  friend class Connector;
  friend class ConnectionTicket;
  friend class PooledConnection;
  explicit Connection(PooledConnection& pooled);

  PooledConnection* pooled_ = nullptr;
};

// One request's wait for a connection. The owner keeps it until it is done with the connection or no longer wants one;
// destroying it gives back whatever it has been given. It may outlive the connector.
class ConnectionTicket final : public ListNode<WaitingTag>,
                               public ListNode<TicketTag>,
                               private ResolveHandler,
                               private ConnectHandler {
 public:
  // `timeout` says connect and sock_connect; the rest of it is not for the ticket.
  ConnectionTicket(Connector& connector, const ConnectionKey& key, Name request, const ClientTimeout& timeout);
  ~ConnectionTicket();

  // Queues it, and serves it at once if it can. True if it is done already: there was an idle connection.
  bool Start();
  // Waits until it is done; opens a connection if it is given a slot. Requires Start().
  // Cancel safety: the ticket keeps its place until it is destroyed.
  Task<> Wait();
  // Ends it: the place, the slot or the connection goes to the next. No effect once it has failed or was taken.
  void Fail(const ClientError& error);

  bool done() const { return state_ == State::kLeased || state_ == State::kFailed; }
  // The connection, or why there is none. Requires done().
  Result<Connection> Take();

 private:
  friend class Connector;
  friend struct HostPool;
  enum class State : uint8_t { kNew, kQueued, kSlot, kConnecting, kLeased, kFailed, kTaken };

  Task<> Dial();
  Result<void> StartAttempt(const Address& address);
  void EndAttempt(bool connected);
  void ConnectElapsed();
  void SockConnectElapsed();
  void OnResolved(Result<std::vector<Address>> addresses) override;
  void OnConnected(Result<std::unique_ptr<Transport>> transport) override;

  Connector* connector_;  // null once it is gone
  HostPool* host_;
  Name request_;
  State state_ = State::kNew;
  bool announced_ = false;  // the observer has heard that it waits
  uint64_t sequence_ = 0;   // the order of arrival
  ClientTimeout timeout_;
  Signal signal_;
  PooledConnection* pooled_ = nullptr;  // in kLeased
  absl::optional<ClientError> error_;   // in kFailed; while it connects, of the last attempt
  absl::optional<Timer> connect_timer_;
  struct Dialing;
  std::unique_ptr<Dialing> dialing_;  // in kConnecting
};

class Connector {
 public:
  // `pool` is the name under which connections are numbered and keys are named.
  Connector(const ClientEnvironment& environment, const ClientOptions& options, Name pool);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  ~Connector();  // CloseNow()

  // A connection for `request`, idle or new. Cancel safety: everything is given back.
  Task<Result<Connection>> Acquire(ConnectionKey key, Name request, ClientTimeout timeout);

  // Fails every ticket, closes every connection, on lease or idle. Nothing is opened after it.
  void CloseNow();
  void CloseIdle();

  size_t limit() const { return options_.limit; }
  size_t limit_per_host() const { return options_.limit_per_host; }
  size_t sockets() const { return sockets_; }  // with slots that were given and are not used yet
  size_t acquired() const { return sockets_ - idle(); }
  size_t idle() const { return idle_.size(); }
  size_t waiting() const;
  bool closed() const { return closed_; }

  // "connector: 2/2 acquired, 0 idle, 3 waiting [a.test:80 2/2]"
  std::string DebugString() const;

 private:
  friend class Connection;
  friend class ConnectionTicket;
  friend class PooledConnection;

  HostPool& HostOf(const ConnectionKey& key);
  void Pump();

  ClientEnvironment environment_;
  ClientOptions options_;
  Name pool_;
  bool closed_ = false;
  size_t sockets_ = 0;
  std::map<ConnectionKey, std::unique_ptr<HostPool>> hosts_;
  IntrusiveList<PooledConnection, IdleTag> idle_;  // longest idle first
};

}  // namespace client

#endif  // CLIENT_CONNECTOR_H_
