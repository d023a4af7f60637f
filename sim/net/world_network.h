// A network with named hosts and scripted servers on it: the simulated one (sim_network.h), or one of real sockets.
#ifndef SIM_NET_WORLD_NETWORK_H_
#define SIM_NET_WORLD_NETWORK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/net/network.h"
#include "client/net/transport.h"

namespace sim {

// Who accepts connections. Not owned by the network.
class Acceptor {
 public:
  // `connection` names the server's end, `client_connection` is the client's name of the connection.
  virtual void Accept(std::unique_ptr<client::Transport> transport, client::Name connection,
                      client::Name client_connection) = 0;

 protected:
  ~Acceptor() = default;
};

class WorldNetwork : public client::Network {
 public:
  // Numeric addresses, in the order in which a lookup gives them. Replaces what was there.
  virtual void AddHost(absl::string_view host, std::vector<std::string> ips) = 0;
  // `options` are those of the server's ends.
  virtual void Listen(const client::Address& address, Acceptor& acceptor, const client::SocketOptions& options) = 0;
  // Closes with a reset; what was written and has not gone yet is lost. `transport` is one of this network's.
  virtual void Abort(client::Transport& transport) = 0;
  // Faults are over: what is held is delivered, what never answers fails.
  virtual void Heal() = 0;
};

}  // namespace sim

#endif  // SIM_NET_WORLD_NETWORK_H_
