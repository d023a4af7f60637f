// A response: its head, and its body as it arrives.
//
//   1. The connection goes back to the pool in the step in which the last byte of the body arrives, even if the user
//      has not read it yet: what is buffered stays readable. A user who does not read to the end calls Release() or
//      Close(); the destructor does Close() and says so to the observer.
//   2. A body that was cut is never a clean end: reads give what had arrived, then the error.
//   3. A response may outlive its session.
#ifndef CLIENT_CLIENT_RESPONSE_H_
#define CLIENT_CLIENT_RESPONSE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/slice.h"
#include "client/client_request.h"
#include "client/http/headers.h"
#include "client/http/stream_reader.h"

namespace client {

class ClientResponse {
 public:
  explicit ClientResponse(std::unique_ptr<ClientRequest> request);
  ClientResponse(const ClientResponse&) = delete;
  ClientResponse& operator=(const ClientResponse&) = delete;
  ~ClientResponse();

  int status() const;
  absl::string_view reason() const;  // "OK"; may be empty
  const Headers& headers() const;
  // What came after a chunked body; empty before its end.
  const Headers& trailers() const;

  // One read at a time, of these and of the reader's own. Empty at the end of the body; then and after an error the
  // request has ended. Cancel safety: a destroyed read loses no bytes.
  Task<Result<Slice>> ReadChunk();
  Task<Result<Slice>> ReadUpTo(size_t bytes_max);
  // The rest of the body. More than `bytes_max` is kRejected, and closes.
  // Cancel safety: what this read had collected is lost.
  Task<Result<std::string>> Read(size_t bytes_max);

  // The reader behind the reads above, for what they do not offer.
  StreamReader& body();

  // "I am done": keeps the connection if the body has arrived, closes it if not. Reads fail after it with kUsage,
  // unless the body has arrived. Both are idempotent.
  void Release();
  // "I give up": closes the connection, unless it is back in the pool already.
  void Close();

  Name name() const;        // the request's
  Name connection() const;  // the connection it came on, for traces
  std::string DebugString() const;  // "response 200, body: ..."

 private:
  std::unique_ptr<ClientRequest> request_;
};

}  // namespace client

#endif  // CLIENT_CLIENT_RESPONSE_H_
