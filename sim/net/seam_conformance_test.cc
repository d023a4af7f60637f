// The suite of client/testing/seam_conformance.h in simulated worlds: a quiet one, and some in which the order, the
// lateness, the delays and the cuts between segments are drawn; and with TLS in such.
#include "client/testing/seam_conformance.h"

#include <memory>
#include <string>
#include <utility>

#include "client/testing/tls_seam_world.h"
#include "gtest/gtest.h"
#include "sim/choice/random_source.h"
#include "sim/net/net_testing.h"
#include "sim/net/sim_network.h"
#include "sim/world/world.h"

namespace sim {
namespace {

using client::Address;
using client::SocketOptions;
using client::testing::SeamLoopTest;
using client::testing::SeamNetworkTest;
using client::testing::SeamTransportTest;
using client::testing::SeamWorld;

WorldConfig WithOffers(uint64_t seed) {
  WorldConfig config;
  if (seed == 0) return config;
  for (Label label : {Label::kLoopNext, Label::kLoopLate, Label::kConnectDelay, Label::kLinkDelay, Label::kLinkSplit}) {
    config.offers.Add(label);
  }
  for (Label label : {Label::kConnectDelay, Label::kLinkDelay}) {
    config.menus[static_cast<size_t>(label)] = {0, 1000, 1'000'000, 10'000'000};
  }
  return config;
}

class SimSeamWorld final : public SeamWorld, private Acceptor {
 public:
  explicit SimSeamWorld(uint64_t seed) : config_(WithOffers(seed)) {
    history_.BeginRun(0, /*keep_trace=*/false);
    source_.Seed(seed);
    world_ = std::make_unique<World>(config_, LawSet::All(), source_, history_, violation_);
    SimNetwork::Config config;
    if (seed % 2 == 1) config.link = {.send_buffer = 6000, .window = 5000, .max_segment = 1460};
    network_ = std::make_unique<SimNetwork>(*world_, wire_, config);
  }

  client::EventLoop& loop() override { return world_->loop(); }
  client::Network& network() override { return *network_; }

  Address Listen(const SocketOptions& options, Accepted accepted) override {
    accepted_ = std::move(accepted);
    ++address_.port;
    network_->Listen(address_, *this, options);
    return address_;
  }
  void StopListening() override { network_->StopListening(address_); }
  Address Unreachable() const override { return {"10.9.9.9", 80}; }

  bool RunUntil(absl::FunctionRef<bool()> done) override {
    for (;;) {
      if (done()) return true;
      if (world_->loop().ready() > 0) {
        world_->loop().Step();
      } else if (!world_->loop().Advance()) {
        return false;
      }
    }
  }
  void Settle() override {
    RunUntil([] { return false; });
  }

  size_t more_than_fits() const override { return 600'000; }

 private:
  void Accept(std::unique_ptr<client::Transport> transport, Name, Name) override {
    const Accepted accepted = accepted_;  // may stop the listening
    accepted(std::move(transport));
  }

  const WorldConfig config_;
  History history_{History::Options{1 << 16, 1 << 12, 1 << 10}};
  Violation violation_;
  RandomSource source_;
  std::unique_ptr<World> world_;
  WireObserver wire_;
  std::unique_ptr<SimNetwork> network_;
  Accepted accepted_;
  Address address_{"10.0.0.1", 1024};
};

template <uint64_t seed>
std::unique_ptr<SeamWorld> Drawn() {
  return std::make_unique<SimSeamWorld>(seed);
}

template <uint64_t seed>
std::unique_ptr<SeamWorld> DrawnTls() {
  return std::make_unique<client::testing::TlsSeamWorld>(Drawn<seed>());
}

const auto kWorlds = ::testing::Values(&Drawn<0>, &Drawn<1>, &Drawn<2>, &Drawn<3>, &Drawn<4>, &Drawn<5>, &Drawn<6>,
                                       &Drawn<7>, &Drawn<8>);

INSTANTIATE_TEST_SUITE_P(Sim, SeamLoopTest, kWorlds);
INSTANTIATE_TEST_SUITE_P(Sim, SeamNetworkTest, kWorlds);
INSTANTIATE_TEST_SUITE_P(Sim, SeamTransportTest, kWorlds);
INSTANTIATE_TEST_SUITE_P(SimTls, SeamTransportTest,
                         ::testing::Values(&DrawnTls<0>, &DrawnTls<1>, &DrawnTls<2>, &DrawnTls<3>, &DrawnTls<4>));

}  // namespace
}  // namespace sim
