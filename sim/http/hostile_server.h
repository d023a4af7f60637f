// A server without shame: what it says is drawn, token by token, and follows no rule.
//
// It knows nothing of HTTP but where the head of a request ends. Behind each head it draws a response out of menus
// (hostile_menu.h), with the label "server.bytes" and the server's end as asker: 0 is what an honest server would say
// there. Then it draws what is behind it, and whether it closes. It may speak before it is asked, answer in the midst
// of an upload, switch protocols unasked and send the frames of a WebSocket. Between two tokens it asks "server.pace".
//
//   1. It says so: ServerObserver::Untruthful(). The laws that need a truthful server do not judge it, and whoever
//      waits for it waits rightly, until it has closed.
//   2. It sends at most kBytesMax on a connection, and answers at most kResponsesMax times; then it closes.
//   3. After Heal() it closes what is open, and whatever is opened, as soon as anything comes.
#ifndef SIM_HTTP_HOSTILE_SERVER_H_
#define SIM_HTTP_HOSTILE_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "client/base/intrusive_list.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"
#include "sim/net/wire_observer.h"
#include "sim/net/world_network.h"
#include "sim/world/world.h"

namespace sim {

class HostileConnection;
struct HostileConnectionTag;

class HostileServer final : public Acceptor {
 public:
  static constexpr size_t kBytesMax = 256 << 10;
  static constexpr int kResponsesMax = 8;

  // `name` is the server's. Nothing is owned.
  HostileServer(World& world, ServerObserver& observer, Name name);
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;
  ~HostileServer();

  void Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection) override;
  void Heal();

  size_t connections() const { return connections_.size(); }

 private:
  friend class HostileConnection;

  void Bury(HostileConnection& connection);
  void Reap();

  World& world_;
  ServerObserver& observer_;
  bool healed_ = false;
  client::IntrusiveList<HostileConnection, HostileConnectionTag> connections_;
  std::vector<HostileConnection*> dead_;
  Source source_;
  client::Runnable reap_;
};

}  // namespace sim

#endif  // SIM_HTTP_HOSTILE_SERVER_H_
