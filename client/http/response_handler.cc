#include "client/http/response_handler.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client {
namespace {

// Of an error that comes of the loss of the connection: whether that was lost by TLS is for the user to know.
ErrorKind KindOf(const Result<void>& loss) {
  return !loss.ok() && loss.error().kind() == ErrorKind::kTls ? ErrorKind::kTls : ErrorKind::kDisconnected;
}

}  // namespace

class ResponseHandler::StackGuard {
 public:
  explicit StackGuard(ResponseHandler& handler) : handler_(handler) {
    CHECK(!handler.on_stack_);
    handler_.on_stack_ = true;
  }
  ~StackGuard() { handler_.on_stack_ = false; }

 private:
  ResponseHandler& handler_;
};

ResponseHandler::ResponseHandler(EventLoop& loop, ClientObserver& observer, std::unique_ptr<Transport> transport,
                                 Owner& owner, const HttpLimits& limits)
    : NamedObject(loop.named_objects),
      loop_(loop),
      observer_(observer),
      owner_(owner),
      name_(transport->name()),
      parser_(HttpParser::Mode::kResponse, limits, *this),
      sock_read_timer_(loop, MakeName(loop, name_, "sock_read"), TimerKind::kTimeout,
                       [](void* self) { static_cast<ResponseHandler*>(self)->SockReadElapsed(); }, this),
      drain_timer_(loop, MakeName(loop, name_, "drain"), TimerKind::kContract,
                   [](void* self) { static_cast<ResponseHandler*>(self)->Break("draining took too long"); }, this),
      transport_(std::move(transport)) {
  transport_->SetProtocol(this);
}

ResponseHandler::~ResponseHandler() { Close(); }

void ResponseHandler::Close() {
  CHECK(!on_stack_);
  Detach();
  error_.reset();
  if (transport_ != nullptr && request_written_ && !cut_) transport_->SayGoodbye();
  transport_.reset();
}

bool ResponseHandler::Begin(Exchange& exchange, Slice head, const BodyFraming& framing) {
  CHECK(exchange_ == nullptr);
  reused_ = used_;
  answered_ = false;
  if (ShouldClose()) {
    const ClientError error(ErrorKind::kDisconnected, absl::StrCat("the connection was lost: ", WhyClose()));
    exchange.OnFailed(error.On(name_));  // may close this
    return false;
  }
  exchange_ = &exchange;
  used_ = true;
  request_written_ = false;
  sock_read_ = exchange.sock_read_;
  if (exchange.close_after_) close_requested_ = true;
  parser_.StartMessage(exchange.head_request_);
  exchange.writer_.emplace(*transport_);
  (void)exchange.writer_->WriteHeaders(std::move(head), framing);  // the first, so it cannot fail
  return true;
}

void ResponseHandler::RequestWritten() {
  if (exchange_ == nullptr) return;
  request_written_ = true;
  observer_.RequestSent(name_, exchange_->name_);
  UpdateTimer();
}

void ResponseHandler::Detach() {
  draining_ = false;
  drain_timer_.Cancel();
  if (exchange_ == nullptr) return;
  if (PayloadOwed()) cut_ = true;
  if (exchange_->body_.has_value() && !exchange_->body_->ended()) exchange_->body_->Detach();
  exchange_ = nullptr;
  protocol_ = nullptr;
  sock_read_timer_.Cancel();
}

bool ResponseHandler::WorthDraining(uint64_t bytes_max) const {
  if (exchange_ == nullptr || protocol_ != nullptr || upgraded_ || !parser_.head_received()) return false;
  if (!request_written_ || close_requested_ || failed_ || unsolicited_ || eof_received_) return false;
  if (!PayloadOwed() || transport_ == nullptr || transport_->closing()) return false;
  const BodyFraming& framing = exchange_->head_.framing;
  if (framing.kind == BodyFraming::Kind::kChunked) return bytes_max > 0;
  return framing.kind == BodyFraming::Kind::kLength && framing.length - parser_.body_bytes() <= bytes_max;
}

bool ResponseHandler::Drain(uint64_t bytes_max, absl::Duration timeout) {
  if (!WorthDraining(bytes_max)) return false;
  ResumeReading();
  if (!exchange_->body_->ended()) exchange_->body_->Detach();
  exchange_ = nullptr;
  sock_read_timer_.Cancel();
  draining_ = true;
  drain_left_ = bytes_max;
  if (timeout != absl::InfiniteDuration()) drain_timer_.PostAt(loop_.Now() + timeout);
  return true;
}

void ResponseHandler::Fail(const ClientError& error) {
  failed_ = true;
  if (why_.empty()) why_ = ErrorKindName(error.kind());
  sock_read_timer_.Cancel();
  if (exchange_ != nullptr) exchange_->OnFailed(error.On(name_));  // may close this
}

bool ResponseHandler::ShouldClose() const {
  return close_requested_ || PayloadOwed() || cut_ || upgraded_ || failed_ || unsolicited_ || eof_received_ ||
         !request_written_ || !parser_.at_message_boundary() || transport_ == nullptr || transport_->closing();
}

absl::string_view ResponseHandler::WhyClose() const {
  if (!why_.empty()) return why_;
  if (!request_written_) return "the request was not sent to its end";
  if (cut_ || PayloadOwed()) return "the response was given up";
  if (unsolicited_) return "unsolicited bytes";
  if (upgraded_) return "upgraded";
  if (close_requested_) return "asked for";
  if (eof_received_) return "closed by the peer";
  return ShouldClose() ? "broken" : "";
}

std::string ResponseHandler::DebugString() const {
  std::string text("connection: ");
  if (exchange_ == nullptr) {
    if (draining_) {
      absl::StrAppend(&text, "draining, ", parser_.DebugString());
    } else {
      const absl::string_view state = !ShouldClose() ? "idle" : transport_ == nullptr ? "closed, " : "to be closed, ";
      absl::StrAppend(&text, state, error_.has_value() ? error_->DebugString() : WhyClose());
    }
  } else {
    absl::StrAppend(&text, parser_.DebugString());
  }
  if (transport_ != nullptr && transport_->reading_paused()) absl::StrAppend(&text, ", reading paused");
  return text;
}

void ResponseHandler::PauseReading() {
  if (transport_ == nullptr || transport_->reading_paused()) return;
  transport_->PauseReading();
  sock_read_timer_.Cancel();
  observer_.ReadingPaused(name_, PayloadName());
}

void ResponseHandler::ResumeReading() {
  if (transport_ == nullptr || !transport_->reading_paused()) return;
  transport_->ResumeReading();
  observer_.ReadingResumed(name_, PayloadName());
  UpdateTimer();
}

void ResponseHandler::DataReceived(Slice bytes) {
  StackGuard guard(*this);
  if (exchange_ == nullptr && !draining_) {
    unsolicited_ = true;
    return Break("unsolicited bytes");
  }
  if (protocol_ != nullptr) return protocol_->DataReceived(std::move(bytes));
  answered_ = true;
  input_ = std::move(bytes);
  Feed();
  input_ = Slice();
}

void ResponseHandler::EofReceived() {
  StackGuard guard(*this);
  eof_received_ = true;
  if (exchange_ == nullptr) return Break("closed by the peer");
  if (protocol_ != nullptr) return protocol_->EofReceived();
  if (!PayloadOwed()) return;
  message_complete_ = false;
  const Result<void> ended = parser_.head_received() ? parser_.FeedEof() : Result<void>();
  if (message_complete_) return FinishMessage();
  Fail(EndedEarly(ended, Result<void>()));
}

void ResponseHandler::ConnectionLost(Result<void> error) {
  StackGuard guard(*this);
  eof_received_ = true;
  if (exchange_ == nullptr) return Break(error.ok() ? "closed by the peer" : "reset by the peer");
  if (protocol_ != nullptr) {
    const absl::string_view why = error.ok() ? absl::string_view("closed") : error.error().message();
    return Fail(ClientError(KindOf(error), absl::StrCat("the connection was lost: ", why)));
  }
  if (!PayloadOwed()) return;
  message_complete_ = false;
  Result<void> ended = error;
  const bool until_close = parser_.head_received() && exchange_->head_.framing.kind == BodyFraming::Kind::kUntilClose;
  if (parser_.head_received() && (error.ok() || !until_close)) ended = parser_.FeedEof();
  if (message_complete_) return FinishMessage();
  Fail(EndedEarly(ended, error));
}

void ResponseHandler::PauseWriting() {
  if (protocol_ != nullptr) return protocol_->PauseWriting();
  if (exchange_ != nullptr && exchange_->writer_) exchange_->writer_->OnPause();
}

void ResponseHandler::ResumeWriting() {
  StackGuard guard(*this);
  if (protocol_ != nullptr) return protocol_->ResumeWriting();
  if (exchange_ != nullptr && exchange_->writer_) exchange_->writer_->OnResume();
}

void ResponseHandler::OnHead(MessageHead& head) {
  Exchange& exchange = *exchange_;
  exchange.head_.status = head.status;
  exchange.head_.reason = std::string(head.reason);
  exchange.head_.minor_version = head.minor_version;
  exchange.head_.framing = head.framing;
  exchange.head_.headers = std::move(head.headers);
  upgraded_ = head.upgrade;
  if (!head.keep_alive) close_requested_ = true;
  observer_.HeadReceived(name_, exchange.name_, head.status);
  if (upgraded_) return;
  const Name body = MakeName(loop_, exchange.name_, "body", exchange.attempt_);
  observer_.PayloadOpened(name_, exchange.name_, body);
  exchange.body_.emplace(loop_, observer_, *this, body, exchange.read_limits_);
  exchange.body_->OnEof([](void* self) { static_cast<Exchange*>(self)->OnBodyEof(); }, &exchange);
  exchange.OnHead();
}

void ResponseHandler::OnBody(absl::string_view part) {
  if (!draining_) exchange_->body_->FeedData(input_.Sub(part));
}

void ResponseHandler::OnTrailers(Headers& trailers) {
  if (!draining_) exchange_->trailers_ = std::move(trailers);
}

void ResponseHandler::OnMessageComplete() { message_complete_ = true; }

void ResponseHandler::Feed() {
  message_complete_ = false;
  const Result<size_t> used = parser_.Feed(input_.view());
  if (!used.ok()) return draining_ ? Break("what was drained is not HTTP") : Fail(used.error());
  if (!message_complete_ && draining_) return DrainedMore();
  if (!message_complete_) return UpdateTimer();
  if (upgraded_) return Upgrade(input_.Sub(*used, input_.size() - *used));
  if (*used < input_.size()) unsolicited_ = true;
  FinishMessage();
}

void ResponseHandler::DrainedMore() {
  if (input_.size() > drain_left_) return Break("too much to drain");
  drain_left_ -= input_.size();
}

void ResponseHandler::Upgrade(Slice rest) {
  UpgradedProtocol* const protocol = exchange_->upgrade_;
  if (protocol == nullptr) {
    return Fail(ClientError(ErrorKind::kProtocol, "101 Switching Protocols, which was not asked for"));
  }
  sock_read_timer_.Cancel();
  const Result<void> accepted = protocol->Upgraded(exchange_->head_.headers, *transport_, *this);
  if (!accepted.ok()) return Fail(accepted.error());
  protocol_ = protocol;
  exchange_->OnHead();
  if (!rest.empty()) protocol_->DataReceived(std::move(rest));
}

void ResponseHandler::FinishMessage() {
  sock_read_timer_.Cancel();
  if (draining_) {
    draining_ = false;
    drain_timer_.Cancel();
    return owner_.OnDrained();
  }
  exchange_->body_->FeedEof();  // the exchange's OnBodyEof() runs in it
}

void ResponseHandler::Break(absl::string_view why) {
  failed_ = true;
  if (why_.empty()) why_ = why;
  owner_.OnBroken();
}

ClientError ResponseHandler::EndedEarly(const Result<void>& ended, const Result<void>& loss) {
  if (parser_.head_received()) {
    const bool counted = !ended.ok() && ended.error().bytes_received() >= 0;
    const ClientError cut =
        counted ? ended.error() : ClientError::Truncated(static_cast<int64_t>(parser_.body_bytes()), -1);
    return KindOf(loss) == ErrorKind::kTls ? cut.BecauseOf(loss.error()) : cut;
  }
  if (!loss.ok()) {
    return ClientError(KindOf(loss), absl::StrCat("the connection was lost before the head of the response had come: ",
                                                  loss.error().message()));
  }
  return ClientError(ErrorKind::kDisconnected, "the peer closed the connection before the head of the response");
}

bool ResponseHandler::PayloadOwed() const {
  if (exchange_ == nullptr) return false;
  if (protocol_ != nullptr) return !protocol_->IsEof();
  return !(exchange_->body_.has_value() && exchange_->body_->IsEof());
}

Name ResponseHandler::PayloadName() const {
  if (protocol_ != nullptr) return protocol_->payload();
  return exchange_ != nullptr && exchange_->body_.has_value() ? exchange_->body_->name() : Name();
}

void ResponseHandler::UpdateTimer() {
  if (exchange_ == nullptr || protocol_ != nullptr || sock_read_ == absl::InfiniteDuration()) return;
  const bool owes = PayloadOwed() && (request_written_ || exchange_->body_.has_value());
  if (!owes || transport_->reading_paused()) return sock_read_timer_.Cancel();
  sock_read_timer_.PostAt(loop_.Now() + sock_read_);
}

void ResponseHandler::SockReadElapsed() {
  const std::string waited = absl::FormatDuration(sock_read_);
  Fail(ClientError::TimedOut(TimeoutKind::kSockRead, absl::StrCat("no byte for ", waited)));
}

}  // namespace client
