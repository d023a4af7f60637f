#include "client/net/uv_listener.h"

#include <utility>

#include "client/net/uv_error.h"
#include "client/net/uv_transport.h"

namespace client {

Result<std::unique_ptr<UvListener>> UvListener::Listen(UvReactor& reactor, const Address& address,
                                                       const SocketOptions& options, Name name,
                                                       AcceptHandler& handler) {
  std::unique_ptr<UvListener> listener(new UvListener(reactor, address, options, name, handler));
  const int error = listener->socket_->Listen(address);
  if (error != 0) return UvConnectError(address, error, name);
  // With the port that was picked, if it was 0.
  if (!address.is_unix()) listener->address_ = listener->socket_->LocalAddress();
  return listener;
}

UvListener::UvListener(UvReactor& reactor, const Address& address, const SocketOptions& options, Name name,
                       AcceptHandler& handler)
    : reactor_(reactor),
      address_(address),
      options_(options),
      handler_(handler),
      socket_(UvSocket::New(reactor, address)),
      source_(reactor.events(), name),
      hand_over_([](void* self) { static_cast<UvListener*>(self)->HandOver(); }, this) {
  socket_->set_user(this);
}

UvListener::~UvListener() {
  for (; !waiting_.empty(); waiting_.pop_front()) waiting_.front()->ResetOnClose();
}

void UvListener::OnIncoming(int status) {
  if (status != 0) return;  // it has gone again, or there are too many files: the next ones come as they can
  UvSocketPtr socket = UvSocket::New(reactor_, address_);
  if (socket->Accept(*socket_) != 0) return;
  waiting_.push_back(std::move(socket));
  if (!hand_over_.posted()) source_.loop().Post(source_, hand_over_);
}

void UvListener::HandOver() {
  UvSocketPtr socket = std::move(waiting_.front());
  waiting_.pop_front();
  if (!waiting_.empty()) source_.loop().Post(source_, hand_over_);
  socket->SetOptions();
  const Name connection = MakeName(source_.loop(), source_.name(), "connection", ++accepted_);
  handler_.OnAccepted(std::make_unique<UvTransport>(std::move(socket), options_, connection), connection);
}

}  // namespace client
