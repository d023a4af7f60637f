// Bytes over simulated connections, from one transport's Write() to the other's DataReceived(), copied in and out and
// looked at, against the smallest simulated network. Trace and digest are on, as in every run.
//
// Asked for: at least a third of the floor.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "sim/choice/random_source.h"
#include "sim/net/link_floor.h"
#include "sim/net/sim_network.h"
#include "sim/world/arena.h"
#include "sim/world/runner.h"
#include "tools/benchmark/against_floor.h"

namespace sim {
namespace {

using client::Result;
using client::Slice;
using client::Transport;

constexpr uint32_t kWindow = 256 << 10;

class Sender final : public client::Protocol {
 public:
  Sender(std::unique_ptr<Transport> transport, absl::string_view segment)
      : transport_(std::move(transport)), segment_(segment) {
    transport_->SetProtocol(this);
  }
  void Send(uint64_t segments) {
    left_ += segments;
    WriteMore();
  }
  void DataReceived(Slice) override {}
  void EofReceived() override {}
  void ConnectionLost(Result<void>) override {}
  void PauseWriting() override {}
  void ResumeWriting() override { WriteMore(); }

 private:
  void WriteMore() {
    for (; left_ > 0 && !transport_->writing_paused(); --left_) transport_->Write(Slice::Static(segment_));
  }

  std::unique_ptr<Transport> transport_;
  const absl::string_view segment_;
  uint64_t left_ = 0;
};

class Receiver final : public client::Protocol {
 public:
  Receiver(std::unique_ptr<Transport> transport, absl::string_view segment)
      : transport_(std::move(transport)), segment_(segment) {
    transport_->SetProtocol(this);
  }
  uint64_t received() const { return received_; }
  void DataReceived(Slice bytes) override {
    received_ += bytes.size();
    CHECK(bytes.data()[bytes.size() - 1] == segment_[(received_ - 1) % segment_.size()]);
  }
  void EofReceived() override {}
  void ConnectionLost(Result<void>) override {}
  void PauseWriting() override {}
  void ResumeWriting() override {}

 private:
  std::unique_ptr<Transport> transport_;
  const absl::string_view segment_;
  uint64_t received_ = 0;
};

// Connections of one world, which lives as long as this.
class Flows final : private Acceptor, private client::ConnectHandler {
 public:
  Flows(uint32_t flows, uint32_t segment)
      : segment_(Pattern(segment)), world_(world_config_, LawSet::All(), source_, history_, violation_) {
    history_.BeginRun(0, /*keep_trace=*/false);
    ArenaScope scope(arena_.get());
    SimNetwork::Config config;
    config.link = {.send_buffer = 64 << 10, .window = kWindow, .max_segment = segment,
                   .bytes_per_second = 125'000'000, .latency_ns = 1'000'000};
    network_ = std::make_unique<SimNetwork>(world_, wire_, config);
    const client::Address address{"10.0.0.1", 80};
    network_->Listen(address, *this, {});
    for (uint32_t i = 0; i < flows; ++i) {
      const Name name = MakeName(world_.loop(), Name(), "connection", i);
      const auto operation = network_->Connect(address, {}, name, *this);
      RunAll();
    }
  }
  ~Flows() {
    ArenaScope scope(arena_.get());
    senders_.clear();
    receivers_.clear();
    network_.reset();
  }

  uint64_t Run(uint64_t segments) {
    ArenaScope scope(arena_.get());
    uint64_t received = 0;
    for (const auto& receiver : receivers_) received -= receiver->received();
    for (const auto& sender : senders_) sender->Send(segments);
    RunAll();
    for (const auto& receiver : receivers_) received += receiver->received();
    return received;
  }

 private:
  static std::string Pattern(uint32_t size) {
    std::string pattern(size, '\0');
    for (uint32_t i = 0; i < size; ++i) pattern[i] = static_cast<char>(i * 7);
    return pattern;
  }
  void Accept(std::unique_ptr<Transport> transport, Name, Name) override {
    receivers_.push_back(std::make_unique<Receiver>(std::move(transport), segment_));
  }
  void OnConnected(Result<std::unique_ptr<Transport>> transport) override {
    senders_.push_back(std::make_unique<Sender>(std::move(*transport), segment_));
  }
  void RunAll() {
    do {
      while (world_.loop().ready() > 0) world_.loop().Step();
    } while (world_.loop().Advance());
  }

  const std::string segment_;
  std::unique_ptr<Arena> arena_ = SIM_HAS_ARENA ? std::make_unique<Arena>(Arena::Options{}) : nullptr;
  WorldConfig world_config_;
  RandomSource source_;
  History history_;
  Violation violation_;
  WireObserver wire_;
  World world_;
  std::unique_ptr<SimNetwork> network_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
};

void Compare(benchmark::State& state, uint32_t flows, uint32_t segment, int64_t segments) {
  Flows ours(flows, segment);
  floor::Net floor(flows, segment, kWindow);
  const auto expect = [&](uint64_t received, int64_t n) {
    CHECK_EQ(received, static_cast<uint64_t>(n) / flows * flows * segment);
  };
  tools::AgainstFloor(
      state, segments, [&](int64_t n) { expect(ours.Run(static_cast<uint64_t>(n) / flows), n); },
      [&](int64_t n) { expect(floor.Run(static_cast<uint64_t>(n) / flows), n); });
  state.counters["GB/s"] = segment / state.counters["ns"];
}
void BM_100Flows_1448(benchmark::State& state) { Compare(state, 100, 1448, 40'000); }
void BM_1Flow_1448(benchmark::State& state) { Compare(state, 1, 1448, 40'000); }
void BM_100Flows_16K(benchmark::State& state) { Compare(state, 100, 16 << 10, 10'000); }
void BM_1Flow_16K(benchmark::State& state) { Compare(state, 1, 16 << 10, 10'000); }
BENCHMARK(BM_100Flows_1448)->UseManualTime();
BENCHMARK(BM_1Flow_1448)->UseManualTime();
BENCHMARK(BM_100Flows_16K)->UseManualTime();
BENCHMARK(BM_1Flow_16K)->UseManualTime();

}  // namespace
}  // namespace sim
