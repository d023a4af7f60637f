// client::Network on libuv: lookups in its pool of threads, and sockets.
//
//   1. A numeric host is its own address; all others are looked up by getaddrinfo(3), which knows /etc/hosts. The
//      addresses come in its order (RFC 6724).
//   2. An Address whose ip is a path, or begins with "unix:", is that of a Unix socket. The rest of the client does not
//      care: a session connects to one if a Network of its user's says so.
//   3. TCP connections send without delay, and are kept alive from a minute of silence on.
//   4. Its transports are UvTransports. Errors are those of the simulated network, in the same words.
//   5. A lookup that is cancelled while a thread is at work on it goes on without anyone; the loop's destructor waits.
#ifndef CLIENT_NET_UV_NETWORK_H_
#define CLIENT_NET_UV_NETWORK_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "client/net/network.h"
#include "client/net/uv_reactor.h"

namespace client {

class UvNetwork final : public Network {
 public:
  // Not owned. Operations and transports need the loop, and not this.
  explicit UvNetwork(UvReactor& reactor) : reactor_(reactor) {}

  std::unique_ptr<Operation> Resolve(absl::string_view host, uint16_t port, Name name,
                                     ResolveHandler& handler) override;
  std::unique_ptr<Operation> Connect(const Address& address, const SocketOptions& options, Name connection,
                                     ConnectHandler& handler) override;

 private:
  UvReactor& reactor_;
};

}  // namespace client

#endif  // CLIENT_NET_UV_NETWORK_H_
