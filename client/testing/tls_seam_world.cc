#include "client/testing/tls_seam_world.h"

#include "client/net/tls_transport.h"

namespace client::testing {

class TlsSeamWorld::TlsNetwork final : public Network {
 public:
  explicit TlsNetwork(TlsSeamWorld& world) : world_(world) {}

  std::unique_ptr<Operation> Resolve(absl::string_view host, uint16_t port, Name name,
                                     ResolveHandler& handler) override {
    return world_.below_->network().Resolve(host, port, name, handler);
  }
  std::unique_ptr<Operation> Connect(const Address& address, const SocketOptions& options, Name connection,
                                     ConnectHandler& handler) override {
    auto connecting = std::make_unique<Connecting>(world_, options.max_read, handler);
    connecting->Start(address, options, connection);
    return connecting;
  }

 private:
  // The connect, and then the handshake.
  class Connecting final : public Operation, private ConnectHandler {
   public:
    Connecting(TlsSeamWorld& world, size_t max_read, ConnectHandler& handler)
        : world_(world), max_read_(max_read), handler_(handler) {}

    void Start(const Address& address, const SocketOptions& options, Name connection) {
      operation_ = world_.below_->network().Connect(address, options, connection, *this);
    }

   private:
    void OnConnected(Result<std::unique_ptr<Transport>> transport) override {
      if (!transport.ok()) return handler_.OnConnected(std::move(transport));
      operation_ = StartTls(world_.loop(), world_.client_context_, TlsPeer{"a.test", 443}, *std::move(transport),
                            Slice(), max_read_, handler_);
    }

    TlsSeamWorld& world_;
    const size_t max_read_;
    ConnectHandler& handler_;
    std::unique_ptr<Operation> operation_;
  };

  TlsSeamWorld& world_;
};

class TlsSeamWorld::Handshake final : private ConnectHandler {
 public:
  explicit Handshake(TlsSeamWorld& world) : world_(world) {}

  void Start(std::unique_ptr<Transport> transport, size_t max_read) {
    operation_ = StartTls(world_.loop(), world_.server_context_, TlsPeer{"a client", 0}, std::move(transport), Slice(),
                          max_read, *this);
  }

 private:
  void OnConnected(Result<std::unique_ptr<Transport>> transport) override {
    TlsSeamWorld& world = world_;
    world.handshakes_.remove_if([this](const Handshake& other) { return &other == this; });
    const Accepted accepted = world.accepted_;
    if (transport.ok()) accepted(*std::move(transport));
  }

  TlsSeamWorld& world_;
  std::unique_ptr<Operation> operation_;
};

TlsSeamWorld::TlsSeamWorld(std::unique_ptr<SeamWorld> below) : below_(std::move(below)) {
  TlsOptions of_client = ClientTlsOptions();
  TlsOptions of_server = ServerTlsOptions();
  of_client.entropy = of_server.entropy = &dice_;
  client_context_ = Must(TlsContext::Client(of_client));
  server_context_ = Must(TlsContext::Server(of_server));
  network_ = std::make_unique<TlsNetwork>(*this);
}

TlsSeamWorld::~TlsSeamWorld() = default;

Address TlsSeamWorld::Listen(const SocketOptions& options, Accepted accepted) {
  accepted_ = std::move(accepted);
  return below_->Listen(options, [this, max_read = options.max_read](std::unique_ptr<Transport> transport) {
    handshakes_.emplace_back(*this).Start(std::move(transport), max_read);
  });
}

}  // namespace client::testing
