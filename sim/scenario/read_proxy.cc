// Proxies, and which one the client uses.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/http/proxy.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/scenario_reader.h"

namespace sim {

void ScenarioReader::ReadProxies(const Node& scenario) {
  if (scenario.Count("proxy") > 16) {
    errors_.push_back(scenario.Error("proxy", 16, "more than 16 proxies"));
    return;
  }
  for (int i = 0; i < scenario.Count("proxy"); ++i) {
    plan_.proxies.push_back(ReadProxy(scenario.Sub("proxy", i), i));
  }
}

ProxyPlan ScenarioReader::ReadProxy(const Node& proxy, int index) {
  ProxyPlan plan;
  plan.host = proxy.Text("host");
  if (!proxy.Has("host")) {
    errors_.push_back(proxy.Error("no host"));
  } else if (!IsHost(plan.host)) {
    errors_.push_back(proxy.Error("host", "host: not a name in lower case"));
  }
  plan.port = static_cast<uint16_t>(Bytes(proxy, "port", plan.port, 1, 65535));
  plan.buffer = Bytes(proxy, "buffer", plan.buffer, 1, kBufferMax);
  for (const OriginPlan& origin : plan_.origins) {
    if (origin.host != plan.host) continue;
    errors_.push_back(proxy.Error("host", absl::StrCat(plan.host, " is an origin above")));
    break;
  }
  for (const ProxyPlan& other : plan_.proxies) {
    if (other.host == plan.host) errors_.push_back(proxy.Error("host", absl::StrCat("a second proxy ", plan.host)));
  }
  ReadProxyAddresses(proxy, index, &plan);
  ReadConnects(proxy, &plan);
  return plan;
}

void ScenarioReader::ReadProxyAddresses(const Node& proxy, int index, ProxyPlan* plan) {
  plan->addresses = proxy.Texts("addresses");
  if (plan->addresses.size() > 16) {
    errors_.push_back(proxy.Error("addresses", 16, "more than 16 addresses"));
    return;
  }
  if (plan->addresses.empty()) plan->addresses = {absl::StrCat("10.0.1.", index + 1)};
  for (size_t i = 0; i < plan->addresses.size(); ++i) {
    const std::string& address = plan->addresses[i];
    if (!IsAddress(address)) {
      errors_.push_back(proxy.Error("addresses", static_cast<int>(i), "addresses: not a numeric address"));
    }
    const auto check = [&](const auto& other) {
      const auto& taken = other.addresses;
      if (other.port != plan->port || std::find(taken.begin(), taken.end(), address) == taken.end()) return;
      errors_.push_back(proxy.Error("addresses", absl::StrCat(address, " belongs to ", other.host, " already")));
    };
    for (const OriginPlan& origin : plan_.origins) check(origin);
    for (const ProxyPlan& other : plan_.proxies) check(other);
  }
}

void ScenarioReader::ReadConnects(const Node& proxy, ProxyPlan* plan) {
  if (proxy.Count("connect") > 100) {
    errors_.push_back(proxy.Error("connect", 100, "more than 100 answers to CONNECT"));
    return;
  }
  for (int i = 0; i < proxy.Count("connect"); ++i) {
    const Node connect = proxy.Sub("connect", i);
    ConnectPlan read;
    read.status = static_cast<int>(Bytes(connect, "status", 200, 200, 599));
    read.before_ns = Duration(connect, "before", 0);
    read.silent = connect.Flag("silent");
    read.hangs_up = connect.Flag("hangs_up");
    if (read.silent && (read.hangs_up || connect.Has("status"))) {
      errors_.push_back(connect.Error("silent", "silent, and yet it answers or hangs up"));
    } else if (read.hangs_up && connect.Has("status")) {
      errors_.push_back(connect.Error("hangs_up", "hangs_up, and yet it answers"));
    }
    plan->connects.push_back(read);
  }
  if (plan->connects.empty()) plan->connects.emplace_back();
}

void ScenarioReader::ReadProxyOfClient(const Node& client) {
  if (!client.Has("proxy")) {
    if (client.Has("no_proxy")) errors_.push_back(client.Error("no_proxy", "no_proxy without a proxy"));
    return;
  }
  const std::string text = client.Text("proxy");
  const client::Result<client::Proxy> parsed = client::ParseProxy(text);
  if (!parsed.ok()) {
    errors_.push_back(client.Error("proxy", absl::StrCat("proxy: ", parsed.error().message())));
    return;
  }
  if (parsed->https) {
    errors_.push_back(client.Error("proxy", "proxy: TLS with the proxy itself is not simulated"));
    return;
  }
  const bool known = std::any_of(plan_.proxies.begin(), plan_.proxies.end(), [&](const ProxyPlan& proxy) {
    return proxy.host == parsed->host && proxy.port == parsed->port;
  });
  if (!known) {
    errors_.push_back(client.Error("proxy", absl::StrCat("no proxy ", parsed->host, ":", parsed->port)));
    return;
  }
  plan_.client.proxies = *client::ProxySettings::Everywhere(text, client.Text("no_proxy"));
}

}  // namespace sim
