// ClientError and Result<T>: how everything in the client fails.
#ifndef CLIENT_BASE_ERROR_H_
#define CLIENT_BASE_ERROR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/base/check.h"
#include "client/base/name.h"
#include "client/base/references.h"

namespace client {

class ClientResponse;
struct ResponseHead;

// New ones come last: traces hold their numbers.
enum class ErrorKind : uint8_t {
  kUsage,          // the caller asked for something impossible: a bad URL, a second body, a read after Close()
  kDns,            // the host has no address, or the lookup failed
  kConnect,        // refused, reset or unreachable while connecting
  kTimeout,        // see ClientError::timeout()
  kDisconnected,   // the peer closed or reset the connection before the response was complete
  kProtocol,       // the peer sent what is not HTTP, or exceeded a limit of ours
  kBodySource,     // the user's body source failed or broke its declared length
  kSessionClosed,  // the session was closed while, or before, the operation ran
  kRejected,       // the peer answered, with something that this operation cannot accept
  kTls,            // TLS was not agreed on, or broke: an alert, bytes that are not what the peer encrypted
  kCertificate,    // what the peer showed does not prove who it is: expired, unknown authority, another host
};

// The first four are a user's ClientTimeout; the last two are a WebSocket's: nothing came after a ping, or a Close.
enum class TimeoutKind : uint8_t { kNone, kTotal, kConnect, kSockConnect, kSockRead, kHeartbeat, kClose };

absl::string_view ErrorKindName(ErrorKind kind);
absl::string_view TimeoutKindName(TimeoutKind kind);  // "total", "sock_read"

// The way from an error to the response that it belongs to. Errors share it, and it must not keep the response.
class ResponseLink {
 public:
  virtual ~ResponseLink() = default;
  virtual ClientResponse* response() const = 0;  // null once it has gone
  virtual void VisitReferences(ReferenceVisitor& visitor) const = 0;  // what it keeps alive: nothing, in a sane client
};

// An absl::Status code and message, and shared detail. Cheap to copy; copies share the detail, and none of it keeps a
// response, a connection or any other live object alive: whoever keeps an error keeps text and numbers.
class ClientError {
 public:
  ClientError(ErrorKind kind, std::string message);

  static ClientError TimedOut(TimeoutKind which, std::string message);
  // A body that ended after `received` of `expected` bytes; `expected` < 0 where the framing does not say.
  static ClientError Truncated(int64_t received, int64_t expected);

  // The same error, with the connection on which it happened.
  ClientError On(Name connection) const;
  // ... with the response to which it belongs, or with the head of one that was refused.
  ClientError Of(std::shared_ptr<const ResponseLink> response) const;
  ClientError WithHead(std::shared_ptr<const ResponseHead> head) const;
  // ... with the kind of what it came of, and its words behind.
  ClientError BecauseOf(const ClientError& cause) const;

  ErrorKind kind() const { return detail_->kind; }
  TimeoutKind timeout() const { return detail_->timeout; }
  int64_t bytes_received() const { return detail_->bytes_received; }  // -1 where it does not apply
  int64_t bytes_expected() const { return detail_->bytes_expected; }  // -1 where unknown
  Name connection() const { return detail_->connection; }
  // The response whose body failed: cut, timed out, too large, not to be decoded, closed. Null if there is none, not
  // yet, or no more: whoever keeps an error does not keep the response.
  ClientResponse* response() const { return detail_->response != nullptr ? detail_->response->response() : nullptr; }
  // Of a response that nobody was given: the answer to the handshake of a WebSocket, a redirect that leads nowhere or
  // on and on. Status and header fields, which the error owns. Null in all other errors.
  const ResponseHead* head() const { return detail_->head.get(); }

  absl::StatusCode code() const;
  absl::string_view message() const { return detail_->message; }
  absl::Status ToStatus() const { return absl::Status(code(), message()); }
  std::string DebugString() const;  // "timeout (sock_read): no byte for 5s"

  const void* id() const { return detail_.get(); }  // the same for copies
  void VisitReferences(ReferenceVisitor& visitor) const;

 private:
  struct Detail {
    ErrorKind kind;
    TimeoutKind timeout = TimeoutKind::kNone;
    int64_t bytes_received = -1;
    int64_t bytes_expected = -1;
    Name connection;
    std::string message;
    std::shared_ptr<const ResponseLink> response = nullptr;
    std::shared_ptr<const ResponseHead> head = nullptr;
  };
  explicit ClientError(std::shared_ptr<const Detail> detail) : detail_(std::move(detail)) {}

  std::shared_ptr<const Detail> detail_;
};

// A value or a ClientError.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}          // NOLINT: implicit
  Result(ClientError error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  T& value() & { return CHECK(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return CHECK(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return CHECK(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const ClientError& error() const { return CHECK(!ok()), *std::get_if<1>(&state_); }

 private:
  std::variant<T, ClientError> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(ClientError error) : error_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return error_.index() == 0; }
  const ClientError& error() const { return CHECK(!ok()), *std::get_if<1>(&error_); }

 private:
  std::variant<std::monostate, ClientError> error_;
};

}  // namespace client

#endif  // CLIENT_BASE_ERROR_H_
