#include "sim/http/proxy_server.h"

#include <algorithm>

#include "sim/http/proxy_connection.h"

namespace sim {
namespace {

OriginPlan Unreachable() {
  OriginPlan plan;  // of no host: it answers for any
  plan.routes.push_back({"", {{.status = 502, .early = true, .connection_close = true}}});
  return plan;
}

}  // namespace

ProxyServer::ProxyServer(World& world, WorldNetwork& network, const ProxyPlan& plan, ServerObserver& observer,
                         ProxyTap& tap, Name name)
    : world_(world),
      network_(network),
      plan_(plan),
      observer_(observer),
      tap_(tap),
      unreachable_(Unreachable()),
      gateway_(world, unreachable_, observer, client::MakeName(world.loop(), name, "gateway")),
      source_(world.loop(), name),
      reap_([](void* self) { static_cast<ProxyServer*>(self)->Reap(); }, this) {}

ProxyServer::~ProxyServer() {
  Reap();
  while (!connections_.empty()) delete connections_.front();
}

void ProxyServer::Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection) {
  connections_.PushBack(*new ProxyConnection(*this, std::move(transport), connection, client_connection));
}

void ProxyServer::Heal() {
  healed_ = true;
  gateway_.Heal();
  for (ProxyConnection* connection = connections_.front(); connection != nullptr;
       connection = connections_.Next(*connection)) {
    connection->Heal();
  }
}

const ConnectPlan& ProxyServer::NextConnect() {
  const size_t turn = connects_++;
  return plan_.connects[std::min(turn, plan_.connects.size() - 1)];
}

void ProxyServer::Bury(ProxyConnection& connection) {
  connection.Unlink();
  dead_.push_back(&connection);
  if (!reap_.posted()) world_.loop().Post(source_, reap_);
}

void ProxyServer::Reap() {
  for (ProxyConnection* connection : dead_) delete connection;
  dead_.clear();
}

}  // namespace sim
