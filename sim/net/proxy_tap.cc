#include "sim/net/proxy_tap.h"

#include <algorithm>

namespace sim {

ProxyTap::Path* ProxyTap::Find(Name connection) {
  for (auto path = paths_.rbegin(); path != paths_.rend(); ++path) {
    if (path->connection == connection) return &*path;
  }
  return nullptr;
}

const ProxyTap::Path* ProxyTap::OfLeg(Name leg) const {
  for (auto path = paths_.rbegin(); path != paths_.rend(); ++path) {
    if (path->leg == leg) return &*path;
  }
  return nullptr;
}

Name ProxyTap::ClientOf(Name connection) const {
  const Path* path = OfLeg(connection);
  return path != nullptr ? path->connection : connection;
}

Name ProxyTap::Outer(Name connection, End end) {
  if (const Path* path = OfLeg(connection)) return end == End::kServer ? path->connection : Name();
  if (end == End::kClient) return connection;
  const Path* path = Find(connection);
  return path == nullptr || path->serves ? connection : Name();
}

void ProxyTap::LegMade(Name connection, Name leg) {
  if (Path* path = Find(connection)) path->leg = leg;
}

void ProxyTap::ConnectAnswered(Name connection, absl::string_view request, absl::string_view answer) {
  Path* path = Find(connection);
  if (path == nullptr) return;
  path->asked = std::string(request);
  path->answer = answer.size();
}

void ProxyTap::TunnelOpened(Name connection, absl::string_view host_port) { wire_.Tunnelled(connection, host_port); }

void ProxyTap::Serves(Name connection, absl::string_view received) {
  Path* path = Find(connection);
  if (path == nullptr) return;
  path->serves = true;
  wire_.BytesReceived(connection, End::kServer, received);
}

void ProxyTap::SocketOpened(Name connection, absl::string_view host_port) {
  if (OfLeg(connection) != nullptr) return;
  wire_.SocketOpened(connection, host_port);
  if (std::find(addresses_.begin(), addresses_.end(), host_port) == addresses_.end()) return;
  paths_.emplace_back().connection = connection;
  wire_.Proxied(connection);
}

void ProxyTap::SocketConnected(Name connection) {
  if (OfLeg(connection) == nullptr) wire_.SocketConnected(connection);
}

void ProxyTap::SocketFailed(Name connection, absl::string_view why) {
  if (OfLeg(connection) == nullptr) wire_.SocketFailed(connection, why);
}

void ProxyTap::SocketClosed(Name connection) {
  if (OfLeg(connection) == nullptr) wire_.SocketClosed(connection);
}

void ProxyTap::LookupStarted(Name lookup, absl::string_view host) {
  if (std::find(lookups_.begin(), lookups_.end(), lookup) == lookups_.end()) wire_.LookupStarted(lookup, host);
}

void ProxyTap::LookupEnded(Name lookup) {
  if (std::find(lookups_.begin(), lookups_.end(), lookup) == lookups_.end()) wire_.LookupEnded(lookup);
}

void ProxyTap::ReadingPaused(Name connection) {
  if (OfLeg(connection) == nullptr) wire_.ReadingPaused(connection);
}

void ProxyTap::ReadingResumed(Name connection) {
  if (OfLeg(connection) == nullptr) wire_.ReadingResumed(connection);
}

void ProxyTap::BytesSent(Name connection, End from, absl::string_view bytes) {
  const Name outer = Outer(connection, from);
  if (!outer.empty()) wire_.BytesSent(outer, from, bytes);
}

void ProxyTap::BytesReceived(Name connection, End to, absl::string_view bytes) {
  const Name outer = Outer(connection, to);
  if (outer.empty()) return;
  Path* path = to == End::kClient ? Find(outer) : nullptr;
  if (path != nullptr && path->answer > 0) {
    const size_t size = std::min(path->answer, bytes.size());
    bytes.remove_prefix(size);
    path->answer -= size;
    if (path->answer == 0) wire_.BytesReceived(outer, End::kServer, std::exchange(path->asked, std::string()));
    if (bytes.empty()) return;
  }
  wire_.BytesReceived(outer, to, bytes);
}

void ProxyTap::FinSent(Name connection, End from) {
  const Name outer = OfLeg(connection) == nullptr ? connection : Outer(connection, from);
  if (!outer.empty()) wire_.FinSent(outer, from);
}

void ProxyTap::FinReceived(Name connection, End to) {
  const Name outer = Outer(connection, to);
  if (!outer.empty()) wire_.FinReceived(outer, to);
}

void ProxyTap::Reset(Name connection, End from) { wire_.Reset(ClientOf(connection), from); }

void ProxyTap::LossReported(Name connection, End to) {
  const Name outer = Outer(connection, to);
  if (!outer.empty()) wire_.LossReported(outer, to);
}

}  // namespace sim
