// What makes two connections interchangeable: every attribute that shaped them.
#ifndef CLIENT_CONNECTION_KEY_H_
#define CLIENT_CONNECTION_KEY_H_

#include <cstdint>
#include <string>

namespace client {

// A connection may serve a request only if their keys are equal. Whatever else comes to shape a connection (a proxy, a
// TLS name, a local address) belongs here: what is left out is a connection handed to the wrong request.
struct ConnectionKey {
  std::string scheme;  // "http", in lower case
  std::string host;    // in lower case; IPv6 without brackets
  uint16_t port = 0;

  // "a.test:80", "https://a.test:443", "[::1]:80"
  std::string DebugString() const;

  friend bool operator==(const ConnectionKey&, const ConnectionKey&) = default;
  // Ordered, never hashed: what iterates over keys must do so in the same order in every process.
  friend bool operator<(const ConnectionKey& a, const ConnectionKey& b) {
    if (const int order = a.host.compare(b.host); order != 0) return order < 0;
    if (a.port != b.port) return a.port < b.port;
    return a.scheme < b.scheme;
  }
};

}  // namespace client

#endif  // CLIENT_CONNECTION_KEY_H_
