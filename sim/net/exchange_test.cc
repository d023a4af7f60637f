// Whole runs of toy protocols on the network, on a tape of zeros and on thousands of random ones: both ends send a
// pattern to the other, write and read at chosen moments, and check the contract of client/net/transport.h with every
// callback.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/net/sim_network.h"
#include "sim/world/pattern.h"
#include "sim/world/runner.h"
#include "sim/world/subject.h"

namespace sim {
namespace {

using client::Address;
using client::Result;
using client::Slice;
using client::Transport;

// How much the wire holds at most, seen from outside the network.
class Window final : public WireObserver {
 public:
  void BytesSent(Name, End from, absl::string_view bytes) override {
    unread_[from == End::kClient ? 0 : 1] += bytes.size();
    peak = std::max({peak, unread_[0], unread_[1]});
  }
  void BytesReceived(Name, End to, absl::string_view bytes) override {
    unread_[to == End::kServer ? 0 : 1] -= bytes.size();
  }
  uint64_t peak = 0;

 private:
  uint64_t unread_[2] = {0, 0};
};

// Sends `total` bytes and FIN, expects as many; stops and goes on reading at chosen moments; may give up in any.
class Peer final : public client::Protocol {
 public:
  Peer(World& world, Name name, Name peer, uint64_t total, std::unique_ptr<Transport> transport, size_t max_read)
      : world_(world),
        name_(name),
        peer_(peer),
        total_(total),
        max_read_(max_read),
        transport_(std::move(transport)),
        resume_(world.loop(), MakeName(world.loop(), name, "reader"), TimerKind::kSleep,
                [](void* self) { static_cast<Peer*>(self)->transport_->ResumeReading(); }, this) {
    transport_->SetProtocol(this);
    WriteMore();
  }

  bool complete() const { return received_ == total_ && eof_; }
  bool gone() const { return transport_ == nullptr; }
  bool lost() const { return lost_; }
  std::string State() const {
    return absl::StrCat("received ", received_, " of ", total_, eof_ ? " eof" : "", lost_ ? " lost" : "",
                        gone() ? " gone" : "");
  }
  void Destroy() {
    resume_.Cancel();
    transport_.reset();
  }

  void DataReceived(Slice bytes) override {
    Enter();
    Expect(!eof_ && !transport_->reading_paused(), "data at the wrong time");
    Expect(!bytes.empty() && bytes.size() <= max_read_, "too much at once");
    Expect(MatchPattern(peer_, received_, bytes.view()) == bytes.size(), "not what was sent");
    received_ += bytes.size();
    switch (world_.Choose(Label::kServerPace, name_, 3)) {
      case 1:
        Pause(0);
        break;
      case 2:
        Pause(1'000'000);
        break;
      default:
        break;
    }
    WriteMore();
    Leave();
  }
  void EofReceived() override {
    Enter();
    Expect(!eof_ && !transport_->reading_paused(), "eof at the wrong time");
    eof_ = true;
    Leave();
    CloseIfDone();
  }
  void ConnectionLost(Result<void> error) override {
    Enter();
    lost_ = true;
    Leave();
    Destroy();
  }
  void PauseWriting() override {
    Expect(!blocked_ && transport_->writing_paused(), "paused twice");
    blocked_ = true;
  }
  void ResumeWriting() override {
    Enter();
    Expect(blocked_ && !transport_->writing_paused(), "resumed, but not paused");
    blocked_ = false;
    Leave();
    WriteMore();
  }

 private:
  void Enter() {
    Expect(!inside_ && !lost_, "called from inside a call, or after the end");
    inside_ = true;
    if (world_.Choose(Label::kTaskCancel, name_, 2) != 0) give_up_ = true;
  }
  void Leave() {
    inside_ = false;
    if (give_up_) Destroy();
  }
  void Pause(int64_t for_ns) {
    transport_->PauseReading();
    world_.loop().ArmAt(resume_, world_.loop().now_ns() + for_ns);
  }
  void WriteMore() {
    static constexpr uint64_t kSizes[] = {4096, 1, 100, 20'000};
    while (transport_ != nullptr && !blocked_ && written_ < total_ && !transport_->closing()) {
      const uint64_t size = std::min(total_ - written_, kSizes[world_.Choose(Label::kWorkloadSize, name_, 4)]);
      client::Buffer* const buffer = client::Buffer::New(size);
      FillPattern(name_, written_, buffer->data(), size);
      written_ += size;
      transport_->Write(Slice::Adopt(buffer, 0, size));
    }
    if (transport_ == nullptr || written_ < total_ || fin_) return;
    fin_ = true;
    transport_->WriteEof();
    CloseIfDone();
  }
  void CloseIfDone() {
    if (transport_ != nullptr && eof_ && fin_) transport_->Close();
  }
  void Expect(bool holds, const char* what) {
    if (!holds) world_.Violate(LawId::kExpect, [&] { return absl::StrCat(world_.Text(name_), ": ", what); });
  }

  World& world_;
  const Name name_;
  const Name peer_;
  const uint64_t total_;
  const size_t max_read_;
  std::unique_ptr<Transport> transport_;
  Timer resume_;
  uint64_t written_ = 0;
  uint64_t received_ = 0;
  bool blocked_ = false;
  bool fin_ = false;
  bool eof_ = false;
  bool lost_ = false;
  bool inside_ = false;
  bool give_up_ = false;
};

class Exchange final : public Subject,
                       private Acceptor,
                       private client::ConnectHandler,
                       private client::ResolveHandler {
 public:
  Exchange(World& world, bool faults) : world_(world), faults_(faults), network_(world, window_, Draw(world)) {
    network_.AddHost("a.test", {"10.0.0.1"});
    network_.Listen({"10.0.0.1", 80}, *this, options_);
  }

  void Start() override { operation_ = network_.Resolve("a.test", 80, Made("lookup"), *this); }
  void Heal() override { network_.Heal(); }
  void Close() override {
    const auto over = [](const std::unique_ptr<Peer>& peer) { return peer == nullptr || peer->gone(); };
    Expect(over(client_) && over(server_), [&] { return "somebody waits: " + State(); });
    const auto whole = [](const std::unique_ptr<Peer>& peer) { return peer != nullptr && peer->complete(); };
    if (!faults_) {
      const uint64_t limit = network_.config().link.send_buffer + network_.config().link.window;
      Expect(window_.peak <= limit, [&] { return absl::StrCat(window_.peak, " bytes on the wire of ", limit); });
      Expect(whole(client_) && whole(server_) && client_->lost() && server_->lost(), [&] { return State(); });
      Expect(network_.live_connections() == 0, [&] { return network_.DebugString(); });
    }
    operation_.reset();
    if (client_ != nullptr) client_->Destroy();
    if (server_ != nullptr) server_->Destroy();
  }
  void Stopped() override {
    Expect(network_.live_connections() == 0, [&] { return network_.DebugString(); });
    Expect(!network_.holding() && network_.operations() == 0, [] { return "something is still held"; });
  }

 private:
  static SimNetwork::Config Draw(World& world) {
    static constexpr uint32_t kSizes[] = {65536, 4096, 100, 1};
    const auto draw = [&world] { return kSizes[world.Choose(Label::kWorkloadSize, Name(), 4)]; };
    SimNetwork::Config config;
    config.link.send_buffer = draw();
    config.link.window = draw();
    config.link.max_segment = std::max<uint32_t>(draw(), 50);
    config.link.bytes_per_second = world.Choose(Label::kWorkloadNext, Name(), 2) == 0 ? 0 : 10'000'000;
    config.link.reset_discards_unread = world.Choose(Label::kWorkloadNext, Name(), 2) == 0;
    config.link.tcp = world.Choose(Label::kWorkloadNext, Name(), 2) != 0;
    if (config.link.tcp && world.Choose(Label::kWorkloadNext, Name(), 2) != 0) config.link.latency_ns = 1'000'000;
    config.max_read = std::max<uint32_t>(draw(), 50);
    return config;
  }

  std::string State() const {
    return absl::StrCat("client: ", client_ ? client_->State() : "none",
                        "; server: ", server_ ? server_->State() : "none", "\n", network_.DebugString());
  }
  Name Made(const NameKind& kind) { return MakeName(world_.loop(), Name(), kind); }
  template <class Describe>
  void Expect(bool holds, Describe describe) {
    if (!holds) world_.Violate(LawId::kExpect, [&] { return std::string(describe()); });
  }
  std::unique_ptr<Peer> MakePeer(Name name, Name peer, std::unique_ptr<Transport> transport) {
    const bool tiny = network_.config().link.window < 4096 || network_.config().link.send_buffer < 4096;
    return std::make_unique<Peer>(world_, name, peer, tiny ? 300 : 30'000, std::move(transport),
                                  network_.config().max_read);
  }

  void OnResolved(Result<std::vector<Address>> addresses) override {
    operation_.reset();
    if (!addresses.ok()) return;
    operation_ = network_.Connect(addresses.value()[0], options_, Made("connection"), *this);
  }
  void OnConnected(Result<std::unique_ptr<Transport>> transport) override {
    operation_.reset();
    if (!transport.ok()) return;
    const Name name = (*transport)->name();
    client_ = MakePeer(name, name.Child("server", 0), std::move(*transport));
  }
  void Accept(std::unique_ptr<Transport> transport, Name connection, Name client_connection) override {
    server_ = MakePeer(connection, client_connection, std::move(transport));
  }

  World& world_;
  const bool faults_;
  const client::SocketOptions options_{.max_read = 64 << 10, .write_high = 2000, .write_low = 500};
  Window window_;
  SimNetwork network_;
  std::unique_ptr<client::Operation> operation_;
  std::unique_ptr<Peer> client_;
  std::unique_ptr<Peer> server_;
};

class ExchangeProgram final : public Program {
 public:
  explicit ExchangeProgram(bool faults) : faults_(faults) {
    for (Label label : {Label::kLoopNext, Label::kLoopLate, Label::kConnectDelay, Label::kLinkDelay, Label::kLinkSplit,
                        Label::kServerPace, Label::kWorkloadSize, Label::kWorkloadNext}) {
      config_.offers.Add(label);
    }
    for (Label label : {Label::kLinkDelay, Label::kConnectDelay}) {
      config_.menus[static_cast<size_t>(label)] = {0, 1, 1'000'000};
    }
    if (!faults) return;
    for (Label label : {Label::kDnsAnswer, Label::kConnectOutcome, Label::kLinkFate, Label::kTaskCancel}) {
      config_.offers.Add(label);
    }
  }
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override { return std::make_unique<Exchange>(world, faults_); }

 private:
  const bool faults_;
  std::string name_ = "exchange";
  WorldConfig config_;
};

constexpr uint64_t kRuns = 2000;

void HoldsInEveryRun(const ExchangeProgram& program, Memory memory) {
  Runner runner({.memory = memory}, std::make_shared<History>());
  RandomSource quiet({.swarm = false, .bias = {}});
  RandomSource random;
  for (uint64_t run = 0; run <= kRuns; ++run) {
    ChoiceSource& source = run == 0 ? static_cast<ChoiceSource&>(quiet) : random;
    const uint64_t seed = RunSeed(1, run);
    random.Seed(seed);
    const Outcome outcome = runner.Run(program, source, RunOptions{.run = run});
    ASSERT_TRUE(outcome.held()) << "run " << run << ": " << LawName(outcome.violation.law) << " "
                                << outcome.violation.reason << outcome.harness_fault;
    if (run % 100 != 1) continue;
    random.Seed(seed);
    const Outcome again = runner.Run(program, random, RunOptions{.run = run});
    ASSERT_EQ(outcome.digest, again.digest) << "run " << run;
  }
}

TEST(ExchangeTest, EverythingArrivesWithoutFaults) {
  HoldsInEveryRun(ExchangeProgram(false), Runner::Options().memory);
}
TEST(ExchangeTest, EverythingArrivesWithoutFaultsOnTheHeap) {
  HoldsInEveryRun(ExchangeProgram(false), Memory::kHeap);
}
TEST(ExchangeTest, NothingWrongArrivesAndNothingIsLeftAmidFaults) {
  HoldsInEveryRun(ExchangeProgram(true), Runner::Options().memory);
}
TEST(ExchangeTest, NothingWrongArrivesAndNothingIsLeftAmidFaultsOnTheHeap) {
  HoldsInEveryRun(ExchangeProgram(true), Memory::kHeap);
}

}  // namespace
}  // namespace sim
