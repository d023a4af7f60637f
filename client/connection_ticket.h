// One request's wait for a connection: first for a slot of the pool, then, if there is no idle connection, for a lookup
// and a connect. To connect is to be able to send the request: what the key asks for, TLS with the proxy, a tunnel
// through it and TLS with the server, is part of it.
//
// Whatever the ticket has been given and nobody has taken goes back when it fails or is destroyed: its place in the
// queue, the slot, the lookup or the socket being connected, the connection. So a cancelled request needs no code.
#ifndef CLIENT_CONNECTION_TICKET_H_
#define CLIENT_CONNECTION_TICKET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/optional.h"
#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/intrusive_list.h"
#include "client/base/name.h"
#include "client/base/slice.h"
#include "client/client_options.h"
#include "client/http/proxy_tunnel.h"
#include "client/net/event_loop.h"
#include "client/net/network.h"

namespace client {

class Connection;
class Connector;
class PooledConnection;
struct ConnectionKey;
struct HostPool;

struct IdleTag;
struct IdleOfHostTag;
struct SocketTag;
struct TicketTag;
struct WaitingTag;
struct WaitingHostTag;

class ConnectionTicket final : public ListNode<WaitingTag>,
                               public ListNode<TicketTag>,
                               private ResolveHandler,
                               private ConnectHandler,
                               private TunnelHandler {
 public:
  // `timeout` says connect and sock_connect; the rest of it is not for the ticket. May outlive the connector.
  ConnectionTicket(Connector& connector, const ConnectionKey& key, Name request, const ClientTimeout& timeout);
  ConnectionTicket(const ConnectionTicket&) = delete;
  ConnectionTicket& operator=(const ConnectionTicket&) = delete;
  ~ConnectionTicket() override;

  // Queues it, and serves it if that can be done at once. True if it is done: there was an idle connection, or the pool
  // is closed. Once only.
  bool Start();
  // Waits until it is done; opens a connection if it is given a slot. Addresses are tried in the order of the lookup,
  // until one answers. Requires Start(). Cancel safety: the ticket keeps its place until it fails or is destroyed.
  Task<> Wait();
  // Ends it with `error`. No effect once it has failed or was taken.
  void Fail(const ClientError& error);

  bool done() const { return state_ >= State::kLeased; }
  // The connection, or why there is none: kDns, kConnect, kTls, kCertificate, kTimeout, kSessionClosed, or what Fail()
  // was given. Requires done(). Once only.
  Result<Connection> Take();

 private:
  friend class Connector;

  enum class State : uint8_t { kNew, kQueued, kSlot, kConnecting, kLeased, kFailed, kTaken };

  // What an attempt has come to, in this order; not all of it is always needed.
  enum class Stage : uint8_t { kSocket, kProxyTls, kTunnel, kTls };

  // A connection being opened.
  struct Dial {
    explicit Dial(EventLoop& loop, ConnectionTicket& ticket);
    std::unique_ptr<Operation> operation;  // the lookup, then the stages of the attempt
    absl::optional<ClientError> error;     // of the lookup, or of the last attempt
    std::vector<Address> addresses;        // empty until the lookup has answered
    Name connection;                       // of the attempt; empty between attempts
    Stage stage = Stage::kSocket;          // of the attempt
    Timer timer;                           // sock_connect
  };

  Task<> Open();
  void StartLookup();
  void StartAttempt(const Address& address);
  void EndAttempt(bool connected);
  void GiveUp();
  void Queued();
  void Granted(State state, PooledConnection* pooled);
  void SockConnectElapsed();
  void ConnectElapsed();
  void OnResolved(Result<std::vector<Address>> addresses) override;
  void OnConnected(Result<std::unique_ptr<Transport>> transport) override;
  void OnTunnel(Result<std::unique_ptr<Transport>> transport, Slice early) override;
  // Starts what comes after the stage that the attempt has come to; null if that was the last.
  Result<std::unique_ptr<Operation>> NextStage(std::unique_ptr<Transport>& transport, Slice early);

  Connector& connector_;
  HostPool* host_;  // null once it has failed or was taken
  const Name request_;
  const absl::Duration connect_timeout_;
  const absl::Duration sock_connect_timeout_;
  State state_ = State::kNew;
  bool announced_ = false;  // the observer has heard that it waits
  uint64_t arrival_ = 0;
  PooledConnection* pooled_ = nullptr;  // in kLeased
  std::unique_ptr<Dial> dial_;          // in kConnecting
  absl::optional<ClientError> error_;   // in kFailed
  absl::optional<Timer> timer_;         // connect
  Signal signal_;
};

}  // namespace client

#endif  // CLIENT_CONNECTION_TICKET_H_
