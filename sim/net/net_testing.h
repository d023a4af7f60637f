// For tests of the network: a world that is stepped by hand, answers given in advance, and ends that write a log.
//
//   TestNet net({.offers = {Label::kLinkFate}});
//   TestEnd client, server;
//   net.Connect(client, server);
//   client->Write(client::Slice::Static("hello"));
//   net.RunAll();
//   EXPECT_EQ(server.log, "data(hello) ");
#ifndef SIM_NET_NET_TESTING_H_
#define SIM_NET_NET_TESTING_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/net/network.h"
#include "client/testing/test_end.h"
#include "sim/net/sim_network.h"
#include "sim/world/world.h"

namespace sim {

using client::testing::TestEnd;

// Answers what was put into its queues, label by label, and 0 where a queue is empty.
class ScriptedSource final : public ChoiceSource {
 public:
  std::map<Label, std::deque<uint32_t>> answers;

  uint32_t Choose(const Question& question) override {
    std::deque<uint32_t>& queue = answers[question.label];
    if (queue.empty()) return 0;
    const uint32_t answer = queue.front();
    queue.pop_front();
    CHECK_LT(answer, question.count);
    return answer;
  }
};

// The facts of the wire as a text: "opened(10.0.0.1:80) connected sent(client,5) ".
class WireLog final : public WireObserver {
 public:
  std::string log;

  void SocketOpened(Name, absl::string_view host_port) override { absl::StrAppend(&log, "opened(", host_port, ") "); }
  void SocketConnected(Name) override { absl::StrAppend(&log, "connected "); }
  void SocketFailed(Name, absl::string_view why) override { absl::StrAppend(&log, "failed(", why, ") "); }
  void SocketClosed(Name) override { absl::StrAppend(&log, "closed "); }
  void LookupStarted(Name, absl::string_view host) override { absl::StrAppend(&log, "lookup(", host, ") "); }
  void LookupEnded(Name) override { absl::StrAppend(&log, "answered "); }
  void ReadingPaused(Name) override { absl::StrAppend(&log, "paused "); }
  void ReadingResumed(Name) override { absl::StrAppend(&log, "resumed "); }
  void BytesSent(Name, End from, absl::string_view bytes) override { Event("sent", from, bytes.size()); }
  void BytesReceived(Name, End to, absl::string_view bytes) override { Event("received", to, bytes.size()); }
  void FinSent(Name, End from) override { Event("fin_sent", from, 0); }
  void FinReceived(Name, End to) override { Event("fin_received", to, 0); }
  void Reset(Name, End from) override { Event("reset", from, 0); }
  void LossReported(Name, End to) override { Event("lost", to, 0); }

 private:
  void Event(absl::string_view what, End end, size_t bytes) {
    absl::StrAppend(&log, what, "(", end == End::kClient ? "client" : "server");
    if (bytes > 0) absl::StrAppend(&log, ",", bytes);
    absl::StrAppend(&log, ") ");
  }
};

class TestNet final : public Acceptor, public client::ConnectHandler {
 public:
  struct Setup {
    std::vector<Label> offers;
    std::vector<int64_t> delays_ns;  // the menu of link.delay
    SimNetwork::Config config;
    client::SocketOptions options;
  };

  TestNet() : TestNet(Setup{}) {}
  explicit TestNet(const Setup& setup) : world_config_(Config(setup)), options(setup.options) {
    history_.BeginRun(0, /*keep_trace=*/false);
    world_ = std::make_unique<World>(world_config_, LawSet::All(), source, history_, violation_);
    network = std::make_unique<SimNetwork>(*world_, wire, setup.config);
    network->Listen(address, *this, options);
  }

  // Both ends with their protocols set.
  void Connect(TestEnd& client, TestEnd& server) {
    server_ = &server;
    const Name name = MakeName(loop(), Name(), "connection", ++connections_);
    std::unique_ptr<client::Operation> operation = network->Connect(address, options, name, *this);
    RunAll();
    CHECK(connected_ != nullptr);
    client.transport = std::move(connected_);
    client.transport->SetProtocol(&client);
  }

  // Until nothing is left to happen / one step.
  void RunAll() {
    do {
      while (loop().ready() > 0) loop().Step();
    } while (loop().Advance());
  }
  void RunReady() {
    while (loop().ready() > 0) loop().Step();
  }

  World& world() { return *world_; }
  Scheduler& loop() { return world_->loop(); }

  ScriptedSource source;

 private:
  WorldConfig world_config_;
  History history_{History::Options{1 << 16, 1 << 12, 1 << 10}};
  Violation violation_;
  std::unique_ptr<World> world_;

 public:
  const client::Address address{"10.0.0.1", 80};
  client::SocketOptions options;
  WireLog wire;
  std::unique_ptr<SimNetwork> network;
  std::unique_ptr<client::Transport> unclaimed;  // accepted while no server was waiting

 private:
  static WorldConfig Config(const Setup& setup) {
    WorldConfig config;
    for (Label label : setup.offers) config.offers.Add(label);
    config.menus[static_cast<size_t>(Label::kLinkDelay)] = setup.delays_ns;
    return config;
  }

  void Accept(std::unique_ptr<client::Transport> transport, Name, Name) override {
    if (server_ == nullptr) {
      unclaimed = std::move(transport);
      return;
    }
    server_->transport = std::move(transport);
    server_->transport->SetProtocol(std::exchange(server_, nullptr));
  }
  void OnConnected(client::Result<std::unique_ptr<client::Transport>> transport) override {
    if (transport.ok()) connected_ = std::move(transport).value();
  }

  TestEnd* server_ = nullptr;
  std::unique_ptr<client::Transport> connected_;
  uint32_t connections_ = 0;
};

}  // namespace sim

#endif  // SIM_NET_NET_TESTING_H_
