// What makes two connections interchangeable: every attribute that shaped them.
#ifndef CLIENT_CONNECTION_KEY_H_
#define CLIENT_CONNECTION_KEY_H_

#include <cstdint>
#include <string>

#include "client/http/proxy.h"

namespace client {

// A connection may serve a request only if their keys are equal. Whatever else comes to shape a connection (a local
// address, whom TLS trusts, which is now the same for all of a session) belongs here: what is left out is a connection
// handed to the wrong request.
struct ConnectionKey {
  std::string scheme;  // "http", "https": whether TLS is spoken, with the host
  std::string host;    // in lower case; IPv6 without brackets
  uint16_t port = 0;
  Proxy proxy;          // if any; with its credentials
  bool tunnel = false;  // through the proxy, which otherwise sees requests and answers them

  // "a.test:80", "https://a.test:443", "[::1]:80", 
  // "a.test:80 via http://proxy.test:3128", "https://a.test:443 through http://proxy.test:3128"
  std::string DebugString() const;

  friend bool operator==(const ConnectionKey&, const ConnectionKey&) = default;
  // Ordered, never hashed: what iterates over keys must do so in the same order in every process.
  friend bool operator<(const ConnectionKey& a, const ConnectionKey& b) {
    if (const int order = a.host.compare(b.host); order != 0) return order < 0;
    if (a.port != b.port) return a.port < b.port;
    if (const int order = a.scheme.compare(b.scheme); order != 0) return order < 0;
    if (a.tunnel != b.tunnel) return b.tunnel;
    return a.proxy < b.proxy;
  }
};

}  // namespace client

#endif  // CLIENT_CONNECTION_KEY_H_
