// The sending side of one message on a connection: head, body, end.
//
//   1. A declared length is enforced before bytes go out: what would exceed it is refused as a whole, so that the wire
//      never carries more than the head said. Too little is found at WriteEof(). Both are ErrorKind::kBodySource, and
//      after both, as after any message that is not complete(), the connection must be closed.
//   2. Writing never blocks. Whoever writes much awaits Drain() in between; it waits while the transport has more
//      unsent than its high-water mark.
//   3. Empty slices are ignored: a chunk of no bytes would be the end of the body.
//   4. Nothing is written after OnLost(), after WriteEof() or after an error.
//
//   StreamWriter writer(transport);
//   writer.WriteHeaders(std::move(head), BodyFraming::Chunked());
//   writer.Write(std::move(chunk));
//   Result<void> room = co_await writer.Drain();
//   writer.WriteEof();
#ifndef CLIENT_HTTP_STREAM_WRITER_H_
#define CLIENT_HTTP_STREAM_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "client/async/waiter.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/slice.h"
#include "client/http/body_framing.h"
#include "client/http/headers.h"
#include "client/net/transport.h"

namespace client {

class StreamWriter {
 public:
  class DrainAwaiter;

  // `transport` is not owned; it is used until WriteEof(), OnLost() or an error.
  explicit StreamWriter(Transport& transport);
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;
  ~StreamWriter();

  // Once, first. `head` ends with the empty line. Each of these may call Protocol::PauseWriting() from inside.
  Result<void> WriteHeaders(Slice head, const BodyFraming& framing);
  Result<void> Write(Slice bytes);
  Result<void> WriteEof();
  Result<void> WriteEof(const Headers& trailers);  // trailers need kChunked

  // Result<void>: waits until there is room to write; the error of OnLost() if there never will be.
  // Cancel safety: nothing is consumed.
  DrainAwaiter Drain();

  // From the connection's Protocol.
  void OnPause() { paused_ = true; }
  void OnResume();
  void OnLost(ClientError error);

  bool started() const { return state_ != State::kIdle; }
  // Every byte of the message was handed to the transport, and its end with it.
  bool complete() const { return state_ == State::kComplete; }
  bool writing_paused() const { return paused_; }
  uint64_t body_bytes() const { return body_bytes_; }  // without framing
  const absl::optional<ClientError>& error() const { return error_; }

  std::string DebugString() const;  // "length 100: 20 bytes written, paused"

 private:
  enum class State : uint8_t { kIdle, kBody, kComplete, kFailed };
  friend class DrainAwaiter;

  Result<void> RequireBody() const;
  ClientError Fail(ClientError error);
  Slice ChunkHeader(uint64_t bytes);
  void End();

  Transport* transport_;  // null once it is over
  const Name connection_;
  State state_ = State::kIdle;
  bool paused_;
  BodyFraming framing_;
  uint64_t body_bytes_ = 0;
  Buffer* scratch_ = nullptr;  // chunk headers are cut from it, one allocation for many
  size_t scratch_used_ = 0;
  WaitList waiters_;
  absl::optional<ClientError> error_;
};

class StreamWriter::DrainAwaiter {
 public:
  explicit DrainAwaiter(StreamWriter& writer)
      : writer_(writer), waiter_(WaitReason{"room to write on", writer.connection_}) {}
  bool await_ready() const { return !writer_.paused_ || writer_.error_.has_value(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
    waiter_.Suspend(handle, at);
    writer_.waiters_.PushBack(waiter_);
  }
  Result<void> await_resume() const {
    if (writer_.error_.has_value()) return *writer_.error_;
    return Result<void>();
  }

 private:
  StreamWriter& writer_;
  Waiter waiter_;
};

inline StreamWriter::DrainAwaiter StreamWriter::Drain() { return DrainAwaiter(*this); }

}  // namespace client

#endif  // CLIENT_HTTP_STREAM_WRITER_H_
