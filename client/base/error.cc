#include "client/base/error.h"

#include "absl/strings/str_cat.h"

namespace client {

absl::string_view ErrorKindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage: return "usage";
    case ErrorKind::kDns: return "dns";
    case ErrorKind::kConnect: return "connect";
    case ErrorKind::kTimeout: return "timeout";
    case ErrorKind::kDisconnected: return "disconnected";
    case ErrorKind::kProtocol: return "protocol";
    case ErrorKind::kBodySource: return "body source";
    case ErrorKind::kSessionClosed: return "session closed";
    case ErrorKind::kRejected: return "rejected";
    case ErrorKind::kTls: return "tls";
    case ErrorKind::kCertificate: return "certificate";
  }
  return "unknown";
}

absl::string_view TimeoutKindName(TimeoutKind kind) {
  switch (kind) {
    case TimeoutKind::kNone: return "";
    case TimeoutKind::kTotal: return "total";
    case TimeoutKind::kConnect: return "connect";
    case TimeoutKind::kSockConnect: return "sock_connect";
    case TimeoutKind::kSockRead: return "sock_read";
    case TimeoutKind::kHeartbeat: return "heartbeat";
    case TimeoutKind::kClose: return "close";
  }
  return "unknown";
}

ClientError::ClientError(ErrorKind kind, std::string message)
    : detail_(std::make_shared<const Detail>(Detail{.kind = kind, .connection = {}, .message = std::move(message)})) {}

ClientError ClientError::TimedOut(TimeoutKind which, std::string message) {
  return ClientError(std::make_shared<const Detail>(
      Detail{.kind = ErrorKind::kTimeout, .timeout = which, .connection = {}, .message = std::move(message)}));
}

ClientError ClientError::Truncated(int64_t received, int64_t expected) {
  std::string message = absl::StrCat("the body ended early, after ", received);
  if (expected >= 0) absl::StrAppend(&message, " of ", expected);
  absl::StrAppend(&message, " bytes");
  return ClientError(std::make_shared<const Detail>(Detail{.kind = ErrorKind::kDisconnected,
                                                           .bytes_received = received,
                                                           .bytes_expected = expected,
                                                           .connection = {},
                                                           .message = std::move(message)}));
}

ClientError ClientError::On(Name connection) const {
  Detail detail = *detail_;
  detail.connection = connection;
  return ClientError(std::make_shared<const Detail>(std::move(detail)));
}

ClientError ClientError::Of(std::shared_ptr<const ResponseLink> response) const {
  Detail detail = *detail_;
  detail.response = std::move(response);
  return ClientError(std::make_shared<const Detail>(std::move(detail)));
}

ClientError ClientError::WithHead(std::shared_ptr<const ResponseHead> head) const {
  Detail detail = *detail_;
  detail.head = std::move(head);
  return ClientError(std::make_shared<const Detail>(std::move(detail)));
}

ClientError ClientError::BecauseOf(const ClientError& cause) const {
  Detail detail = *detail_;
  detail.kind = cause.kind();
  absl::StrAppend(&detail.message, ": ", cause.message());
  return ClientError(std::make_shared<const Detail>(std::move(detail)));
}

void ClientError::VisitReferences(ReferenceVisitor& visitor) const {
  if (detail_->response != nullptr) detail_->response->VisitReferences(visitor);
}

absl::StatusCode ClientError::code() const {
  switch (kind()) {
    case ErrorKind::kUsage: return absl::StatusCode::kInvalidArgument;
    case ErrorKind::kDns: return absl::StatusCode::kNotFound;
    case ErrorKind::kConnect: return absl::StatusCode::kUnavailable;
    case ErrorKind::kTimeout: return absl::StatusCode::kDeadlineExceeded;
    case ErrorKind::kDisconnected: return absl::StatusCode::kUnavailable;
    case ErrorKind::kProtocol: return absl::StatusCode::kDataLoss;
    case ErrorKind::kBodySource: return absl::StatusCode::kAborted;
    case ErrorKind::kSessionClosed: return absl::StatusCode::kCancelled;
    case ErrorKind::kRejected: return absl::StatusCode::kFailedPrecondition;
    case ErrorKind::kTls: return absl::StatusCode::kUnavailable;
    case ErrorKind::kCertificate: return absl::StatusCode::kUnauthenticated;
  }
  return absl::StatusCode::kUnknown;
}

std::string ClientError::DebugString() const {
  std::string text(ErrorKindName(kind()));
  if (timeout() != TimeoutKind::kNone) absl::StrAppend(&text, " (", TimeoutKindName(timeout()), ")");
  absl::StrAppend(&text, ": ", message());
  return text;
}

}  // namespace client
