// How a client looks up hosts and connects: with EventLoop, its whole view of the world.
#ifndef CLIENT_NET_NETWORK_H_
#define CLIENT_NET_NETWORK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"

namespace client {

// A numeric address, as text: "10.0.0.1", "::1", or the path of a Unix socket: "/run/a.sock", "unix:a.sock". Compared
// as text.
struct Address {
  std::string ip;
  uint16_t port = 0;  // means nothing to a Unix socket

  bool is_unix() const { return absl::StartsWith(ip, "/") || absl::StartsWith(ip, "unix:"); }
  friend bool operator==(const Address&, const Address&) = default;
};

// "10.0.0.1:80", "[::1]:80", "/run/a.sock".
inline std::string AddressText(const Address& address) {
  if (address.is_unix()) return address.ip;
  const bool v6 = absl::StrContains(address.ip, ':');
  return absl::StrCat(v6 ? "[" : "", address.ip, v6 ? "]:" : ":", address.port);
}

struct SocketOptions {
  size_t max_read = 64 << 10;     // bytes: what one DataReceived() delivers at most
  size_t write_high = 64 << 10;   // bytes unsent above which PauseWriting() is called
  size_t write_low = 16 << 10;    // bytes unsent at or below which ResumeWriting() is called
};

class ResolveHandler {
 public:
  virtual ~ResolveHandler() = default;
  virtual void OnResolved(Result<std::vector<Address>> addresses) = 0;  // never empty
};

class ConnectHandler {
 public:
  virtual ~ConnectHandler() = default;
  virtual void OnConnected(Result<std::unique_ptr<Transport>> transport) = 0;
};

// Something under way. Destroying it cancels it: its handler is not called any more, a socket that was being connected
// is closed. The handler may destroy it.
class Operation {
 public:
  virtual ~Operation() = default;
};

// Handlers are not owned and must outlive the operation. They are called once, as a step of their own, never from
// inside the call that started the operation.
class Network {
 public:
  virtual ~Network() = default;

  virtual std::unique_ptr<Operation> Resolve(absl::string_view host, uint16_t port, Name name,
                                             ResolveHandler& handler) = 0;

  // `connection` becomes the name of the transport and of its source.
  virtual std::unique_ptr<Operation> Connect(const Address& address, const SocketOptions& options, Name connection,
                                             ConnectHandler& handler) = 0;
};

}  // namespace client

#endif  // CLIENT_NET_NETWORK_H_
