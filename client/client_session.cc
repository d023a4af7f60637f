#include "client/client_session.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace client {

ClientSession::ClientSession(const ClientEnvironment& environment, const ClientOptions& options, Name name)
    : NamedObject(environment.loop.named_objects),
      environment_(environment),
      options_(options),
      name_(name),
      connector_(environment, options, MakeName(environment.loop, name, "pool")),
      requests_(name) {}

ClientSession::~ClientSession() {
  if (!closed_) environment_.observer.NotClosed(name_, "session");
  CloseNow();
}

Task<Result<std::unique_ptr<ClientResponse>>> ClientSession::Request(RequestOptions&& options) {
  std::shared_ptr<ClientRequest> request(
      new ClientRequest(environment_, options_, connector_, requests_, std::move(options)));
  if (closed_) request->Abort(ClientError(ErrorKind::kSessionClosed, "the session is closed"));
  return ClientRequest::Run(std::move(request));
}

void ClientSession::CloseNow() {
  closed_ = true;
  while (ClientRequest* request = requests_.front()) {
    request->SessionClosed(ClientError(ErrorKind::kSessionClosed, "the session was closed"));
  }
  connector_.CloseNow();
}

Task<> ClientSession::Close() {
  closed_ = true;
  const ClientError error(ErrorKind::kSessionClosed, "the session is closed");
  for (ClientRequest* request = requests_.front(); request != nullptr;) {
    ClientRequest* next = requests_.Next(*request);
    if (!request->started()) {
      request->Abort(error);
    } else {
      request->Closing();
    }
    request = next;
  }
  const absl::Time deadline = environment_.loop.Now() + options_.close_timeout;
  const bool there = co_await requests_.Drained(environment_.loop, deadline);
  if (there) CloseNow();
}

std::string ClientSession::DebugString() const {
  return absl::StrCat("session", closed_ ? " (closed)" : "", ": ", running(), " running; ", connector_.DebugString());
}

}  // namespace client
