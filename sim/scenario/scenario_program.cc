#include "sim/scenario/scenario_program.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/client_session.h"
#include "client/net/tls_transport.h"
#include "sim/choice/prng.h"
#include "sim/http/hostile_server.h"
#include "sim/http/http_server.h"
#include "sim/http/proxy_server.h"
#include "sim/http/tls_server.h"
#include "sim/net/proxy_tap.h"
#include "sim/net/sim_network.h"
#include "sim/net/tls_tap.h"
#include "sim/oracle/install.h"
#include "sim/oracle/ledger.h"
#include "sim/scenario/expect_law.h"
#include "sim/workload/workload.h"

namespace sim {
namespace {

using client::NameKind;

// The client's dice in a world: derived, never chosen, and the same in every run.
class SimEntropy final : public client::Entropy {
 public:
  uint64_t Next() override { return prng_.Next(); }

 private:
  Prng prng_{0};
};

// What all sizes that are drawn once in a world came out as.
struct Drawn {
  client::ClientOptions client;
  SimNetwork::Config network;
};

Drawn Draw(World& world, const ScenarioPlan& plan) {
  Drawn drawn;
  const auto draw = [&world](const SizePlan& size, const NameKind& kind) {
    return size.Draw(world, client::MakeName(world.loop(), Name(), kind));
  };
  drawn.client = plan.client;
  drawn.client.socket.max_read = draw(plan.max_read, "max_read");
  drawn.network.link.window = static_cast<uint32_t>(draw(plan.network.window, "window"));
  drawn.network.link.send_buffer = static_cast<uint32_t>(draw(plan.network.send_buffer, "send_buffer"));
  drawn.network.link.bytes_per_second = static_cast<int64_t>(plan.network.bandwidth);
  drawn.network.link.latency_ns = plan.network.latency_ns;
  drawn.network.link.max_segment = static_cast<uint32_t>(plan.network.max_segment);
  drawn.network.link.tcp = plan.network.tcp;
  if (plan.network.tcp) drawn.network.link.max_segment = std::min(drawn.network.link.max_segment, Link::kTcpSegment);
  drawn.network.faults.hold = plan.faults.hold;
  drawn.network.faults.reset = plan.faults.reset;
  drawn.network.faults.half_close = plan.faults.half_close;
  drawn.network.faults.max_faults = plan.faults.max_faults;
  return drawn;
}

bool ReadsAnyWay(const ScenarioPlan& plan) {
  for (const TaskPlan& task : plan.tasks) {
    for (const StepPlan& step : task.steps) {
      if (step.any_way) return true;
    }
  }
  for (const StormPlan& storm : plan.storms) {
    for (const StormPlan::Kind kind : storm.kinds) {
      if (kind == StormPlan::Kind::kAnyRead) return true;
    }
  }
  return false;
}

bool SpeaksTls(const ScenarioPlan& plan) {
  return std::any_of(plan.origins.begin(), plan.origins.end(), [](const OriginPlan& origin) { return origin.tls; });
}

Limits LimitsOf(const ScenarioPlan& plan, const client::ClientOptions& options) {
  Limits limits;
  limits.limit = static_cast<uint32_t>(options.limit);
  limits.limit_per_host = static_cast<uint32_t>(options.limit_per_host);
  limits.read_high_water = options.read_high_water;
  if (ReadsAnyWay(plan)) limits.read_high_water = std::max(limits.read_high_water, Workload::kExactBytes);
  limits.max_read = options.socket.max_read;
  if (SpeaksTls(plan)) limits.max_read += client::TlsTransport::kRecordMax;
  limits.write_high_water = options.socket.write_high;
  limits.keepalive_ns = absl::ToInt64Nanoseconds(options.keepalive_timeout);
  return limits;
}

// Members in the order of their making; what uses others comes later, and goes first.
class ClientSubject final : public Subject {
 public:
  ClientSubject(World& world, const ScenarioPlan& plan, const TlsCredentials& credentials, const Drawn& drawn,
                ScenarioProgram::NetworkMaker make_network)
      : plan_(plan),
        credentials_(credentials),
        ledger_(world),
        oracles_(world, ledger_, LimitsOf(plan, drawn.client)),
        tap_(ledger_),
        proxy_tap_(BehindProxyTap()),
        network_(make_network(world, Wire(), drawn.network)),
        workload_(world, plan, MakeSession(world, drawn.client), ledger_),
        expect_(world, plan, workload_) {
    servers_.reserve(plan.origins.size());
    for (size_t i = 0; i < plan.origins.size(); ++i) {
      const OriginPlan& origin = plan.origins[i];
      const uint32_t number = plan.origins.size() > 1 ? static_cast<uint32_t>(i + 1) : 0;
      const Name name = client::MakeName(world.loop(), Name(), "server", number);
      Acceptor& plain = MakeServer(world, origin, name);
      Acceptor& server = BehindAll(origin.tls ? MakeTls(world, i, plain) : plain);
      std::vector<std::string> addresses = origin.dead_addresses;
      addresses.insert(addresses.end(), origin.addresses.begin(), origin.addresses.end());
      network_->AddHost(origin.host, std::move(addresses));
      for (const std::string& address : origin.addresses) {
        network_->Listen({address, origin.port}, server, client::SocketOptions{});
        if (origin.tls) tap_.AddAddress(client::AddressText({address, origin.port}));
      }
    }
    MakeProxies(world);
    world.AddLaw(expect_);
  }

  void Start() override { workload_.Start(); }
  void Heal() override {
    network_->Heal();
    for (const std::unique_ptr<HttpServer>& server : servers_) server->Heal();
    for (const std::unique_ptr<HostileServer>& server : hostile_) server->Heal();
    for (const std::unique_ptr<ProxyServer>& proxy : proxies_) proxy->Heal();
  }
  bool RunDry() override { return workload_.RunDry(); }
  bool Dry() const override { return workload_.Dry(); }
  void Close() override { workload_.CloseSession(); }
  // How each task ended, and with which error.
  uint64_t EndState() const override {
    uint64_t state = 0;
    for (size_t i = 0; i < plan_.tasks.size(); ++i) {
      state = Mix(state ^ static_cast<uint64_t>(workload_.outcome(i)));
      for (const char c : workload_.error(i)) state = Mix(state ^ static_cast<uint8_t>(c));
    }
    return state;
  }
  std::string DescribeEnd() const override {
    std::string text;
    for (size_t i = 0; i < plan_.tasks.size(); ++i) {
      const std::string& error = workload_.error(i);
      absl::StrAppend(&text, text.empty() ? "" : "\n", plan_.tasks[i].id, " ", OutcomeText(workload_.outcome(i)),
                      error.empty() ? "" : " (", error, error.empty() ? "" : ")");
    }
    return text;
  }
  void Stopped() override { workload_.LoopStopped(); }

 private:
  Acceptor& MakeServer(World& world, const OriginPlan& origin, Name name) {
    if (origin.hostile) {
      hostile_.push_back(std::make_unique<HostileServer>(world, ledger_, name));
      return *hostile_.back();
    }
    servers_.push_back(std::make_unique<HttpServer>(world, origin, ledger_, name));
    return *servers_.back();
  }

  // What listens to the wire: the ledger, behind the taps that are needed.
  WireObserver& Wire() {
    if (!plan_.proxies.empty()) return proxy_tap_;
    return BehindProxyTap();
  }
  WireObserver& BehindProxyTap() {
    if (SpeaksTls(plan_)) return tap_;
    return ledger_;
  }

  void MakeProxies(World& world) {
    for (size_t i = 0; i < plan_.proxies.size(); ++i) {
      const ProxyPlan& plan = plan_.proxies[i];
      const uint32_t number = plan_.proxies.size() > 1 ? static_cast<uint32_t>(i + 1) : 0;
      const Name name = client::MakeName(world.loop(), Name(), "proxy", number);
      proxies_.push_back(std::make_unique<ProxyServer>(world, *network_, plan, ledger_, proxy_tap_, name));
      network_->AddHost(plan.host, plan.addresses);
      client::SocketOptions options;
      options.write_high = plan.buffer;
      options.write_low = plan.buffer / 4;
      for (const std::string& address : plan.addresses) {
        network_->Listen({address, plan.port}, *proxies_.back(), options);
        proxy_tap_.AddAddress(client::AddressText({address, plan.port}));
      }
    }
  }

  Acceptor& BehindAll(Acceptor& server) {
    if (plan_.proxies.empty()) return server;
    behind_proxies_.push_back(std::make_unique<BehindProxies>(proxy_tap_, server));
    return *behind_proxies_.back();
  }

  Acceptor& MakeTls(World& world, size_t origin, Acceptor& behind) {
    std::shared_ptr<client::TlsContext> context = MakeServerTls(credentials_.certificates[origin], tls_entropy_);
    tls_.push_back(std::make_unique<TlsServer>(world, plan_.origins[origin], std::move(context), tap_, behind));
    return *tls_.back();
  }

  std::unique_ptr<client::ClientSession> MakeSession(World& world, client::ClientOptions options) {
    if (SpeaksTls(plan_)) options.tls = MakeClientTls(credentials_, tls_entropy_);
    const client::ClientEnvironment environment{world.loop(), *network_, entropy_, ledger_};
    return std::make_unique<client::ClientSession>(environment, options, Name());
  }

  const ScenarioPlan& plan_;
  const TlsCredentials& credentials_;
  Ledger ledger_;
  Oracles oracles_;
  SimEntropy entropy_;
  SimEntropy tls_entropy_;
  TlsTap tap_;
  ProxyTap proxy_tap_;
  std::unique_ptr<WorldNetwork> network_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
  std::vector<std::unique_ptr<HostileServer>> hostile_;
  std::vector<std::unique_ptr<TlsServer>> tls_;  // before others
  std::vector<std::unique_ptr<BehindProxies>> behind_proxies_;
  std::vector<std::unique_ptr<ProxyServer>> proxies_;
  Workload workload_;
  ExpectLaw expect_;
};

}  // namespace

ScenarioProgram::ScenarioProgram(ScenarioPlan plan, NetworkMaker make_network)
    : plan_(std::move(plan)),
      credentials_(SpeaksTls(plan_) ? TlsCredentials(plan_.origins) : TlsCredentials()),
      make_network_(make_network) {}

std::unique_ptr<Subject> ScenarioProgram::Make(World& world) const {
  return std::make_unique<ClientSubject>(world, plan_, credentials_, Draw(world, plan_), make_network_);
}

std::unique_ptr<WorldNetwork> ScenarioProgram::MakeSimNetwork(World& world, WireObserver& wire,
                                                              const SimNetwork::Config& config) {
  return std::make_unique<SimNetwork>(world, wire, config);
}

}  // namespace sim
