#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/client_request.h"
#include "client/http/url.h"

namespace client {
namespace {

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// RFC 9110 section 9.2.2.
bool IsIdempotent(absl::string_view method) {
  for (const absl::string_view one : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) {
    if (method == one) return true;
  }
  return false;
}

absl::string_view MethodAfter(int status, absl::string_view method) {
  if (status == 303) return method == "HEAD" ? "HEAD" : "GET";
  return status <= 302 && method == "POST" ? "GET" : method;
}

bool SameOrigin(const Url& a, const Url& b) { return a.https == b.https && a.host == b.host && a.port == b.port; }

}  // namespace

ClientRequest::ClientRequest(ClientRequest& previous, absl::string_view method, std::string url)
    : NamedObject(previous.environment_.loop.named_objects),
      Exchange(previous.name_),
      environment_(previous.environment_),
      connector_(previous.connector_),
      list_(previous.list_),
      method_(method),
      url_(std::move(url)),
      timeout_(previous.timeout_),
      decompress_(previous.decompress_),
      redirects_max_(previous.redirects_max_),
      continue_timeout_(previous.continue_timeout_),
      auto_decompress_(previous.auto_decompress_),
      request_headers_(std::move(previous.request_headers_)),
      payload_(std::move(previous.payload_)),
      started_(true),
      expect_continue_(previous.expect_continue_),
      retried_(previous.retried_),
      redirects_(previous.redirects_),
      deadline_(previous.deadline_) {
  sock_read_ = previous.sock_read_;
  read_limits_ = previous.read_limits_;
  attempt_ = previous.attempt_ + 1;
  if (auto_decompress_) request_headers_.Remove("Accept-Encoding");  // Prepare() adds them again
  if (expect_continue_) request_headers_.Remove("Expect");
  list_.Add(*this);
  previous.ended_ = true;
}

Result<std::shared_ptr<ClientRequest>> ClientRequest::Follow() {
  if (!head_arrived_) {
    if (!MayRetry()) return *error_;
    Result<std::shared_ptr<ClientRequest>> next = Again();
    if (next.ok()) (*next)->retried_ = true;
    return next;
  }
  if (head_.status == 417 && expecting_ && linked()) {
    expect_continue_ = false;
    request_headers_.Remove("Expect");
    Result<std::shared_ptr<ClientRequest>> next = Again();
    if (next.ok()) GiveUp("the request is sent once more");
    return next;
  }
  const absl::optional<absl::string_view> location = head_.headers.Get("Location");
  if (!IsRedirect(head_.status) || !location.has_value() || redirects_max_ == 0) {
    return std::shared_ptr<ClientRequest>();
  }
  Result<std::shared_ptr<ClientRequest>> next = Redirected(*location);
  if (next.ok() && *next != nullptr) GiveUp("a redirect was followed");
  return next;
}

ClientError ClientRequest::Refused(std::string why) const {
  const ClientError error = ClientError(ErrorKind::kRejected, std::move(why)).On(connection_name());
  return error.WithHead(std::make_shared<const ResponseHead>(head_));
}

bool ClientRequest::MayRetry() const {
  if (!unanswered_ || retried_ || !linked()) return false;
  if (begun_ && !IsIdempotent(method_)) return false;
  return !body_begun_ || payload_->replayable();
}

Result<std::shared_ptr<ClientRequest>> ClientRequest::Again() {
  StopWriter();
  if (body_begun_) {
    const Result<void> rewound = payload_->Rewind();
    if (!rewound.ok()) return rewound.error();
  }
  return std::shared_ptr<ClientRequest>(new ClientRequest(*this, method_, url_));
}

Result<std::shared_ptr<ClientRequest>> ClientRequest::Redirected(absl::string_view location) {
  const absl::string_view method = MethodAfter(head_.status, method_);
  const bool with_body = payload_ != nullptr && method == method_;
  if (with_body && body_begun_ && !payload_->replayable()) return std::shared_ptr<ClientRequest>();
  if (redirects_ == redirects_max_) {
    return Refused(absl::StrCat("more than ", redirects_max_, " redirects"));
  }
  if (!linked()) return ClientError(ErrorKind::kSessionClosed, "the session was closed");
  const Result<Url> here = ParseUrl(url_);
  if (!here.ok()) return here.error();
  const Result<Url> there = ResolveUrl(*here, location);
  if (!there.ok()) {
    return Refused(absl::StrCat("a redirect to ", location, ": ", there.error().message()));
  }
  StopWriter();
  if (with_body && body_begun_) {
    const Result<void> rewound = payload_->Rewind();
    if (!rewound.ok()) return rewound.error();
  }
  if (!with_body) {
    payload_.reset();
    // RFC 9110 section 15.4: what describes the body goes with it.
    for (const absl::string_view name : {"Content-Encoding", "Content-Language", "Content-Location", "Content-Type"}) {
      if (method != method_) request_headers_.Remove(name);
    }
  }
  if (!SameOrigin(*here, *there)) {
    for (const absl::string_view name : {"Authorization", "Proxy-Authorization", "Cookie", "Host"}) {
      request_headers_.Remove(name);
    }
  }
  std::shared_ptr<ClientRequest> next(new ClientRequest(*this, method, there->ToString()));
  ++next->redirects_;
  return next;
}

void ClientRequest::SessionClosed(const ClientError& error) {
  Abort(error);
  if (linked()) list_.Remove(*this);
}

void ClientRequest::OnFailed(const ClientError& error) {
  const bool lost = error.kind() == ErrorKind::kDisconnected || error.kind() == ErrorKind::kTls;
  const bool broke = lost && connection_;
  unanswered_ = broke && connection_.handler().reused() && !connection_.handler().answered();
  Abort(error);
}

void ClientRequest::OnInformational(int status) {
  if (status == 100) StopExpecting();
}

void ClientRequest::StopExpecting() {
  expecting_ = false;
  if (continue_timer_.has_value()) continue_timer_->Cancel();
  continue_.Wake();
}

}  // namespace client
