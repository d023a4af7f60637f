// Accepts connections on a real socket: for tests and tools whose servers are Protocols on the same seam.
//
//   Result<std::unique_ptr<UvListener>> listener = UvListener::Listen(loop, {"127.0.0.1", 0}, options, name, handler);
//   ... connect to (*listener)->address() ...
#ifndef CLIENT_NET_UV_LISTENER_H_
#define CLIENT_NET_UV_LISTENER_H_

#include <cstdint>
#include <memory>

#include "client/base/error.h"
#include "client/base/ring.h"
#include "client/net/network.h"
#include "client/net/transport.h"
#include "client/net/uv_reactor.h"
#include "client/net/uv_socket.h"

namespace client {

class AcceptHandler {
 public:
  virtual ~AcceptHandler() = default;
  // As a step of its own. May destroy the listener. `connection` is also transport->name().
  virtual void OnAccepted(std::unique_ptr<Transport> transport, Name connection) = 0;
};

// Destroying it stops the listening; connections that nobody was given yet are reset.
class UvListener final : private UvSocket::User {
 public:
  // Port 0 picks a free one. `options` are those of the accepted connections, which are named "connection" #1, #2, ...
  // under `name`. `handler` is not owned. Fails with kConnect if the address cannot be had.
  static Result<std::unique_ptr<UvListener>> Listen(UvReactor& reactor, const Address& address,
                                                    const SocketOptions& options, Name name, AcceptHandler& handler);
  UvListener(const UvListener&) = delete;
  UvListener& operator=(const UvListener&) = delete;
  ~UvListener();

  const Address& address() const { return address_; }
  uint32_t accepted() const { return accepted_; }

 private:
  UvListener(UvReactor& reactor, const Address& address, const SocketOptions& options, Name name,
             AcceptHandler& handler);

  void OnIncoming(int status) override;
  void HandOver();

  UvReactor& reactor_;
  Address address_;
  const SocketOptions options_;
  AcceptHandler& handler_;
  UvSocketPtr socket_;
  Ring<UvSocketPtr> waiting_;
  uint32_t accepted_ = 0;
  Source source_;
  Runnable hand_over_;
};

}  // namespace client

#endif  // CLIENT_NET_UV_LISTENER_H_
