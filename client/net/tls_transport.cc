#include "client/net/tls_transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client {
namespace {

constexpr char kCut[] = "the connection was closed without close_notify: it may have been cut";

// Whether the last call of OpenSSL failed with `reason`.
bool FailedWith(int reason) {
  const unsigned long code = ERR_peek_error();  // NOLINT: OpenSSL's
  return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == reason;
}

ErrorKind Kind() { return FailedWith(SSL_R_CERTIFICATE_VERIFY_FAILED) ? ErrorKind::kCertificate : ErrorKind::kTls; }

// ... in its words.
std::string Reason(SSL* ssl) {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  if (Kind() == ErrorKind::kCertificate) {
    return absl::StrCat(reason, ": ", X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
  }
  if (FailedWith(SSL_R_WRONG_VERSION_NUMBER)) return "what the peer says is not TLS";
  return reason != nullptr ? reason : "it failed";
}

class Handshaking final : public Operation {
 public:
  Handshaking(EventLoop& loop, std::shared_ptr<TlsContext> context, TlsPeer peer,
              std::unique_ptr<Transport> transport, size_t max_read, ConnectHandler& handler)
      : handler_(handler),
        transport_(std::make_unique<TlsTransport>(
            loop, std::move(context), std::move(peer), std::move(transport), max_read,
            [](void* self) { static_cast<Handshaking*>(self)->Done(); }, this)) {}

  void Start(Slice early) { transport_->Handshake(std::move(early)); }

 private:
  void Done() {
    const absl::optional<ClientError> error = transport_->handshake_error();
    if (error.has_value()) return handler_.OnConnected(*error);
    handler_.OnConnected(std::unique_ptr<Transport>(std::move(transport_)));
  }

  ConnectHandler& handler_;
  std::unique_ptr<TlsTransport> transport_;
};

}  // namespace

std::unique_ptr<Operation> StartTls(EventLoop& loop, std::shared_ptr<TlsContext> context, TlsPeer peer,
                                    std::unique_ptr<Transport> transport, Slice early, size_t max_read,
                                    ConnectHandler& handler) {
  auto handshaking = std::make_unique<Handshaking>(loop, std::move(context), std::move(peer), std::move(transport),
                                                   max_read, handler);
  handshaking->Start(std::move(early));
  return handshaking;
}

void TlsTransport::Free::operator()(ssl_st* ssl) const {
  // Else the session could not be resumed: how the connection ends says nothing against it.
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl);
}

TlsTransport::TlsTransport(EventLoop& loop, std::shared_ptr<TlsContext> context, TlsPeer peer,
                           std::unique_ptr<Transport> transport, size_t max_read, Runnable::Function done,
                           void* argument)
    : context_(std::move(context)),
      peer_(std::move(peer)),
      max_read_(max_read + kRecordMax),
      source_(loop, MakeName(loop, transport->name(), "tls")),
      step_([](void* self) { static_cast<TlsTransport*>(self)->Step(); }, this),
      done_(done),
      argument_(argument),
      below_(std::move(transport)) {
  const TlsEntropyScope scope(context_->entropy_);
  ssl_.reset(context_->NewConnection(peer_, this));
  BIO* const bio = bytes_.NewBio();
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsTransport::~TlsTransport() = default;

void TlsTransport::Handshake(Slice early) {
  if (!early.empty()) bytes_.Feed(std::move(early));
  below_->SetProtocol(this);
  Shake();
}

void TlsTransport::Shake() {
  int outcome;
  {
    const TlsEntropyScope scope(context_->entropy_);
    ERR_clear_error();
    outcome = SSL_do_handshake(ssl_.get());
  }
  if (outcome == 1) {
    secured_ = true;
    bytes_.ForgetTaken();
    source_.loop().Post(source_, step_);
  } else if (SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_WANT_READ) {
    HandshakeFailed(Kind(), Reason(ssl_.get()));
  }
  Flush();
}

void TlsTransport::HandshakeFailed(ErrorKind kind, absl::string_view why) {
  if (error_.has_value()) return;
  broken_ = true;
  const absl::string_view what = kind == ErrorKind::kCertificate ? "" : "the TLS handshake failed: ";
  error_ = ClientError(kind, absl::StrCat(what, why, " (host ", peer_.host, ")")).On(name());
  source_.loop().Post(source_, step_);
}

void TlsTransport::Step() {
  if (done_ == nullptr) return RunOne();
  const Runnable::Function done = std::exchange(done_, nullptr);
  if (calls_.Survives([this, done] { done(argument_); })) PostIfDue();
}

void TlsTransport::SetProtocol(Protocol* protocol) {
  calls_.set_protocol(protocol);
  PostIfDue();
}

void TlsTransport::PostIfDue() {
  if (!step_.posted() && Next() != Event::kNone) source_.loop().Post(source_, step_);
}

TlsTransport::Event TlsTransport::Next() const {
  if (!secured_ || done_ != nullptr || calls_.protocol() == nullptr || lost_) return Event::kNone;
  if (closing_ || urgent_) return loss_.has_value() ? Event::kLoss : Event::kNone;
  if (paused_) return Event::kNone;
  if (!ended_ && !broken_ && (bytes_.unread() > 0 || SSL_pending(ssl_.get()) > 0)) return Event::kData;
  if (ended_ && !eof_reported_) return Event::kEof;
  return loss_.has_value() ? Event::kLoss : Event::kNone;
}

void TlsTransport::RunOne() {
  Event event = Next();
  Slice plain;
  if (event == Event::kData) {
    plain = Decrypt();
    if (!Flush()) return;
    if (plain.empty()) event = Next();  // an end may be all that there was
  }
  bool alive = true;
  if (!plain.empty()) {
    alive = calls_.DataReceived(std::move(plain));
  } else if (event == Event::kEof) {
    eof_reported_ = true;
    if (cut_) loss_.reset();
    if (cut_ && below_lost_) loss_ = Result<void>();
    alive = calls_.EofReceived();
  } else if (event == Event::kLoss) {
    return Lose(*std::exchange(loss_, absl::nullopt));
  }
  if (!alive) return;
  Throttle();
  PostIfDue();
}

Slice TlsTransport::Decrypt() {
  const size_t size = std::min(max_read_, bytes_.unread() + bytes_.taken());
  Buffer* const buffer = Buffer::New(size);
  size_t used = 0;
  const TlsEntropyScope scope(context_->entropy_);
  while (used < size) {
    ERR_clear_error();
    size_t read = 0;
    const int outcome = SSL_read_ex(ssl_.get(), buffer->data() + used, size - used, &read);
    if (outcome != 1) {
      Fail(outcome);
      break;
    }
    used += read;
    if (SSL_pending(ssl_.get()) == 0) bytes_.ForgetTaken();
  }
  return Slice::Adopt(buffer, 0, used);
}

// A read did not succeed: there is not enough, close_notify has come, or what came is wrong.
void TlsTransport::Fail(int outcome) {
  switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ: return;
    case SSL_ERROR_ZERO_RETURN:
      ended_ = true;
      break;
    default:
      broken_ = true;
      if (!below_lost_) below_->PauseReading();
      loss_ = ClientError(ErrorKind::kTls, absl::StrCat("TLS failed: ", Reason(ssl_.get()))).On(name());
  }
  bytes_.DropUnread();  // RFC 8446 section 6.1
}

void TlsTransport::Throttle() {
  const bool full = bytes_.unread() > max_read_;
  if (full == throttled_ || below_lost_) return;
  throttled_ = full;
  if (full) return below_->PauseReading();
  if (!paused_) below_->ResumeReading();
}

void TlsTransport::DataReceived(Slice bytes) {
  if (closing_ || lost_ || ended_ || broken_) return;
  bytes_.Feed(std::move(bytes));
  if (!secured_) return Shake();
  if (step_.posted() || paused_ || calls_.protocol() == nullptr || done_ != nullptr) return Throttle();
  RunOne();
}

void TlsTransport::EofReceived() {
  if (!secured_) return HandshakeFailed(ErrorKind::kTls, "the peer closed the connection");
  if (closing_ || lost_ || loss_.has_value()) return;
  if (!ended_) {
    cut_ = true;
    loss_ = ClientError(ErrorKind::kDisconnected, kCut).On(name());
  }
  if (!step_.posted()) RunOne();
}

void TlsTransport::ConnectionLost(Result<void> error) {
  below_lost_ = true;
  if (!secured_) {
    return HandshakeFailed(ErrorKind::kTls, error.ok() ? "the connection was closed" : error.error().message());
  }
  if (lost_) return;
  urgent_ = paused_;
  if (error.ok() && !ended_ && !closing_) {
    cut_ = true;
    error = ClientError(ErrorKind::kDisconnected, kCut).On(name());
  }
  if (!loss_.has_value() || closing_) loss_ = std::move(error);
  if (!step_.posted()) RunOne();
}

void TlsTransport::Lose(Result<void> error) {
  lost_ = true;
  bytes_.DropUnread();
  calls_.ConnectionLost(std::move(error));
}

void TlsTransport::PauseWriting() {
  if (!lost_) calls_.PauseWriting();
}

void TlsTransport::ResumeWriting() {
  if (calls_.protocol() != nullptr && !lost_) calls_.ResumeWriting();
}

void TlsTransport::Write(Slice bytes) {
  if (closing_ || lost_ || shut_down_ || broken_ || bytes.empty()) return;
  if (below_lost_) {
    urgent_ = true;
    return PostIfDue();
  }
  CHECK(secured_);
  {
    const TlsEntropyScope scope(context_->entropy_);
    ERR_clear_error();
    size_t written = 0;
    const int outcome = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    if (outcome != 1) {
      Fail(outcome);
      PostIfDue();
    }
  }
  Flush();
}

void TlsTransport::WriteEof() {
  if (closing_ || lost_ || shut_down_) return;
  SendCloseNotify();
  eof_due_ = true;
  Flush();
}

void TlsTransport::Close() {
  if (closing_ || lost_) return;
  closing_ = true;
  loss_.reset();
  bytes_.DropUnread();
  SendCloseNotify();
  close_due_ = true;
  if (!Flush() || !below_lost_) return;
  loss_ = Result<void>();
  PostIfDue();
}

void TlsTransport::SayGoodbye() {
  if (closing_ || lost_ || below_lost_ || below_->unsent_bytes() > 0) return;
  SendCloseNotify();
  Flush();
}

void TlsTransport::SendCloseNotify() {
  if (std::exchange(shut_down_, true) || broken_ || !secured_) return;
  const TlsEntropyScope scope(context_->entropy_);
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

bool TlsTransport::Flush() {
  if (flushing_) return true;  // PauseWriting() is on the stack: what is written in it goes behind what is on its way
  flushing_ = true;
  std::vector<Slice>& out = bytes_.out();
  for (size_t i = 0; i < out.size(); ++i) {
    if (!calls_.Survives([&] { below_->Write(std::move(out[i])); })) return false;
  }
  out.clear();
  flushing_ = false;
  if (std::exchange(eof_due_, false)) below_->WriteEof();
  if (std::exchange(close_due_, false)) below_->Close();
  return true;
}

void TlsTransport::PauseReading() {
  paused_ = true;
  if (!below_lost_) below_->PauseReading();
}

void TlsTransport::ResumeReading() {
  if (!paused_) return;
  paused_ = false;
  if (!below_lost_ && !broken_ && !throttled_) below_->ResumeReading();
  PostIfDue();
}

bool TlsTransport::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

std::string TlsTransport::DebugString() const {
  if (!secured_) return "TLS, in its handshake";
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  const absl::string_view selected(reinterpret_cast<const char*>(protocol), size);
  return absl::StrCat(SSL_get_version(ssl_.get()), ", ", SSL_get_cipher_name(ssl_.get()), size > 0 ? ", " : "",
                      selected, resumed() ? ", resumed" : "");
}

bool TlsTransport::KeepSession(ssl_session_st* session) {
  if (context_->hosts_kept_ == 0 || SSL_SESSION_is_resumable(session) != 1) return false;
  context_->Remember(peer_, session);
  return true;
}

}  // namespace client
