#include "sim/loopback/loopback_network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/base/check.h"
#include "client/net/uv_listener.h"
#include "client/net/uv_transport.h"

namespace sim {

using client::Address;
using client::AddressText;
using client::ClientError;
using client::Result;
using client::SocketOptions;
using client::Transport;

namespace {

constexpr char kHere[] = "127.0.0.1";

// What waits in the kernel of this machine comes in microseconds; what has not come in so many waits of a hundredth of
// a second each never will.
constexpr int kPatience = 500;
constexpr int64_t kWaitNs = 10'000'000;

}  // namespace

ReservedPort::ReservedPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  CHECK_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
  CHECK_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
}

ReservedPort::~ReservedPort() { close(fd_); }

class LoopbackNetwork::Lookup final : public client::Operation {
 public:
  Lookup(LoopbackNetwork& network, absl::string_view host, uint16_t port, Name name, client::ResolveHandler& handler)
      : wire_(network.wire_),
        host_(host),
        addresses_(network.hosts_.Addresses(host, port)),
        handler_(handler),
        source_(network.world_.loop(), name),
        answer_([](void* self) { static_cast<Lookup*>(self)->Answer(); }, this) {
    wire_.LookupStarted(name, host);
    source_.loop().Post(source_, answer_);
  }
  ~Lookup() override {
    if (!answered_) wire_.LookupEnded(source_.name());
  }

 private:
  void Answer() {
    answered_ = true;
    wire_.LookupEnded(source_.name());
    if (addresses_.empty()) return handler_.OnResolved(HostTable::NoSuchHost(host_));
    handler_.OnResolved(std::move(addresses_));
  }

  WireObserver& wire_;
  const std::string host_;
  std::vector<Address> addresses_;
  client::ResolveHandler& handler_;
  bool answered_ = false;
  Source source_;
  client::Runnable answer_;
};

class LoopbackNetwork::Listener final : public client::AcceptHandler {
 public:
  Listener(LoopbackNetwork& network, const Address& address, Acceptor& acceptor, const SocketOptions& options)
      : network_(network), address_(address), acceptor_(acceptor) {
    const Name name = client::MakeName(network.world_.loop(), Name(), "listener",
                                       static_cast<uint32_t>(network.listeners_.size()) + 1);
    auto listener = client::UvListener::Listen(network.reactor_, {kHere, 0}, options, name, *this);
    CHECK(listener.ok());
    listener_ = std::move(*listener);
  }

  const Address& address() const { return address_; }
  const Address& real_address() const { return listener_->address(); }
  Acceptor& acceptor() { return acceptor_; }

 private:
  void OnAccepted(std::unique_ptr<Transport> transport, Name) override {
    const uint16_t client = static_cast<const client::UvTransport&>(*transport).PeerAddress().port;
    network_.Accepted({client, real_address().port}, *this, std::move(transport));
  }

  LoopbackNetwork& network_;
  const Address address_;  // the scenario's
  Acceptor& acceptor_;
  std::unique_ptr<client::UvListener> listener_;
};

class LoopbackNetwork::Connecting final : public client::Operation, private client::ConnectHandler {
 public:
  Connecting(LoopbackNetwork& network, const Address& address, const SocketOptions& options, Name connection,
             client::ConnectHandler& handler)
      : network_(network),
        address_(address),
        real_{kHere, network.nobody_.port()},
        connection_(connection),
        handler_(handler) {
    network_.world_.Record(TraceKind::kConnect, connection);
    network_.wire_.SocketOpened(connection, AddressText(address));
    for (const std::unique_ptr<Listener>& listener : network_.listeners_) {
      if (listener->address() == address) real_ = listener->real_address();
    }
    ++network_.connecting_;
    operation_ = network_.network_.Connect(real_, options, connection, *this);
  }
  ~Connecting() override {
    if (ended_) return;
    --network_.connecting_;
    network_.wire_.SocketClosed(connection_);
  }

 private:
  void OnConnected(Result<std::unique_ptr<Transport>> transport) override {
    ended_ = true;
    --network_.connecting_;
    World& world = network_.world_;
    world.Record(TraceKind::kConnected, connection_, transport.ok() ? 1 : 0);
    if (!transport.ok()) {
      const ClientError error = transport.error();
      const std::string text =
          absl::StrReplaceAll(error.message(), {{AddressText(real_), AddressText(address_)}});
      network_.wire_.SocketFailed(connection_, text);
      return handler_.OnConnected(ClientError(error.kind(), text).On(connection_));
    }
    const uint16_t client = static_cast<const client::UvTransport&>(**transport).LocalAddress().port;
    auto connection = std::make_shared<RealConnection>();
    network_.connections_.PushBack(*connection);
    network_.wire_.SocketConnected(connection_);
    std::unique_ptr<Transport> tapped = std::make_unique<TappedTransport>(
        world, network_.wire_, connection, End::kClient, connection_, connection_, std::move(*transport));
    network_.Connected({client, real_.port}, std::move(connection), connection_);
    handler_.OnConnected(std::move(tapped));  // may destroy this
  }

  LoopbackNetwork& network_;
  const Address address_;
  Address real_;
  const Name connection_;
  client::ConnectHandler& handler_;
  bool ended_ = false;
  std::unique_ptr<client::Operation> operation_;
};

LoopbackNetwork::LoopbackNetwork(World& world, WireObserver& wire)
    : world_(world),
      wire_(wire),
      reactor_(world.loop()),
      network_(reactor_),
      accept_source_(world.loop(), client::MakeName(world.loop(), Name(), "accept")),
      accept_([](void* self) { static_cast<LoopbackNetwork*>(self)->HandOver(); }, this) {
  world_.set_outside(this);
}

LoopbackNetwork::~LoopbackNetwork() { world_.set_outside(nullptr); }

void LoopbackNetwork::Listen(const Address& address, Acceptor& acceptor, const SocketOptions& options) {
  listeners_.push_back(std::make_unique<Listener>(*this, address, acceptor, options));
}

std::unique_ptr<client::Operation> LoopbackNetwork::Resolve(absl::string_view host, uint16_t port, Name name,
                                                            client::ResolveHandler& handler) {
  return std::make_unique<Lookup>(*this, host, port, name, handler);
}

std::unique_ptr<client::Operation> LoopbackNetwork::Connect(const Address& address, const SocketOptions& options,
                                                            Name connection, client::ConnectHandler& handler) {
  return std::make_unique<Connecting>(*this, address, options, connection, handler);
}

void LoopbackNetwork::Connected(Ports ports, std::shared_ptr<RealConnection> connection, Name name) {
  for (Half& half : halves_) {
    if (half.ports != ports || half.accepted == nullptr) continue;
    half.connection = std::move(connection);
    half.name = name;
    return Paired(half);
  }
  halves_.push_back({.ports = ports, .connection = std::move(connection), .name = name});
}

void LoopbackNetwork::Accepted(Ports ports, Listener& listener, std::unique_ptr<Transport> transport) {
  for (Half& half : halves_) {
    if (half.ports != ports || half.connection == nullptr) continue;
    half.listener = &listener;
    half.accepted = std::move(transport);
    return Paired(half);
  }
  // Its client has not heard of it yet, or has given it up.
  halves_.push_back({.ports = ports, .listener = &listener, .accepted = std::move(transport)});
}

void LoopbackNetwork::Paired(Half& half) {
  pairs_.push_back(std::move(half));
  half = std::move(halves_.back());
  halves_.pop_back();
  if (!accept_.posted()) world_.loop().Post(accept_source_, accept_);
}

// As a step of its own.
void LoopbackNetwork::HandOver() {
  Half half = std::move(pairs_.front());
  pairs_.pop_front();
  if (!pairs_.empty()) world_.loop().Post(accept_source_, accept_);
  const Name server = client::MakeName(world_.loop(), half.name, "server");
  half.listener->acceptor().Accept(
      std::make_unique<TappedTransport>(world_, wire_, std::move(half.connection), End::kServer, half.name, server,
                                        std::move(half.accepted)),
      server, half.name);
}

bool LoopbackNetwork::UnderWay() const {
  if (connecting_ > 0) return true;
  for (const RealConnection* connection = connections_.front(); connection != nullptr;
       connection = connections_.Next(*connection)) {
    if (connection->under_way()) return true;
  }
  return false;
}

void LoopbackNetwork::Poll(bool wait) {
  reactor_.Poll();
  if (!wait) return;
  for (int waits = 0; world_.loop().ready() == 0 && UnderWay() && waits < kPatience; ++waits) {
    reactor_.PollUntil(static_cast<int64_t>(uv_hrtime()) + kWaitNs);
  }
}

std::unique_ptr<WorldNetwork> MakeLoopbackNetwork(World& world, WireObserver& wire, const SimNetwork::Config&) {
  return std::make_unique<LoopbackNetwork>(world, wire);
}

}  // namespace sim
