#include "tools/fidelity/simulated_transfer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "client/net/network.h"
#include "sim/net/sim_network.h"
#include "sim/world/world.h"

namespace tools {
namespace {

using client::Result;
using client::Slice;
using client::Transport;

class Quiet final : public sim::ChoiceSource {
 public:
  uint32_t Choose(const sim::Question&) override { return 0; }
};

class Transfer final : private sim::Acceptor, private client::ConnectHandler {
 public:
  Transfer(const Conditions& conditions, Model model)
      : left_(conditions.bytes),
        unread_(conditions.bytes),
        piece_(256 << 10, 'x'),
        world_(world_config_, sim::LawSet::All(), source_, history_, violation_),
        network_(world_, wire_, Config(conditions, model)),
        sender_(*this),
        receiver_(*this) {
    history_.BeginRun(0, /*keep_trace=*/false);
  }

  int64_t RunNs() {
    const client::Address address{"10.0.0.1", 80};
    const client::SocketOptions options{.max_read = 256 << 10, .write_high = 0, .write_low = 0};
    network_.Listen(address, *this, options);
    const client::Name name = MakeName(world_.loop(), client::Name(), "connection", 1);
    const auto operation = network_.Connect(address, options, name, *this);
    while (unread_ > 0) {
      if (world_.loop().ready() > 0) {
        world_.loop().Step();
      } else {
        CHECK(world_.loop().Advance());
      }
    }
    return world_.loop().now_ns() - start_ns_;
  }

 private:
  // Writes whenever there is room.
  struct Sender final : client::Protocol {
    explicit Sender(Transfer& transfer) : transfer(transfer) {}
    void DataReceived(Slice) override {}
    void EofReceived() override {}
    void ConnectionLost(Result<void>) override {}
    void PauseWriting() override {}
    void ResumeWriting() override { transfer.WriteMore(); }
    Transfer& transfer;
  };
  struct Receiver final : client::Protocol {
    explicit Receiver(Transfer& transfer) : transfer(transfer) {}
    void DataReceived(Slice bytes) override { transfer.unread_ -= bytes.size(); }
    void EofReceived() override {}
    void ConnectionLost(Result<void>) override {}
    void PauseWriting() override {}
    void ResumeWriting() override {}
    Transfer& transfer;
  };

  static sim::SimNetwork::Config Config(const Conditions& conditions, Model model) {
    sim::SimNetwork::Config config;
    config.max_read = 256 << 10;
    config.link.send_buffer = conditions.send_buffer_kib << 10;
    config.link.window = conditions.window_kib << 10;
    config.link.max_segment = sim::Link::kTcpSegment;
    config.link.bytes_per_second = conditions.mbits_per_second * 1'000'000 / 8;
    config.link.latency_ns = conditions.delay_ms * 1'000'000;
    config.link.tcp = model == Model::kAcknowledged;
    return config;
  }

  void OnConnected(Result<std::unique_ptr<Transport>> transport) override {
    CHECK(transport.ok());
    from_ = std::move(*transport);
    from_->SetProtocol(&sender_);
    start_ns_ = world_.loop().now_ns();
    WriteMore();
  }
  void Accept(std::unique_ptr<Transport> transport, client::Name, client::Name) override {
    to_ = std::move(transport);
    to_->SetProtocol(&receiver_);
  }
  void WriteMore() {
    while (left_ > 0 && !from_->writing_paused()) {
      const size_t size = std::min<uint64_t>(left_, piece_.size());
      left_ -= size;
      from_->Write(Slice::Static(absl::string_view(piece_).substr(0, size)));
    }
  }

  uint64_t left_;
  uint64_t unread_;
  const std::string piece_;
  int64_t start_ns_ = 0;
  sim::WorldConfig world_config_;
  Quiet source_;
  sim::History history_{sim::History::Options{1 << 16, 1 << 12, 1 << 10}};
  sim::Violation violation_;
  sim::WireObserver wire_;
  sim::World world_;
  sim::SimNetwork network_;
  Sender sender_;
  Receiver receiver_;
  std::unique_ptr<Transport> from_;
  std::unique_ptr<Transport> to_;
};

}  // namespace

int64_t SimulatedTransferNs(const Conditions& conditions, Model model) { return Transfer(conditions, model).RunNs(); }

}  // namespace tools
