// Which addresses the hosts of a world have.
#ifndef SIM_NET_HOST_TABLE_H_
#define SIM_NET_HOST_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/net/network.h"

namespace sim {

class HostTable {
 public:
  // Numeric addresses, in the order in which a lookup gives them. Replaces what was there.
  void Add(absl::string_view host, std::vector<std::string> ips);

  // None if there is no such host; a numeric host is its own address.
  std::vector<client::Address> Addresses(absl::string_view host, uint16_t port) const;

  static client::ClientError NoSuchHost(absl::string_view host);

 private:
  struct Host {
    std::string name;
    std::vector<std::string> ips;
  };
  std::vector<Host> hosts_;
};

}  // namespace sim

#endif  // SIM_NET_HOST_TABLE_H_
