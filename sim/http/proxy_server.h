// An HTTP proxy (RFC 9110 section 3.7): what a client asks it for, it gets from the server that is named.
//
//   1. The first request of a connection says where it leads: in absolute form (RFC 9112 section 3.2.2) or by CONNECT
//      (RFC 9110 section 9.3.6). From then on there is one leg to that server for this connection, with a lookup and
//      connects of its own, and the proxy hands on bytes as they are, both ways; servers understand the absolute form.
//      What is neither form is reported as RequestMalformed, and ends the connection.
//   2. A side that does not take its bytes stops the other: no more than ProxyPlan::buffer and a read wait in between.
//      A FIN is handed on as a FIN, a loss as a reset.
//   3. CONNECT is answered as the plan says, the n-th one by the n-th plan. What cannot be reached is a 502, in either
//      form; the one to a request in absolute form is a response like any server's, behind which the proxy closes.
//   4. Before it does anything about the first request it asks "server.pace". Where it would answer CONNECT it asks
//      "server.close" (1: it closes instead, 2: in the midst of the answer), and where it would look up the server of a
//      request in absolute form as well (1: it closes instead). Asker is the proxy's end.
//   5. By its script it may never answer CONNECT: that is reported as Silent(), and lasts until Heal(), which closes.
//   6. The laws see the client's end and the server's as those of one connection: see ProxyTap.
#ifndef SIM_HTTP_PROXY_SERVER_H_
#define SIM_HTTP_PROXY_SERVER_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "client/base/intrusive_list.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"
#include "sim/http/http_server.h"
#include "sim/net/proxy_tap.h"
#include "sim/net/wire_observer.h"
#include "sim/net/world_network.h"
#include "sim/scenario/plan.h"
#include "sim/world/world.h"

namespace sim {

class ProxyConnection;
struct ProxyConnectionTag;

class ProxyServer final : public Acceptor {
 public:
  // `name` is the proxy's, the parent of nothing. None of the arguments is owned.
  ProxyServer(World& world, WorldNetwork& network, const ProxyPlan& plan, ServerObserver& observer, ProxyTap& tap,
              Name name);
  ProxyServer(const ProxyServer&) = delete;
  ProxyServer& operator=(const ProxyServer&) = delete;
  ~ProxyServer();

  void Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection) override;

  // Faults are over: ends what is kept waiting, and keeps nothing waiting from now on.
  void Heal();

  size_t connections() const { return connections_.size(); }

 private:
  friend class ProxyConnection;

  const ConnectPlan& NextConnect();
  void Bury(ProxyConnection& connection);
  void Reap();

  World& world_;
  WorldNetwork& network_;
  const ProxyPlan& plan_;
  ServerObserver& observer_;
  ProxyTap& tap_;
  const OriginPlan unreachable_;
  HttpServer gateway_;  // answers for whoever cannot be reached
  size_t connects_ = 0;  // so far
  bool healed_ = false;
  client::IntrusiveList<ProxyConnection, ProxyConnectionTag> connections_;
  std::vector<ProxyConnection*> dead_;
  Source source_;
  client::Runnable reap_;
};

// Before a server that may be reached through proxies: tells it the client's name of each connection.
class BehindProxies final : public Acceptor {
 public:
  // Neither is owned.
  BehindProxies(const ProxyTap& tap, Acceptor& behind) : tap_(tap), behind_(behind) {}

  void Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection) override {
    behind_.Accept(std::move(transport), connection, tap_.ClientOf(client_connection));
  }

 private:
  const ProxyTap& tap_;
  Acceptor& behind_;
};

}  // namespace sim

#endif  // SIM_HTTP_PROXY_SERVER_H_
