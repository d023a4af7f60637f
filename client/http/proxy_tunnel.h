// A tunnel through a proxy: CONNECT (RFC 9110 section 9.3.6), before whatever is spoken with the server behind it.
//
//   1. Any 2xx opens the tunnel; it has no body, whatever its fields say. Interim responses are skipped. Everything
//      else is kRejected, with the head of the answer: a 407 wants other credentials.
//   2. The answer's head must keep HttpLimits, as any other.
//   3. What comes behind the answer is the server's, and handed over with the transport.
#ifndef CLIENT_HTTP_PROXY_TUNNEL_H_
#define CLIENT_HTTP_PROXY_TUNNEL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "client/base/error.h"
#include "client/base/slice.h"
#include "client/http/http_parser.h"
#include "client/http/proxy.h"
#include "client/net/event_loop.h"
#include "client/net/network.h"
#include "client/net/transport.h"

namespace client {

class TunnelHandler {
 public:
  virtual ~TunnelHandler() = default;
  // As a step of its own, on the source "tunnel" of the connection. May destroy the operation.
  virtual void OnTunnel(Result<std::unique_ptr<Transport>> transport, Slice early) = 0;
};

// `transport` leads to `proxy`, the tunnel to `host` and `port`. Destroying the operation closes the connection.
// Neither `loop` nor `handler` is owned.
std::unique_ptr<Operation> StartTunnel(EventLoop& loop, const Proxy& proxy, const std::string& host, uint16_t port,
                                       const HttpLimits& limits, std::unique_ptr<Transport> transport,
                                       TunnelHandler& handler);

}  // namespace client

#endif  // CLIENT_HTTP_PROXY_TUNNEL_H_
