// A response: its head, and its body as it arrives.
//
//   1. The connection goes back to the pool in the step in which the last byte of the body arrives, even if the user
//      has not read it yet: what is buffered stays readable. A user who does not read to the end calls Release() or
//      Close(); the destructor does Close() and says so to the observer.
//   2. A body that was cut is never a clean end: reads give what had arrived, then the error.
//   3. A response may outlive its session.
//   4. An error of its body knows the response (ClientError::response()) for as long as that lives, and does not keep
//      it.
//   5. A body that came in gzip or deflate, because the client had offered that, is decoded as it is read: see
//      ClientOptions::auto_decompress. A body that cannot be decoded is kProtocol, behind what could, and closes the
//      connection.
#ifndef CLIENT_CLIENT_RESPONSE_H_
#define CLIENT_CLIENT_RESPONSE_H_

#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/slice.h"
#include "client/client_request.h"
#include "client/http/content_decoder.h"
#include "client/http/headers.h"
#include "client/http/stream_reader.h"

namespace client {

class ClientResponse final : public NamedObject {
 public:
  explicit ClientResponse(std::shared_ptr<ClientRequest> request);
  ClientResponse(const ClientResponse&) = delete;
  ClientResponse& operator=(const ClientResponse&) = delete;
  ~ClientResponse();

  int status() const;
  absl::string_view reason() const;  // "OK"; may be empty
  const Headers& headers() const;
  // What came after a chunked body; empty before its end.
  const Headers& trailers() const;

  // One read at a time, of these and of the reader's own; none may be pending when the response is destroyed. Empty at
  // the end of the body. With the last byte, or an error, the request has ended.
  // Cancel safety: a destroyed read loses no bytes.
  class ReadAwaiter;
  ReadAwaiter ReadChunk();                   // Result<Slice>
  ReadAwaiter ReadUpTo(size_t bytes_max);    // the same, at most `bytes_max` > 0
  // The rest of the body. More than `bytes_max` bytes are kRejected, and close the connection.
  // Cancel safety: what this read had collected is lost.
  Task<Result<std::string>> Read(size_t bytes_max);

  bool decoding() const { return decoder_ != nullptr; }

  // The reader behind the reads above, for what they do not offer; what it gives is never decoded.
  StreamReader& body();

  // "I am done": what has arrived stays readable; behind it, unless that was all, reads fail with kUsage. The
  // connection goes back to the pool, which drains the rest of the body if that is little, and closes the connection if
  // not: see ClientOptions::drain_bytes_max. Idempotent.
  void Release();
  // "I give up": the same, but the connection is closed at once, unless the body has arrived.
  void Close();

  absl::string_view url() const;  // which answered: where the last redirect led
  uint32_t redirects() const;     // that were followed
  Name name() const override;  // the request's
  Name connection() const;  // the connection it came on, for traces
  absl::string_view what() const override { return "handle of"; }
  void VisitReferences(ReferenceVisitor& visitor) const override { visitor.Holds(*request_); }
  std::string DebugString() const;  // "response 200, body: ..."

 private:
  void NoteRead(const Result<Slice>& bytes);  // tells the observer when that was the end
  Task<Result<Slice>> ReadDecoded(size_t bytes_max);

  std::shared_ptr<ClientRequest> request_;
  std::unique_ptr<ContentDecoder> decoder_;  // null: the body is as it came
  Slice decoded_;                            // and not read yet
};

// Without a coroutine frame, unless the body is decoded.
class ClientResponse::ReadAwaiter {
 public:
  ReadAwaiter(ClientResponse& response, size_t bytes_max) : response_(response) {
    if (response.decoding()) {
      decoded_ = response.ReadDecoded(bytes_max);
    } else {
      read_.emplace(response.body(), bytes_max);
    }
  }
  ReadAwaiter(const ReadAwaiter&) = delete;
  ReadAwaiter& operator=(const ReadAwaiter&) = delete;

  bool await_ready() const { return read_.has_value() && read_->await_ready(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
    if (read_.has_value()) {
      read_->await_suspend(handle, at);
    } else {
      decoded_.await_suspend(handle, at);
    }
  }
  Result<Slice> await_resume() {
    if (!read_.has_value()) return decoded_.await_resume();
    Result<Slice> bytes = read_->await_resume();
    response_.NoteRead(bytes);
    return bytes;
  }

 private:
  ClientResponse& response_;
  absl::optional<StreamReader::ReadAwaiter> read_;
  Task<Result<Slice>> decoded_;
};

inline ClientResponse::ReadAwaiter ClientResponse::ReadChunk() { return ReadAwaiter(*this, ~size_t{0}); }
inline ClientResponse::ReadAwaiter ClientResponse::ReadUpTo(size_t bytes_max) { return ReadAwaiter(*this, bytes_max); }

}  // namespace client

#endif  // CLIENT_CLIENT_RESPONSE_H_
