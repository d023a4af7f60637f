// The suite of client/testing/seam_conformance.h on real sockets: TCP on loopback, Unix sockets, and TLS on TCP.
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "client/base/check.h"
#include "client/net/uv_listener.h"
#include "client/net/uv_loop.h"
#include "client/net/uv_network.h"
#include "client/testing/seam_conformance.h"
#include "client/testing/tls_seam_world.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

class UvSeamWorld final : public SeamWorld, private AcceptHandler {
 public:
  explicit UvSeamWorld(const Address& where) : where_(where), network_(loop_) {}

  EventLoop& loop() override { return loop_; }
  Network& network() override { return network_; }

  Address Listen(const SocketOptions& options, Accepted accepted) override {
    accepted_ = std::move(accepted);
    const Name name = MakeName(loop_, Name(), "listener", ++listeners_);
    Result<std::unique_ptr<UvListener>> listener = UvListener::Listen(loop_, where_, options, name, *this);
    CHECK(listener.ok());
    listener_ = *std::move(listener);
    return listener_->address();
  }
  void StopListening() override { listener_.reset(); }
  // Multicast: there is no stream to a group, whatever the routes.
  Address Unreachable() const override { return {"224.0.0.1", 80}; }

  bool RunUntil(absl::FunctionRef<bool()> done) override {
    // So that a failure is a failure, and not a test that hangs.
    bool late = false;
    Timer guard(loop_, Name(), TimerKind::kTimeout, [](void* late) { *static_cast<bool*>(late) = true; }, &late);
    guard.PostAt(loop_.Now() + absl::Seconds(30));
    bool is_done = false;
    loop_.RunUntil([&] { return (is_done = done()) || late; });
    return is_done;
  }
  void Settle() override {
    bool over = false;
    Timer end(loop_, Name(), TimerKind::kSleep, [](void* over) { *static_cast<bool*>(over) = true; }, &over);
    end.PostAt(loop_.Now() + absl::Milliseconds(20));
    loop_.RunUntil([&] { return over; });
  }

  bool resets() const override { return !where_.is_unix(); }
  size_t more_than_fits() const override {
    size_t bytes = 2'000'000;
    for (const char* limits : {"/proc/sys/net/ipv4/tcp_rmem", "/proc/sys/net/ipv4/tcp_wmem"}) {
      size_t min = 0, initial = 0, max = size_t{32} << 20;
      std::ifstream(limits) >> min >> initial >> max;
      bytes += max;
    }
    return bytes;
  }

 private:
  void OnAccepted(std::unique_ptr<Transport> transport, Name) override {
    const Accepted accepted = accepted_;  // may stop the listening
    accepted(std::move(transport));
  }

  const Address where_;
  UvLoop loop_;
  UvNetwork network_;
  Accepted accepted_;
  std::unique_ptr<UvListener> listener_;
  uint32_t listeners_ = 0;
};

std::unique_ptr<SeamWorld> Ipv4() { return std::make_unique<UvSeamWorld>(Address{"127.0.0.1", 0}); }
std::unique_ptr<SeamWorld> Unix() { return std::make_unique<UvSeamWorld>(Address{"unix:seam.sock", 0}); }
std::unique_ptr<SeamWorld> Tls() { return std::make_unique<TlsSeamWorld>(Ipv4()); }

INSTANTIATE_TEST_SUITE_P(Uv, SeamLoopTest, ::testing::Values(&Ipv4));
INSTANTIATE_TEST_SUITE_P(Uv, SeamNetworkTest, ::testing::Values(&Ipv4));
INSTANTIATE_TEST_SUITE_P(Uv, SeamTransportTest, ::testing::Values(&Ipv4, &Unix, &Tls));

}  // namespace
}  // namespace client::testing
