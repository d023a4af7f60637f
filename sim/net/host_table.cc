#include "sim/net/host_table.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sim {

using client::Address;

void HostTable::Add(absl::string_view host, std::vector<std::string> ips) {
  for (Host& known : hosts_) {
    if (known.name == host) {
      known.ips = std::move(ips);
      return;
    }
  }
  hosts_.push_back({std::string(host), std::move(ips)});
}

std::vector<Address> HostTable::Addresses(absl::string_view host, uint16_t port) const {
  std::vector<Address> addresses;
  for (const Host& known : hosts_) {
    if (known.name != host) continue;
    for (const std::string& ip : known.ips) addresses.push_back({ip, port});
    return addresses;
  }
  const bool numeric = absl::StrContains(host, ':') ||
                       (!host.empty() && host.find_first_not_of("0123456789.") == absl::string_view::npos);
  if (numeric) addresses.push_back({std::string(host), port});
  return addresses;
}

client::ClientError HostTable::NoSuchHost(absl::string_view host) {
  return client::ClientError(client::ErrorKind::kDns, absl::StrCat(host, ": no such host"));
}

}  // namespace sim
