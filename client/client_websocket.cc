#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/client_request.h"
#include "client/client_session.h"
#include "client/websocket/websocket.h"

namespace client {
namespace {

Task<Result<std::unique_ptr<WebSocket>>> Handshake(std::unique_ptr<WebSocket> socket,
                                                   std::shared_ptr<ClientRequest> request) {
  Result<std::unique_ptr<UpgradedConnection>> connection = co_await ClientRequest::RunUpgrade(std::move(request));
  if (!connection.ok()) co_return connection.error();
  socket->Adopt(*std::move(connection));
  co_return std::move(socket);
}

// ws://a.test/chat asks http://a.test/chat (RFC 6455 section 3).
std::string HttpUrl(absl::string_view url) {
  if (!absl::StartsWithIgnoreCase(url, "ws")) return std::string(url);
  return absl::StrCat("http", url.substr(2));
}

}  // namespace

// Ends the request when the other protocol does.
class ClientRequest::UpgradedRequest final : public UpgradedConnection {
 public:
  explicit UpgradedRequest(std::shared_ptr<ClientRequest> request) : request_(std::move(request)) {}

  void Close(absl::string_view why, const Result<void>& outcome) override {
    if (!request_->over_) {
      request_->over_ = true;
      request_->connection_.Close(why);
      request_->LetGo();
    }
    request_->Ended(outcome);
  }
  void Release() override {
    if (request_->over_) return;
    request_->over_ = true;
    request_->connection_.Release();
    request_->LetGo();
  }
  Name connection() const override { return request_->connection_name(); }
  void VisitReferences(ReferenceVisitor& visitor) const override { visitor.Holds(*request_); }

 private:
  std::shared_ptr<ClientRequest> request_;
};

Task<Result<std::unique_ptr<UpgradedConnection>>> ClientRequest::RunUpgrade(std::shared_ptr<ClientRequest> self) {
  co_await UntilHead(*self);
  if (!self->head_arrived_) co_return self->Fail(*self->error_);
  self->Deliver();
  if (!self->upgraded_) {
    const std::string answer = absl::StrCat("the server answered ", self->head_.status, ", not 101");
    const ClientError error = self->Refused(answer);
    self->Ended(error);
    co_return error;
  }
  std::unique_ptr<UpgradedConnection> connection = std::make_unique<UpgradedRequest>(std::move(self));
  co_return std::move(connection);
}

void ClientRequest::Closing() {
  closing_ = true;
  if (upgraded_ && !over_) upgrade_->Closing();
}

Task<Result<std::unique_ptr<WebSocket>>> ClientSession::ConnectWebSocket(WebSocketOptions&& options,
                                                                         absl::optional<ClientTimeout> timeout) {
  RequestOptions get;
  get.name = options.name;
  get.url = HttpUrl(options.url);
  get.timeout = std::move(timeout);
  auto socket = std::make_unique<WebSocket>(environment_.loop, environment_.observer, environment_.entropy,
                                            std::move(options));
  get.headers = socket->HandshakeHeaders();
  std::shared_ptr<ClientRequest> request(
      new ClientRequest(environment_, options_, connector_, requests_, std::move(get)));
  request->AskUpgrade(socket->protocol());
  if (closed_) request->Abort(ClientError(ErrorKind::kSessionClosed, "the session is closed"));
  return Handshake(std::move(socket), std::move(request));
}

}  // namespace client
