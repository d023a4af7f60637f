#include "sim/http/tls_server.h"

#include <algorithm>
#include <utility>

#include "client/net/tls_authority.h"
#include "client/net/tls_transport.h"
#include "sim/choice/prng.h"
#include "sim/net/forwarding_transport.h"

namespace sim {
namespace {

using client::Slice;
using client::TlsContext;
using client::TlsOptions;
using client::TlsTransport;
using client::Transport;

// The day on which all worlds with TLS take place.
constexpr int64_t kToday = 1'780'000'000;  // seconds since 1970

class FixedEntropy final : public client::Entropy {
 public:
  uint64_t Next() override { return prng_.Next(); }

 private:
  Prng prng_{1};
};

// Under TLS: how many bytes have been written.
class CountingTransport final : public ForwardingTransport {
 public:
  using ForwardingTransport::ForwardingTransport;
  uint64_t written() const { return written_; }
  void Write(Slice bytes) override {
    written_ += bytes.size();
    inner().Write(std::move(bytes));
  }

 private:
  uint64_t written_ = 0;
};

// Above TLS: tells the tap what each record holds.
class TappedTransport final : public ForwardingTransport {
 public:
  TappedTransport(std::unique_ptr<Transport> tls, CountingTransport& below, TlsTap& tap, Name connection, bool polite)
      : ForwardingTransport(std::move(tls)), below_(below), tap_(tap), connection_(connection), polite_(polite) {}

  void Write(Slice bytes) override {
    while (!bytes.empty()) {
      const Slice record = bytes.Sub(0, std::min(bytes.size(), TlsTransport::kRecordMax));
      bytes.RemovePrefix(record.size());
      const uint64_t before = below_.written();
      inner().Write(record);
      if (below_.written() > before) tap_.RecordWritten(connection_, record.view(), below_.written());
    }
  }
  void WriteEof() override {
    if (!polite_) return below_.WriteEof();
    inner().WriteEof();
    tap_.EndWritten(connection_, below_.written());
  }
  void Close() override {
    if (!polite_) return below_.Close();
    const uint64_t before = below_.written();
    inner().Close();
    if (below_.written() > before) tap_.EndWritten(connection_, below_.written());
  }

 private:
  CountingTransport& below_;
  TlsTap& tap_;
  const Name connection_;
  const bool polite_;
};

std::shared_ptr<TlsContext> Made(client::Result<std::shared_ptr<TlsContext>> context) {
  CHECK(context.ok());
  return *std::move(context);
}

}  // namespace

TlsCredentials::TlsCredentials(const std::vector<OriginPlan>& origins) {
  FixedEntropy entropy;
  const client::TlsEntropyScope scope(&entropy);
  const client::TlsAuthority issuer("the authority of worlds", client::kTestAuthorityKey);
  authority = issuer.pem();
  for (const OriginPlan& origin : origins) {
    std::string& certificate = certificates.emplace_back();
    if (origin.tls) certificate = issuer.Certify({.hosts = {origin.certified_host}});
  }
}

std::shared_ptr<TlsContext> MakeClientTls(const TlsCredentials& credentials, client::Entropy& entropy) {
  TlsOptions options;
  options.system_cas = false;
  options.ca_pem = credentials.authority;
  options.verify_at = absl::FromUnixSeconds(kToday);
  options.entropy = &entropy;
  return Made(TlsContext::Client(options));
}

std::shared_ptr<TlsContext> MakeServerTls(const std::string& certificate, client::Entropy& entropy) {
  TlsOptions options;
  options.certificate_pem = certificate;
  options.key_pem = client::kTestServerKey;
  options.entropy = &entropy;
  return Made(TlsContext::Server(options));
}

class TlsServer::Handshake final : private client::ConnectHandler {
 public:
  Handshake(TlsServer& server, Name connection, Name client_connection)
      : server_(server), connection_(connection), client_connection_(client_connection) {}

  void Start(std::unique_ptr<Transport> transport) {
    auto counting = std::make_unique<CountingTransport>(std::move(transport));
    below_ = counting.get();
    operation_ = client::StartTls(server_.world_.loop(), server_.context_, client::TlsPeer{"a client", 0},
                                  std::move(counting), Slice(), client::SocketOptions().max_read, *this);
  }

 private:
  void OnConnected(client::Result<std::unique_ptr<Transport>> transport) override {
    TlsServer& server = server_;
    if (transport.ok()) {
      server.behind_.Accept(std::make_unique<TappedTransport>(*std::move(transport), *below_, server.tap_,
                                                              client_connection_, !server.plan_.no_close_notify),
                            connection_, client_connection_);
    }
    server.handshakes_.remove_if([this](const Handshake& other) { return &other == this; });
  }

  TlsServer& server_;
  const Name connection_;
  const Name client_connection_;
  CountingTransport* below_ = nullptr;
  std::unique_ptr<client::Operation> operation_;
};

TlsServer::TlsServer(World& world, const OriginPlan& plan, std::shared_ptr<TlsContext> context, TlsTap& tap,
                     Acceptor& behind)
    : world_(world), plan_(plan), context_(std::move(context)), tap_(tap), behind_(behind) {}

TlsServer::~TlsServer() = default;

void TlsServer::Accept(std::unique_ptr<Transport> transport, Name connection, Name client_connection) {
  handshakes_.emplace_back(*this, connection, client_connection).Start(std::move(transport));
}

}  // namespace sim
