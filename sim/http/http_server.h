// A scripted HTTP/1.1 server: it answers as its origin's plan says, at the pace that the choices say.
//
// It lives on the client's side of the seam (Transport and Protocol), so that it runs on real sockets as well.
//
//   1. Requests are parsed strictly, and must be for its own host and port. They may be in absolute form (RFC 9112
//      section 3.2.2), all of a connection or none. Anything else that arrives, bytes behind a request that has not
//      been answered included, is reported as RequestMalformed, and ends the connection.
//   2. Bodies of responses are patterns (sim/world/pattern.h) of the request's name, which travels in the header field
//      kRequestHeader; the repeating ones where they are encoded, which needs an Accept-Encoding. The bodies of
//      requests are reported, not judged.
//   3. At each piece of a response it asks "server.pace" (how long it pauses first) and "server.close" (whether it
//      closes here instead); before the head also whether it closes behind it. Asker is the server's end.
//   4. What comes unasked for, behind a response (stray) or on an idle connection (says_timeout), is a 408, and the
//      server closes behind it.
//   5. A handshake for the path of a WebSocket is accepted, as the plan says, and the connection goes on with that
//      protocol: see websocket_server_connection.h. Any other request for such a path gets a 426.
//   6. What its script keeps silent about is reported as Silent() and stays so until Heal(), which closes it.
#ifndef SIM_HTTP_HTTP_SERVER_H_
#define SIM_HTTP_HTTP_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/intrusive_list.h"
#include "client/base/slice.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"
#include "sim/net/wire_observer.h"
#include "sim/net/world_network.h"
#include "sim/scenario/plan.h"
#include "sim/world/world.h"

namespace sim {

class ServerConnection;
struct ServerConnectionTag;

class HttpServer final : public Acceptor {
 public:
  // `name` is the server's, the parent of nothing. None of the arguments is owned.
  HttpServer(World& world, const OriginPlan& plan, ServerObserver& observer, Name name);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  void Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection) override;
  // `early` has been received on it already. Not in a callback of `transport`'s protocol.
  void Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection,
              client::Slice early);

  // Faults are over: ends the connections that are kept waiting, and keeps none waiting from now on.
  void Heal();

  size_t connections() const { return connections_.size(); }

 private:
  friend class ServerConnection;

  // The response to the next request for `path`; null if the script has none.
  const ResponsePlan* NextResponse(absl::string_view path);
  // A buffer of at least `bytes` that nobody uses any more, with a reference for the caller.
  client::Buffer* TakeBuffer(size_t bytes);
  void Bury(ServerConnection& connection);
  void Reap();

  World& world_;
  const OriginPlan& plan_;
  const ResponsePlan upgrade_required_ = {.status = 426};  // to a request for a WebSocket's path that asks for none
  const std::string authority_;  // what Host says of it: "a.test", "a.test:8080"
  ServerObserver& observer_;
  std::vector<size_t> served_;  // requests so far, by route
  std::vector<client::Buffer*> buffers_;
  bool healed_ = false;
  client::IntrusiveList<ServerConnection, ServerConnectionTag> connections_;
  std::vector<ServerConnection*> dead_;
  Source source_;
  client::Runnable reap_;
};

}  // namespace sim

#endif  // SIM_HTTP_HTTP_SERVER_H_
