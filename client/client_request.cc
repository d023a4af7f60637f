#include "client/client_request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "client/client_response.h"
#include "client/http/serializer.h"
#include "client/http/url.h"

namespace client {

// Does not keep the request.
class ClientRequest::WeakLink final : public ResponseLink {
 public:
  explicit WeakLink(std::weak_ptr<const ClientRequest> request) : request_(std::move(request)) {}
  ClientResponse* response() const override {
    const std::shared_ptr<const ClientRequest> request = request_.lock();
    return request != nullptr ? request->response_ : nullptr;
  }
  void VisitReferences(ReferenceVisitor& visitor) const override {}

 private:
  const std::weak_ptr<const ClientRequest> request_;
};

RequestList::~RequestList() {
  CHECK(empty());
  while (DrainAwaiter* drain = drains_.front()) {
    drain->Unlink();
    drain->list_ = nullptr;
    drain->Wake();
  }
}

void RequestList::Remove(ClientRequest& request) {
  if (!request.linked()) return;
  request.Unlink();
  if (!empty()) return;
  for (DrainAwaiter* drain = drains_.front(); drain != nullptr; drain = drains_.Next(*drain)) drain->Wake();
}

ClientRequest::ClientRequest(const ClientEnvironment& environment, const ClientOptions& options, Connector& connector,
                             RequestList& list, RequestOptions&& request)
    : NamedObject(environment.loop.named_objects),
      Exchange(request.name),
      environment_(environment),
      connector_(connector),
      list_(list),
      method_(std::move(request.method)),
      url_(std::move(request.url)),
      timeout_(request.timeout.has_value() ? *request.timeout : options.timeout),
      decompress_(options.decompress),
      redirects_max_(request.redirects_max.has_value() ? *request.redirects_max : options.redirects_max),
      continue_timeout_(options.continue_timeout),
      auto_decompress_(options.auto_decompress),
      request_headers_(std::move(request.headers)),
      payload_(std::move(request.body)),
      expect_continue_(request.expect_continue) {
  sock_read_ = timeout_.sock_read;
  read_limits_.low_water = options.read_low_water;
  read_limits_.high_water = options.read_high_water;
  list_.Add(*this);
}

ClientRequest::~ClientRequest() {
  if (started_ && !ended_) {
    ended_ = true;
    environment_.observer.RequestCancelled(name_);
  }
  if (!over_) {
    if (body_.has_value()) body_->SetError(ClientError(ErrorKind::kUsage, "the response was destroyed"));
    connection_.Close("given up");
    LetGo();
  }
  if (linked()) list_.Remove(*this);
}

Task<Result<std::unique_ptr<ClientResponse>>> ClientRequest::Run(std::shared_ptr<ClientRequest> self) {
  for (;;) {
    co_await UntilHead(*self);
    Result<std::shared_ptr<ClientRequest>> next = self->Follow();
    if (!next.ok()) co_return self->Fail(next.error());
    if (*next == nullptr) break;
    self = *std::move(next);
  }
  self->Deliver();
  auto response = std::make_unique<ClientResponse>(std::move(self));
  co_return std::move(response);
}

Task<> ClientRequest::UntilHead(ClientRequest& self) {
  self.Start();
  if (!self.over_ && !self.ticket_->Start()) co_await self.ticket_->Wait();
  if (!self.over_) self.Send();
  while (!self.head_arrived_ && !self.over_) {
    const WaitReason reason{"the head of", self.name_};
    co_await self.signal_.Wait(reason);
  }
}

ClientError ClientRequest::Fail(const ClientError& error) {
  Abort(error);
  Ended(error);
  Deliver();
  return error;
}

void ClientRequest::Deliver() {
  delivered_ = true;
  if (over_ && linked()) list_.Remove(*this);
}

void ClientRequest::Start() {
  EventLoop& loop = environment_.loop;
  if (!started_) {
    started_ = true;
    environment_.observer.RequestStarted(name_, method_, url_);
    if (timeout_.total != absl::InfiniteDuration()) deadline_ = loop.Now() + timeout_.total;
  }
  if (over_) return;
  if (deadline_ != absl::InfiniteFuture()) {
    total_timer_.emplace(loop, MakeName(loop, name_, "total"), TimerKind::kTimeout, [](void* argument) {
      auto& self = *static_cast<ClientRequest*>(argument);
      const std::string total = absl::FormatDuration(self.timeout_.total);
      self.Abort(ClientError::TimedOut(TimeoutKind::kTotal, absl::StrCat("the request took longer than ", total)));
    }, this);
    total_timer_->PostAt(deadline_);
  }
  const Result<void> prepared = Prepare();
  if (!prepared.ok()) Abort(prepared.error());
}

Result<void> ClientRequest::Prepare() {
  // A range of an encoded body is of no use to whoever asked for a range of the body.
  auto_decompress_ = auto_decompress_ && upgrade_ == nullptr && !request_headers_.Has("Accept-Encoding") &&
                     !request_headers_.Has("Range");
  if (auto_decompress_) request_headers_.Add("Accept-Encoding", "gzip, deflate");
  Result<Url> url = ParseUrl(url_);
  if (!url.ok()) return url.error();
  if (payload_ != nullptr) {
    const absl::optional<uint64_t> length = payload_->length();
    framing_ = length.has_value() ? BodyFraming::Length(*length) : BodyFraming::Chunked();
  } else if (method_ == "POST" || method_ == "PUT" || method_ == "PATCH") {
    framing_ = BodyFraming::Length(0);  // RFC 9110 section 8.6
  }
  expecting_ = expect_continue_ && payload_ != nullptr && framing_ != BodyFraming::Length(0);
  if (expecting_) request_headers_.Set("Expect", "100-continue");
  ConnectionKey key;
  key.scheme = std::string(url->scheme());
  if (const Proxy* proxy = connector_.ProxyFor(*url)) UseProxy(*proxy, *url, &key);
  const std::string target = key.proxy && !key.tunnel ? url->ToString() : std::move(url->target);
  Result<Slice> head = SerializeRequestHead(method_, target, url->authority, request_headers_, framing_);
  if (!head.ok()) return head.error();
  head_bytes_ = *std::move(head);
  head_request_ = method_ == "HEAD";
  close_after_ = request_headers_.HasToken("Connection", "close");
  key.host = std::move(url->host);
  key.port = url->port;
  ticket_.emplace(connector_, key, name_, timeout_);
  return Result<void>();
}

void ClientRequest::UseProxy(const Proxy& proxy, const Url& url, ConnectionKey* key) {
  key->proxy = proxy;
  // RFC 6455 section 4.1: a WebSocket goes through a tunnel, too.
  key->tunnel = url.https || upgrade_ != nullptr;
  if (key->tunnel || proxy.authorization.empty() || request_headers_.Has("Proxy-Authorization")) return;
  request_headers_.Add("Proxy-Authorization", proxy.authorization);
}

void ClientRequest::Send() {
  Result<Connection> connection = ticket_->Take();
  if (!connection.ok()) return Abort(connection.error());
  connection_ = *std::move(connection);
  handler_ = connection_.share_handler();
  if (!connection_.handler().Begin(*this, std::move(head_bytes_), framing_)) return;
  begun_ = true;
  if (payload_ == nullptr) return FinishWriting();
  EventLoop& loop = environment_.loop;
  writer_task_.emplace(loop, MakeName(loop, name_, "writer", attempt_), WriteBody(*this));
}

Task<> ClientRequest::WriteBody(ClientRequest& self) {
  StreamWriter& writer = *self.writer_;
  if (self.expecting_) {
    EventLoop& loop = self.environment_.loop;
    self.continue_timer_.emplace(loop, MakeName(loop, self.name_, "continue"), TimerKind::kContract,
                                 [](void* request) { static_cast<ClientRequest*>(request)->StopExpecting(); }, &self);
    self.continue_timer_->PostAt(loop.Now() + self.continue_timeout_);
  }
  while (self.expecting_) {
    const WaitReason reason{"100 Continue for", self.name_};
    co_await self.continue_.Wait(reason);
  }
  self.body_begun_ = true;
  for (;;) {
    Result<Slice> bytes = co_await self.payload_->Next();
    if (self.over_) co_return;  // the user's source may have closed the session
    if (!bytes.ok()) {
      self.BodyFailed(bytes.error());
      co_return;
    }
    if (bytes->empty()) break;
    if (writer.complete()) {
      self.BodyFailed(ClientError(ErrorKind::kBodySource, "the body source gave more bytes than it had declared"));
      co_return;
    }
    const Result<void> written = writer.Write(*std::move(bytes));
    if (!written.ok()) {
      self.BodyFailed(written.error());
      co_return;
    }
    if (self.framing_.kind == BodyFraming::Kind::kLength && writer.body_bytes() == self.framing_.length) {
      self.FinishWriting();  // the peer may answer now; whether the source is at its end is asked all the same
    } else {
      const Result<void> room = co_await writer.Drain();
      if (!room.ok()) co_return;
    }
  }
  if (!writer.complete()) self.FinishWriting();
}

void ClientRequest::FinishWriting() {
  const Result<void> ended = writer_->WriteEof();
  if (!ended.ok()) return BodyFailed(ended.error());
  connection_.handler().RequestWritten();
}

void ClientRequest::BodyFailed(const ClientError& error) {
  if (error.kind() == ErrorKind::kBodySource) return Abort(error);
  Abort(ClientError(ErrorKind::kBodySource, absl::StrCat("the body source failed: ", error.DebugString())));
}

void ClientRequest::OnHead() {
  head_arrived_ = true;
  if (head_.status == 101) {
    upgraded_ = true;
    total_timer_.reset();
    if (closing_) upgrade_->Closing();
  }
  if ((head_.status >= 300 || expecting_) && !writer_->complete()) StopWriter();
  continue_timer_.reset();
  signal_.Wake();
}

void ClientRequest::OnBodyEof() {
  over_ = true;
  StopWriter();
  connection_.Release();
  LetGo();
}

void ClientRequest::Abort(const ClientError& error) {
  if (over_) return;
  over_ = true;
  error_ = Belongs(error);
  if (ticket_.has_value()) ticket_->Fail(error);
  if (body_.has_value()) body_->SetError(*error_);
  if (connection_) handler_->KeepError(*error_);
  if (upgraded_) Ended(upgrade_->Lost(error));
  connection_.Close(ErrorKindName(error.kind()));
  LetGo();
  signal_.Wake();
}

void ClientRequest::GiveUp(std::string why) {
  ClientError error(ErrorKind::kUsage, std::move(why));
  if (!body_.has_value()) return Abort(error);
  if (over_) return;
  over_ = true;
  error_ = Belongs(error);
  body_->SetError(*error_);
  connection_.Release();
  LetGo();
}

ClientError ClientRequest::Belongs(const ClientError& error) const {
  return body_.has_value() ? error.Of(std::make_shared<const WeakLink>(weak_from_this())) : error;
}

void ClientRequest::VisitReferences(ReferenceVisitor& visitor) const {
  if (handler_ != nullptr) visitor.Holds(*handler_);
  if (body_.has_value()) visitor.Holds(*body_);
  if (error_.has_value()) visitor.Holds(*error_);
  if (writer_.has_value() && writer_->error().has_value()) visitor.Holds(*writer_->error());
}

void ClientRequest::StopWriter() {
  if (writer_task_.has_value() && !writer_task_->running()) writer_task_.reset();
}

void ClientRequest::LetGo() {
  total_timer_.reset();
  continue_timer_.reset();
  StopWriter();
  if (linked() && (delivered_ || !started_)) list_.Remove(*this);
}

void ClientRequest::Ended(const Result<void>& outcome) {
  if (ended_) return;
  ended_ = true;
  environment_.observer.RequestEnded(name_, outcome);
}

}  // namespace client
