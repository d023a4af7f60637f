// What goes through a proxy, as the laws want to see it: one connection from the client to the server, whatever is in
// between.
//
// A proxy has a connection of its own, its leg, for each of the client's. The books of a connection are those of its
// two outer ends: what the client sends and receives, and what the server at the end of the leg does, under the
// client's name. The two ends in the proxy are nobody's, and so are legs and lookups: limits are the client's.
//
//   1. A fault of either leg is one of the connection. A FIN of the proxy's is told, whoever was its cause.
//   2. What is said about a tunnel never counts, but for the request: see WireObserver::Proxied(). The answer is cut
//      off by its length, since the client cannot be sent anything else before it.
//   3. A proxy that answers a request itself is the server from then on.
//
// Stands between the network and whoever listens to the wire, and passes everything else on.
#ifndef SIM_NET_PROXY_TAP_H_
#define SIM_NET_PROXY_TAP_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/net/wire_observer.h"

namespace sim {

class ProxyTap final : public WireObserver {
 public:
  // `wire` is not owned.
  explicit ProxyTap(WireObserver& wire) : wire_(wire) {}

  // Who connects to `host_port` ("10.0.1.1:3128") connects to a proxy.
  void AddAddress(std::string host_port) { addresses_.push_back(std::move(host_port)); }

  // What a proxy says. `connection` is the client's name of its own.
  void LookupMade(Name lookup) { lookups_.push_back(lookup); }  // the lookup of that name will be the proxy's
  void LegMade(Name connection, Name leg);  // the same for a connect; the one before, if any, has failed
  // CONNECT was answered, before anything was forwarded.
  void ConnectAnswered(Name connection, absl::string_view request, absl::string_view answer);
  void TunnelOpened(Name connection, absl::string_view host_port);
  // It is the server itself from now on, and has been given `received`.
  void Serves(Name connection, absl::string_view received);

  // The client's name of the connection of which `connection` is a leg; or itself, if it is none.
  Name ClientOf(Name connection) const;

  void SocketOpened(Name connection, absl::string_view host_port) override;
  void SocketConnected(Name connection) override;
  void SocketFailed(Name connection, absl::string_view why) override;
  void SocketClosed(Name connection) override;
  void LookupStarted(Name lookup, absl::string_view host) override;
  void LookupEnded(Name lookup) override;
  void ReadingPaused(Name connection) override;
  void ReadingResumed(Name connection) override;
  void BytesSent(Name connection, End from, absl::string_view bytes) override;
  void BytesReceived(Name connection, End to, absl::string_view bytes) override;
  void FinSent(Name connection, End from) override;
  void FinReceived(Name connection, End to) override;
  void Reset(Name connection, End from) override;
  void LossReported(Name connection, End to) override;

 private:
  // A connection of the client's to a proxy, kept to the end of the run: both outer ends may speak last.
  struct Path {
    Name connection;
    Name leg;             // empty until there is one
    std::string asked;    // the request for a tunnel, until its answer has been received
    size_t answer = 0;    // bytes of that that have not been received
    bool serves = false;  // the proxy is the server
  };
  Path* Find(Name connection);
  const Path* OfLeg(Name leg) const;
  // Under which name that end of `connection` is told of; empty: not at all.
  Name Outer(Name connection, End end);

  WireObserver& wire_;
  std::vector<std::string> addresses_;
  std::vector<Path> paths_;
  std::vector<Name> lookups_;
};

}  // namespace sim

#endif  // SIM_NET_PROXY_TAP_H_
