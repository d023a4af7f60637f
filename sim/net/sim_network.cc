#include "sim/net/sim_network.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sim/net/sim_transport.h"

namespace sim {

using client::Address;
using client::AddressText;
using client::ClientError;
using client::ErrorKind;
using client::SocketOptions;
using client::Transport;

// A lookup or a connect: one timer, which may never be armed.
class SimNetwork::PendingOperation : public client::Operation, public client::ListNode<Operations> {
 public:
  PendingOperation(SimNetwork& network, Name name, uint32_t number)
      : network_(&network),
        number_(number),
        timer_(network.world.loop(), name, TimerKind::kSleep,
               [](void* self) { static_cast<PendingOperation*>(self)->Finish(); }, this) {
    network.operations_.PushBack(*this);
  }

  Name name() const { return timer_.name(); }
  uint32_t number() const { return number_; }
  bool silent() const { return linked() && !timer_.pending(); }
  virtual void Heal() = 0;  // requires silent()
  virtual const Address* address() const { return nullptr; }  // of a connect

  void Detach() {
    Unlink();
    timer_.Cancel();
    network_ = nullptr;
  }

 protected:
  void FinishAfter(int64_t delay_ns) {
    Scheduler& loop = network_->world.loop();
    if (delay_ns == 0) {
      loop.Post(timer_.source(), timer_.fire());
    } else {
      loop.ArmAt(timer_, loop.now_ns() + delay_ns);
    }
  }
  // Calls the handler last: it may destroy this.
  virtual void Finish() = 0;

  SimNetwork* network_;

 private:
  const uint32_t number_;
  Timer timer_;
};

class SimNetwork::Lookup final : public PendingOperation {
 public:
  Lookup(SimNetwork& network, absl::string_view host, uint16_t port, Name name, client::ResolveHandler& handler)
      : PendingOperation(network, name, 0), host_(host), port_(port), handler_(handler) {
    network.wire.LookupStarted(name, host);
    const size_t known = network.hosts_.Addresses(host, port).size();
    if (known > 0) {
      answer_ = static_cast<Answer>(network.world.Choose(Label::kDnsAnswer, name, known > 1 ? 4 : 3));
    }
    if (answer_ != Answer::kNever) FinishAfter(0);
  }
  ~Lookup() override {
    if (linked()) network_->wire.LookupEnded(name());
  }

  void Heal() override {
    answer_ = Answer::kTimedOut;
    FinishAfter(0);
  }

 private:
  enum class Answer : uint8_t { kOk, kNoSuchHost, kNever, kReversed, kTimedOut };

  void Finish() override {
    network_->wire.LookupEnded(name());
    Unlink();
    if (answer_ == Answer::kNoSuchHost) return handler_.OnResolved(HostTable::NoSuchHost(host_));
    if (answer_ == Answer::kTimedOut) {
      const std::string text = absl::StrCat(host_, ": the name server does not answer");
      return handler_.OnResolved(ClientError(ErrorKind::kDns, text));
    }
    std::vector<Address> addresses = network_->hosts_.Addresses(host_, port_);
    if (answer_ == Answer::kReversed) std::reverse(addresses.begin(), addresses.end());
    handler_.OnResolved(std::move(addresses));
  }

  const std::string host_;
  const uint16_t port_;
  client::ResolveHandler& handler_;
  Answer answer_ = Answer::kNoSuchHost;
};

class SimNetwork::Connecting final : public PendingOperation {
 public:
  Connecting(SimNetwork& network, const Address& address, const SocketOptions& options, Name connection,
             uint32_t number, client::ConnectHandler& handler)
      : PendingOperation(network, connection, number), address_(address), options_(options), handler_(handler) {
    World& world = network.world;
    world.Record(TraceKind::kConnect, connection);
    network.wire.SocketOpened(connection, AddressText(address));
    outcome_ = static_cast<Outcome>(world.Choose(Label::kConnectOutcome, connection, 4));
    if (outcome_ == Outcome::kNever) return;
    const int64_t delay_ns = world.ChooseFromMenu(Label::kConnectDelay, connection);
    FinishAfter(delay_ns + 2 * network.config_.link.latency_ns);
  }
  ~Connecting() override {
    if (linked()) network_->wire.SocketClosed(name());
  }

  void Heal() override {
    outcome_ = Outcome::kReset;
    FinishAfter(0);
  }
  const Address* address() const override { return &address_; }

 private:
  enum class Outcome : uint8_t { kOk, kRefused, kReset, kNever };

  void Finish() override {
    Unlink();
    const char* why = nullptr;
    if (outcome_ == Outcome::kReset) {
      why = "connection reset by peer";
    } else if (outcome_ == Outcome::kRefused || network_->FindListener(address_) == nullptr) {
      why = "connection refused";
    }
    network_->world.Record(TraceKind::kConnected, name(), why == nullptr ? 1 : 0);
    if (why == nullptr) {
      network_->wire.SocketConnected(name());
      return handler_.OnConnected(network_->Establish(address_, options_, name(), number()));
    }
    network_->wire.SocketFailed(name(), why);
    const std::string text = absl::StrCat(AddressText(address_), ": ", why);
    handler_.OnConnected(ClientError(ErrorKind::kConnect, text).On(name()));
  }

  const Address address_;
  const SocketOptions options_;
  client::ConnectHandler& handler_;
  Outcome outcome_;
};

SimNetwork::SimNetwork(World& world, WireObserver& wire, const Config& config)
    : ConnectionHost(world, wire, config.faults), config_(config) {}

SimNetwork::~SimNetwork() {
  while (!operations_.empty()) operations_.front()->Detach();
  while (!connections_.empty()) delete connections_.front();
}

void SimNetwork::set_config(const Config& config) {
  config_ = config;
  ConnectionHost::faults.set_limits(config.faults);
}

void SimNetwork::Listen(const Address& address, Acceptor& acceptor, const SocketOptions& options) {
  CHECK(FindListener(address) == nullptr);
  listeners_.push_back({address, &acceptor, options});
}

void SimNetwork::StopListening(const Address& address) {
  std::erase_if(listeners_, [&address](const Listener& listener) { return listener.address == address; });
}

std::unique_ptr<client::Operation> SimNetwork::Resolve(absl::string_view host, uint16_t port, Name name,
                                                       client::ResolveHandler& handler) {
  return std::make_unique<Lookup>(*this, host, port, name, handler);
}

std::unique_ptr<client::Operation> SimNetwork::Connect(const Address& address, const SocketOptions& options,
                                                       Name connection, client::ConnectHandler& handler) {
  return std::make_unique<Connecting>(*this, address, options, connection, ++created_, handler);
}

void SimNetwork::Abort(Transport& transport) { static_cast<SimTransport&>(transport).Abort(); }

void SimNetwork::Heal() {
  for (PendingOperation* operation = operations_.front(); operation != nullptr;
       operation = operations_.Next(*operation)) {
    if (operation->silent()) operation->Heal();
  }
  for (SimConnection* connection = connections_.front(); connection != nullptr;
       connection = connections_.Next(*connection)) {
    connection->Heal();
  }
}

bool SimNetwork::holding() const {
  for (PendingOperation* operation = operations_.front(); operation != nullptr;
       operation = operations_.Next(*operation)) {
    if (operation->silent()) return true;
  }
  for (SimConnection* connection = connections_.front(); connection != nullptr;
       connection = connections_.Next(*connection)) {
    if (connection->holding()) return true;
  }
  return false;
}

bool SimNetwork::holding(Name connection_name) const {
  for (PendingOperation* operation = operations_.front(); operation != nullptr;
       operation = operations_.Next(*operation)) {
    if (operation->name() == connection_name && operation->silent()) return true;
  }
  for (SimConnection* connection = connections_.front(); connection != nullptr;
       connection = connections_.Next(*connection)) {
    if (connection->name() == connection_name && connection->holding()) return true;
  }
  return false;
}

std::string SimNetwork::DebugString() const {
  std::vector<std::pair<uint32_t, std::string>> lines;
  for (PendingOperation* operation = operations_.front(); operation != nullptr;
       operation = operations_.Next(*operation)) {
    if (operation->address() == nullptr) continue;
    lines.emplace_back(operation->number(), absl::StrCat(world.Text(operation->name()), " ",
                                                         AddressText(*operation->address()), " SYN_SENT in=0 out=0\n"));
  }
  for (SimConnection* connection = connections_.front(); connection != nullptr;
       connection = connections_.Next(*connection)) {
    const SimSocket* const socket = connection->socket(End::kClient);
    const bool paused = socket != nullptr && socket->user().reading_paused();
    const size_t in = connection->in(End::kClient).unread();
    const size_t out = connection->out(End::kClient).unsent() + (socket != nullptr ? socket->user().unsent_bytes() : 0);
    lines.emplace_back(connection->number(),
                       absl::StrCat(world.Text(connection->name()), " ", AddressText(connection->address()), " ",
                                    connection->State(), paused ? " paused" : "", " in=", in, " out=", out, "\n"));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const auto& line : lines) absl::StrAppend(&text, line.second);
  return text;
}

void SimNetwork::AcceptReady(SimConnection& connection) {
  const Listener* const listener = FindListener(connection.address());
  if (listener == nullptr) return connection.Refuse();
  const Name server = connection.name(End::kServer);
  const Name client = connection.name();
  listener->acceptor->Accept(std::make_unique<SimTransport>(connection, End::kServer, Capped(listener->options)),
                             server, client);
}

void SimNetwork::BothClosed(SimConnection& connection) { delete &connection; }

const SimNetwork::Listener* SimNetwork::FindListener(const Address& address) const {
  for (const Listener& listener : listeners_) {
    if (listener.address == address) return &listener;
  }
  return nullptr;
}

std::unique_ptr<Transport> SimNetwork::Establish(const Address& address, const SocketOptions& options, Name connection,
                                                 uint32_t number) {
  auto* const made = new SimConnection(*this, config_.link, address, connection, number);
  connections_.PushBack(*made);
  auto transport = std::make_unique<SimTransport>(*made, End::kClient, Capped(options));
  made->PostAccept();
  return transport;
}

SocketOptions SimNetwork::Capped(SocketOptions options) const {
  options.max_read = std::min(options.max_read, config_.max_read);
  CHECK(options.max_read > 0);
  return options;
}

}  // namespace sim
