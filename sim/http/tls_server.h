// TLS before a scripted server: accepts a connection, shakes hands, and hands on what is then plain.
//
// Contexts are a world's own (client/net/tls_context.h): with the world's entropy, and with certificates that were made
// when the scenario was loaded, always the same. Needs memory: HEAP; OpenSSL allocates by itself.
#ifndef SIM_HTTP_TLS_SERVER_H_
#define SIM_HTTP_TLS_SERVER_H_

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "client/net/entropy.h"
#include "client/net/tls_context.h"
#include "sim/net/tls_tap.h"
#include "sim/net/world_network.h"
#include "sim/scenario/plan.h"
#include "sim/world/world.h"

namespace sim {

// What the servers of a scenario show, and whom its client trusts. PEM.
struct TlsCredentials {
  TlsCredentials() = default;
  explicit TlsCredentials(const std::vector<OriginPlan>& origins);

  std::string authority;
  std::vector<std::string> certificates;  // one for each origin; empty if it does not speak TLS
};

std::shared_ptr<client::TlsContext> MakeClientTls(const TlsCredentials& credentials, client::Entropy& entropy);
std::shared_ptr<client::TlsContext> MakeServerTls(const std::string& certificate, client::Entropy& entropy);

class TlsServer final : public Acceptor {
 public:
  // `behind` is given the connections that are secured. Nothing but the context is owned.
  TlsServer(World& world, const OriginPlan& plan, std::shared_ptr<client::TlsContext> context, TlsTap& tap,
            Acceptor& behind);
  ~TlsServer();

  void Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection) override;

 private:
  class Handshake;

  World& world_;
  const OriginPlan& plan_;
  const std::shared_ptr<client::TlsContext> context_;
  TlsTap& tap_;
  Acceptor& behind_;
  std::list<Handshake> handshakes_;  // under way
};

}  // namespace sim

#endif  // SIM_HTTP_TLS_SERVER_H_
