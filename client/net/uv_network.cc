#include "client/net/uv_network.h"

#include <netdb.h>
#include <netinet/in.h>
#include <uv.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "client/base/check.h"
#include "client/net/uv_error.h"
#include "client/net/uv_socket.h"
#include "client/net/uv_transport.h"

namespace client {
namespace {

bool IsNumeric(const std::string& host) {
  sockaddr_in v4;
  sockaddr_in6 v6;
  return uv_ip4_addr(host.c_str(), 0, &v4) == 0 || uv_ip6_addr(host.c_str(), 0, &v6) == 0;
}

// In the order in which they come, each once.
std::vector<Address> Read(const addrinfo* list, uint16_t port) {
  std::vector<Address> addresses;
  for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
    char text[INET6_ADDRSTRLEN];
    if (item->ai_family == AF_INET) {
      if (uv_ip4_name(reinterpret_cast<const sockaddr_in*>(item->ai_addr), text, sizeof(text)) != 0) continue;
    } else if (item->ai_family == AF_INET6) {
      if (uv_ip6_name(reinterpret_cast<const sockaddr_in6*>(item->ai_addr), text, sizeof(text)) != 0) continue;
    } else {
      continue;
    }
    Address address{text, port};
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

class Lookup final : public Operation {
 public:
  Lookup(UvReactor& reactor, absl::string_view host, uint16_t port, Name name, ResolveHandler& handler)
      : host_(host),
        port_(port),
        handler_(handler),
        source_(reactor.events(), name),
        done_([](void* self) { static_cast<Lookup*>(self)->Finish(); }, this) {
    if (IsNumeric(host_)) {
      Answer(0, {{host_, port_}});
    } else {
      Start(reactor);
    }
  }
  ~Lookup() override {
    if (request_ == nullptr) return;
    request_->data = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(request_));  // refused if a thread is at work on it
  }

 private:
  void Start(UvReactor& reactor) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    request_ = new uv_getaddrinfo_t;  // outlives this if it is cancelled late
    request_->data = this;
    const uv_getaddrinfo_cb answered = [](uv_getaddrinfo_t* request, int status, addrinfo* list) {
      if (auto* const self = static_cast<Lookup*>(request->data)) {
        self->request_ = nullptr;
        self->Answer(status, Read(list, self->port_));
      }
      uv_freeaddrinfo(list);
      delete request;
    };
    const int error = uv_getaddrinfo(reactor.uv(), request_, answered, host_.c_str(), nullptr, &hints);
    if (error == 0) return;
    delete std::exchange(request_, nullptr);
    Answer(error, {});
  }
  void Answer(int status, std::vector<Address> addresses) {
    status_ = status == 0 && addresses.empty() ? UV_EAI_NODATA : status;
    addresses_ = std::move(addresses);
    source_.loop().Post(source_, done_);
  }
  void Finish() {
    if (status_ != 0) return handler_.OnResolved(UvLookupError(host_, status_));
    handler_.OnResolved(std::move(addresses_));
  }

  const std::string host_;
  const uint16_t port_;
  ResolveHandler& handler_;
  uv_getaddrinfo_t* request_ = nullptr;  // under way
  int status_ = 0;
  std::vector<Address> addresses_;
  Source source_;
  Runnable done_;
};

class Connecting final : public Operation, private UvSocket::User {
 public:
  Connecting(UvReactor& reactor, const Address& address, const SocketOptions& options, Name connection,
             ConnectHandler& handler)
      : address_(address),
        options_(options),
        handler_(handler),
        socket_(UvSocket::New(reactor, address)),
        source_(reactor.events(), connection),
        done_([](void* self) { static_cast<Connecting*>(self)->Finish(); }, this) {
    socket_->set_user(this);
    const int error = socket_->Connect(address);
    if (error != 0) OnConnected(error);
  }

 private:
  void OnConnected(int status) override {
    status_ = status;
    source_.loop().Post(source_, done_);
  }
  void Finish() {
    if (status_ != 0) {
      socket_.reset();
      return handler_.OnConnected(UvConnectError(address_, status_, source_.name()));
    }
    socket_->SetOptions();
    std::unique_ptr<Transport> transport =
        std::make_unique<UvTransport>(std::move(socket_), options_, source_.name());
    handler_.OnConnected(std::move(transport));
  }

  const Address address_;
  const SocketOptions options_;
  ConnectHandler& handler_;
  UvSocketPtr socket_;
  int status_ = 0;
  Source source_;
  Runnable done_;
};

}  // namespace

std::unique_ptr<Operation> UvNetwork::Resolve(absl::string_view host, uint16_t port, Name name,
                                              ResolveHandler& handler) {
  return std::make_unique<Lookup>(reactor_, host, port, name, handler);
}

std::unique_ptr<Operation> UvNetwork::Connect(const Address& address, const SocketOptions& options, Name connection,
                                              ConnectHandler& handler) {
  return std::make_unique<Connecting>(reactor_, address, options, connection, handler);
}

}  // namespace client
