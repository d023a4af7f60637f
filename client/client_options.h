// What a ClientSession is told once: limits, timeouts, and the world it lives in.
#ifndef CLIENT_CLIENT_OPTIONS_H_
#define CLIENT_CLIENT_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "client/http/content_decoder.h"
#include "client/http/http_parser.h"
#include "client/http/proxy.h"
#include "client/net/client_observer.h"
#include "client/net/entropy.h"
#include "client/net/event_loop.h"
#include "client/net/network.h"
#include "client/net/tls_context.h"

namespace client {

// How long the parts of a request may take. absl::InfiniteDuration() switches a timeout off, and is the default.
struct ClientTimeout {
  absl::Duration total = absl::InfiniteDuration();         // from Request() until all of the body has arrived
  absl::Duration connect = absl::InfiniteDuration();       // until there is a connection, waiting for a slot included
  absl::Duration sock_connect = absl::InfiniteDuration();  // one attempt at one address; with proxy and TLS
  absl::Duration sock_read = absl::InfiniteDuration();     // between two reads, while the peer owes bytes
};

struct ClientOptions {
  size_t limit = 100;         // sockets that may exist at once, idle ones included; 0 = no limit
  size_t limit_per_host = 0;  // the same for each ConnectionKey; 0 = no limit
  absl::Duration keepalive_timeout = absl::Seconds(15);  // an idle connection is closed after it; zero: no reuse
  size_t read_low_water = 64 << 10;    // bytes unread at or below which reading is resumed
  size_t read_high_water = 128 << 10;  // bytes unread above which reading is paused
  // Accept-Encoding: gzip, deflate is sent, and the body of such a response is decoded as it is read, unless the
  // request brings an Accept-Encoding or a Range of its own. What is buffered, paused for and counted is the wire's
  // bytes.
  bool auto_decompress = true;
  ContentDecoder::Limits decompress;
  uint32_t redirects_max = 10;  // followed for one request; 0: a redirect is a response like any other
  absl::Duration continue_timeout = absl::Seconds(1);  // how long 100 Continue is waited for: RequestOptions
  // What is left of a response that its user releases, or of a redirect that is followed, is read to nowhere, so that
  // the connection can be used again: if it is no more than so many bytes, comes within so much time, and nobody needs
  // the slot meanwhile. Else the connection is closed. 0 bytes: always.
  uint64_t drain_bytes_max = 64 << 10;
  absl::Duration drain_timeout = absl::Seconds(1);
  // How long ClientSession::Close() waits for what is under way; then it closes as CloseNow() does.
  absl::Duration close_timeout = absl::Seconds(30);
  // For https and wss: whom to trust, what to show, which sessions to resume. May be shared by sessions. Null: one with
  // the defaults of TlsOptions, made when it is first needed.
  std::shared_ptr<TlsContext> tls;
  ProxySettings proxies;  // none, unless told so
  SocketOptions socket;
  HttpLimits http;
  ClientTimeout timeout;  // of requests that bring none of their own
};

// None of these is owned; all must outlive the session and every response of it.
struct ClientEnvironment {
  EventLoop& loop;
  Network& network;
  Entropy& entropy;
  ClientObserver& observer;
};

}  // namespace client

#endif  // CLIENT_CLIENT_OPTIONS_H_
