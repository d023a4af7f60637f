// The world's network on real sockets: the hosts of a scenario are listeners on 127.0.0.1, bytes go through the kernel,
// and time stands still while they do.
//
//   1. The clock is still the world's. It moves on only where nothing is under way any more: every byte that was
//      written has been received by whoever reads, every end of a stream is known to the other, no connect is pending.
//      That is counted here, not guessed from a silence, so that a busy machine changes nothing.
//   2. A scenario's address ("10.0.0.1:80") is a listener of its own, with a port that was free; in errors the address
//      is the scenario's. Where nobody listens a connect is refused, by the kernel.
//   3. Lookups are answered from the scenario's hosts, as the simulated network does. There are no faults: what the
//      scenario offers of dns.*, connect.* and link.* is not asked. What servers and users decide is.
//   4. Facts of the wire are reported from both ends (TappedTransport), so that the laws judge as they do elsewhere.
//
// For worlds on the heap: libuv keeps memory of its own.
#ifndef SIM_LOOPBACK_LOOPBACK_NETWORK_H_
#define SIM_LOOPBACK_LOOPBACK_NETWORK_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/intrusive_list.h"
#include "client/net/network.h"
#include "client/net/uv_network.h"
#include "client/net/uv_reactor.h"
#include "sim/loopback/tapped_transport.h"
#include "sim/net/host_table.h"
#include "sim/net/sim_network.h"
#include "sim/net/wire_observer.h"
#include "sim/net/world_network.h"
#include "sim/world/world.h"

namespace sim {

// A port of 127.0.0.1 that is taken, and on which nobody listens.
class ReservedPort {
 public:
  ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;
  ~ReservedPort();

  uint16_t port() const { return port_; }

 private:
  int fd_;
  uint16_t port_ = 0;
};

class LoopbackNetwork final : public WorldNetwork, private Outside {
 public:
  // Neither is owned.
  LoopbackNetwork(World& world, WireObserver& wire);
  ~LoopbackNetwork() override;

  // WorldNetwork.
  void AddHost(absl::string_view host, std::vector<std::string> ips) override { hosts_.Add(host, std::move(ips)); }
  void Listen(const client::Address& address, Acceptor& acceptor, const client::SocketOptions& options) override;
  void Abort(client::Transport& transport) override { static_cast<TappedTransport&>(transport).Abort(); }
  void Heal() override {}

  // client::Network.
  std::unique_ptr<client::Operation> Resolve(absl::string_view host, uint16_t port, Name name,
                                             client::ResolveHandler& handler) override;
  std::unique_ptr<client::Operation> Connect(const client::Address& address, const client::SocketOptions& options,
                                             Name connection, client::ConnectHandler& handler) override;

 private:
  class Lookup;
  class Connecting;
  class Listener;
  // The ports of a connection's ends. The kernel gives the client's port to several connections, if they go to
  // different ports.
  struct Ports {
    uint16_t client;
    uint16_t server;
    friend bool operator==(const Ports&, const Ports&) = default;
  };
  // A connection whose other end has not turned up yet.
  struct Half {
    Ports ports{};
    Listener* listener = nullptr;                   // of an accepted end
    std::unique_ptr<client::Transport> accepted;
    std::shared_ptr<RealConnection> connection;     // of a connected one
    Name name;
  };

  void Poll(bool wait) override;
  bool UnderWay() const;
  void Connected(Ports ports, std::shared_ptr<RealConnection> connection, Name name);
  void Accepted(Ports ports, Listener& listener, std::unique_ptr<client::Transport> transport);
  void Paired(Half& half);
  void HandOver();

  World& world_;
  WireObserver& wire_;
  HostTable hosts_;
  client::UvReactor reactor_;
  client::UvNetwork network_;
  const ReservedPort nobody_;
  size_t connecting_ = 0;
  client::IntrusiveList<RealConnection, RealConnections> connections_;
  std::vector<Half> halves_;
  std::deque<Half> pairs_;  // to be accepted
  Source accept_source_;
  client::Runnable accept_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

// A ScenarioProgram::NetworkMaker.
std::unique_ptr<WorldNetwork> MakeLoopbackNetwork(World& world, WireObserver& wire, const SimNetwork::Config& config);

}  // namespace sim

#endif  // SIM_LOOPBACK_LOOPBACK_NETWORK_H_
