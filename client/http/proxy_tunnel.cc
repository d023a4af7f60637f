#include "client/http/proxy_tunnel.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "client/base/check.h"
#include "client/http/response_head.h"
#include "client/http/serializer.h"

namespace client {
namespace {

constexpr size_t kEarlyMax = 64 << 10;  // bytes behind the answer, before somebody takes them

class Tunnel final : public Operation, private Protocol, private HttpParser::Events {
 public:
  Tunnel(EventLoop& loop, const Proxy& proxy, std::string authority, const HttpLimits& limits,
         std::unique_ptr<Transport> transport, TunnelHandler& handler)
      : proxy_(proxy),
        authority_(std::move(authority)),
        handler_(handler),
        parser_(HttpParser::Mode::kResponse, limits, *this),
        source_(loop, MakeName(loop, transport->name(), "tunnel")),
        done_([](void* self) { static_cast<Tunnel*>(self)->Done(); }, this),
        transport_(std::move(transport)) {}

  void Start() {
    Headers headers;
    if (!proxy_.authorization.empty()) headers.Add("Proxy-Authorization", proxy_.authorization);
    Result<Slice> head = SerializeRequestHead("CONNECT", authority_, authority_, headers, BodyFraming::None());
    parser_.StartMessage(/*head_request=*/true);  // which has no body either
    transport_->SetProtocol(this);
    if (!head.ok()) return Fail(head.error());
    transport_->Write(*std::move(head));
  }

 private:
  void DataReceived(Slice bytes) override {
    if (error_.has_value()) return;
    if (!parser_.complete()) {
      const Result<size_t> used = parser_.Feed(bytes.view());
      if (error_.has_value()) return;
      if (!used.ok()) return Fail(used.error());
      bytes.RemovePrefix(*used);
      if (parser_.complete()) source_.loop().Post(source_, done_);
    }
    early_.append(bytes.data(), bytes.size());
    if (early_.size() > kEarlyMax) Fail(Failed("said too much behind its answer to CONNECT"));
  }
  void EofReceived() override { Fail(Failed("closed the connection before it answered CONNECT")); }
  void ConnectionLost(Result<void> error) override {
    const std::string why = error.ok() ? "closed" : std::string(error.error().message());
    const ClientError lost = Failed(absl::StrCat("lost the connection before it answered CONNECT: ", why));
    const bool by_tls = !error.ok() && error.error().kind() == ErrorKind::kTls;
    Fail(by_tls ? ClientError(ErrorKind::kTls, std::string(lost.message())) : lost);
  }
  void PauseWriting() override {}
  void ResumeWriting() override {}

  void OnHead(MessageHead& head) override {
    if (head.status >= 200 && head.status <= 299) return;
    const std::string answer = absl::StrCat("answered ", head.status, head.reason.empty() ? "" : " ", head.reason,
                                            " to CONNECT ", authority_);
    auto kept = std::make_shared<ResponseHead>();
    kept->status = head.status;
    kept->reason = std::string(head.reason);
    kept->minor_version = head.minor_version;
    kept->headers = std::move(head.headers);
    Fail(ClientError(ErrorKind::kRejected, absl::StrCat("the proxy ", proxy_.DebugString(), " ", answer))
             .WithHead(std::move(kept)));
  }
  void OnBody(absl::string_view part) override {}
  void OnMessageComplete() override {}

  ClientError Failed(absl::string_view what) const {
    return ClientError(ErrorKind::kConnect, absl::StrCat("the proxy ", proxy_.DebugString(), " ", what));
  }
  void Fail(const ClientError& error) {
    if (!error_.has_value()) error_ = error.On(transport_->name());
    if (!done_.posted()) source_.loop().Post(source_, done_);
  }
  void Done() {
    if (error_.has_value()) return handler_.OnTunnel(*error_, Slice());
    handler_.OnTunnel(std::move(transport_), early_.empty() ? Slice() : Slice::Copy(early_));
  }

  const Proxy proxy_;
  const std::string authority_;
  TunnelHandler& handler_;
  HttpParser parser_;
  std::string early_;
  absl::optional<ClientError> error_;
  Source source_;
  Runnable done_;
  std::unique_ptr<Transport> transport_;  // last, so that it goes first
};

}  // namespace

std::unique_ptr<Operation> StartTunnel(EventLoop& loop, const Proxy& proxy, const std::string& host, uint16_t port,
                                       const HttpLimits& limits, std::unique_ptr<Transport> transport,
                                       TunnelHandler& handler) {
  const bool bracketed = host.find(':') != std::string::npos;
  std::string authority = absl::StrCat(bracketed ? "[" : "", host, bracketed ? "]" : "", ":", port);
  auto tunnel = std::make_unique<Tunnel>(loop, proxy, std::move(authority), limits, std::move(transport), handler);
  tunnel->Start();
  return tunnel;
}

}  // namespace client
