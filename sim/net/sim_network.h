// The simulated network: hosts, listeners, lookups, connects, and the connections that come of them.
//
//   SimNetwork network(world, wire, config);
//   network.AddHost("a.test", {"10.0.0.1"});
//   network.Listen({"10.0.0.1", 80}, acceptor, client::SocketOptions{});
//   ... hand `network` to a client as its client::Network ...
//
//   1. A lookup of a known host decides `dns.answer` (ok; no such host; never answers; the addresses in the other
//      order, where there are several); a numeric host is its own address. The answer is a step of its own.
//   2. A connect decides `connect.outcome` (ok, refused, reset, never answers) and `connect.delay` (a menu, ns, on top
//      of a round trip). Where nobody listens at that moment it is refused. The lookup's or connection's name asks.
//   3. The server's end is named MakeName(connection, "server"), the directions MakeName(connection, "up" and "down").
//      It is accepted as a step of its own; bytes may have arrived by then.
//   4. Heal() delivers what is held, resets connects and fails lookups that would never answer, in order of creation.
//   5. An operation may be destroyed at any moment, in its handler too. A connection lives until both ends are closed.
//
// Ownership: transports belong to whoever got them. The network frees everything else when it is destroyed; transports
// and operations that outlive it do nothing any more.
#ifndef SIM_NET_SIM_NETWORK_H_
#define SIM_NET_SIM_NETWORK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/intrusive_list.h"
#include "client/net/network.h"
#include "client/net/transport.h"
#include "sim/net/fault_plan.h"
#include "sim/net/host_table.h"
#include "sim/net/link.h"
#include "sim/net/sim_socket.h"
#include "sim/net/wire_observer.h"
#include "sim/net/world_network.h"
#include "sim/world/world.h"

namespace sim {

struct Operations;  // the network's list of what is under way

class SimNetwork final : public WorldNetwork, private ConnectionHost {
 public:
  struct Config {
    Link::Options link;                    // buffers, window, bandwidth, base latency of every direction
    size_t max_read = size_t{64} << 10;    // bytes: caps SocketOptions::max_read
    FaultPlan::Limits faults;
  };

  // Nothing is owned.
  SimNetwork(World& world, WireObserver& wire, const Config& config);
  ~SimNetwork() override;

  // For connections that are made from now on: sizes may be drawn from a menu.
  void set_config(const Config& config);
  const Config& config() const { return config_; }

  // WorldNetwork.
  void AddHost(absl::string_view host, std::vector<std::string> ips) override { hosts_.Add(host, std::move(ips)); }
  void Listen(const client::Address& address, Acceptor& acceptor, const client::SocketOptions& options) override;
  void Abort(client::Transport& transport) override;
  void Heal() override;
  // Connections that wait to be accepted are reset.
  void StopListening(const client::Address& address);

  // client::Network.
  std::unique_ptr<client::Operation> Resolve(absl::string_view host, uint16_t port, Name name,
                                             client::ResolveHandler& handler) override;
  std::unique_ptr<client::Operation> Connect(const client::Address& address, const client::SocketOptions& options,
                                             Name connection, client::ConnectHandler& handler) override;

  // Something is held by a fault, or a lookup or connect will never answer: whoever waits for it waits rightly.
  bool holding() const;
  // ... on one connection, by the client's name.
  bool holding(Name connection) const;
  size_t live_connections() const { return connections_.size(); }  // an end of which is open
  size_t operations() const { return operations_.size(); }         // lookups and connects under way
  uint32_t faults() const { return ConnectionHost::faults.faults(); }

  // As netstat prints them, in the order of creation, seen from the client's end:
  //   connection#1 10.0.0.1:80 ESTABLISHED paused in=512 out=0
  std::string DebugString() const;

 private:
  class PendingOperation;
  class Lookup;
  class Connecting;
  struct Listener {
    client::Address address;
    Acceptor* acceptor;
    client::SocketOptions options;
  };

  // ConnectionHost.
  void AcceptReady(SimConnection& connection) override;
  void BothClosed(SimConnection& connection) override;

  const Listener* FindListener(const client::Address& address) const;
  std::unique_ptr<client::Transport> Establish(const client::Address& address, const client::SocketOptions& options,
                                               Name connection, uint32_t number);
  client::SocketOptions Capped(client::SocketOptions options) const;

  Config config_;
  HostTable hosts_;
  std::vector<Listener> listeners_;
  client::IntrusiveList<SimConnection, Connections> connections_;
  client::IntrusiveList<PendingOperation, Operations> operations_;
  uint32_t created_ = 0;
};

}  // namespace sim

#endif  // SIM_NET_SIM_NETWORK_H_
