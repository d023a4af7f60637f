// Any world of the seam with TLS on all its connections: for the suite of seam_conformance.h.
//
//   std::unique_ptr<SeamWorld> OverTls() { return std::make_unique<TlsSeamWorld>(MakeUvWorld()); }
//   INSTANTIATE_TEST_SUITE_P(Tls, SeamTransportTest, ::testing::Values(&OverTls));
//
// What OpenSSL draws is the same each time. An accepted connection is given on when its handshake is over; one whose
// handshake fails is not.
#ifndef CLIENT_TESTING_TLS_SEAM_WORLD_H_
#define CLIENT_TESTING_TLS_SEAM_WORLD_H_

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "client/net/network.h"
#include "client/net/tls_context.h"
#include "client/testing/seam_world.h"
#include "client/testing/tls_fixture.h"

namespace client::testing {

class TlsSeamWorld final : public SeamWorld {
 public:
  explicit TlsSeamWorld(std::unique_ptr<SeamWorld> below);
  ~TlsSeamWorld() override;

  EventLoop& loop() override { return below_->loop(); }
  Network& network() override { return *network_; }
  Address Listen(const SocketOptions& options, Accepted accepted) override;
  void StopListening() override { below_->StopListening(); }
  Address Unreachable() const override { return below_->Unreachable(); }
  bool RunUntil(absl::FunctionRef<bool()> done) override { return below_->RunUntil(done); }
  void Settle() override { below_->Settle(); }
  bool resets() const override { return below_->resets(); }
  bool tls() const override { return true; }
  size_t more_than_fits() const override { return below_->more_than_fits(); }

 private:
  class Handshake;
  class TlsNetwork;

  Dice dice_;
  std::shared_ptr<TlsContext> client_context_;
  std::shared_ptr<TlsContext> server_context_;
  std::unique_ptr<SeamWorld> below_;
  std::unique_ptr<Network> network_;
  Accepted accepted_;
  std::list<Handshake> handshakes_;  // of accepted connections
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_TLS_SEAM_WORLD_H_
