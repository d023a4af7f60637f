#include "sim/http/http_server.h"

#include <utility>

#include "sim/http/server_connection.h"

namespace sim {
namespace {

constexpr size_t kBuffersMax = 64;  // that are kept for reuse

}  // namespace

HttpServer::HttpServer(World& world, const OriginPlan& plan, ServerObserver& observer, Name name)
    : world_(world),
      plan_(plan),
      authority_(plan.Authority()),
      observer_(observer),
      served_(plan.routes.size()),
      source_(world.loop(), name),
      reap_([](void* self) { static_cast<HttpServer*>(self)->Reap(); }, this) {}

HttpServer::~HttpServer() {
  Reap();
  while (!connections_.empty()) delete connections_.front();
  for (client::Buffer* buffer : buffers_) buffer->Unref();
}

void HttpServer::Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection) {
  Accept(std::move(transport), connection, client_connection, client::Slice());
}

void HttpServer::Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection,
                        client::Slice early) {
  auto* accepted = new ServerConnection(*this, std::move(transport), connection, client_connection);
  connections_.PushBack(*accepted);
  if (!early.empty()) accepted->Begin(std::move(early));
}

void HttpServer::Heal() {
  healed_ = true;
  for (ServerConnection* connection = connections_.front(); connection != nullptr;
       connection = connections_.Next(*connection)) {
    connection->Heal();
  }
}

const ResponsePlan* HttpServer::NextResponse(absl::string_view path) {
  for (size_t i = 0; i < plan_.routes.size(); ++i) {
    const RoutePlan& route = plan_.routes[i];
    if (!route.path.empty() && absl::string_view(route.path) != path) continue;
    const size_t turn = served_[i]++;
    return &route.responses[turn < route.responses.size() ? turn : route.responses.size() - 1];
  }
  return nullptr;
}

client::Buffer* HttpServer::TakeBuffer(size_t bytes) {
  for (client::Buffer* buffer : buffers_) {
    if (!buffer->unique() || buffer->capacity() < bytes) continue;
    buffer->Ref();
    return buffer;
  }
  client::Buffer* buffer = client::Buffer::New(bytes);
  if (buffers_.size() < kBuffersMax) {
    buffer->Ref();
    buffers_.push_back(buffer);
  }
  return buffer;
}

void HttpServer::Bury(ServerConnection& connection) {
  connection.Unlink();
  dead_.push_back(&connection);
  if (!reap_.posted()) world_.loop().Post(source_, reap_);
}

void HttpServer::Reap() {
  for (ServerConnection* connection : dead_) delete connection;
  dead_.clear();
}

}  // namespace sim
