// A byte stream between the connection that feeds it and the one task that reads it.
//
//   1. Above `high_water` buffered bytes the connection's reading is paused; at or below `low_water` it is resumed.
//   2. At the end of the stream, clean or not, reading is always left resumed, so that the connection can be reused.
//   3. A read that needs more than `high_water` raises the limit for as long as it waits; it would wait forever else.
//   4. Bytes that came before an error are read first, then the error, again and again: a cut body is a prefix and an
//      error, never a clean end.
//   5. One read at a time, and no data after the end: both are CHECKed.
//   6. It ends in exactly one FeedEof() or SetError(). That is not CHECKed: a second one reaches the observer and
//      changes nothing.
//
//   while (!body.AtEof()) {
//     Result<Slice> chunk = co_await body.ReadAny();
//     if (!chunk.ok()) co_return chunk.error();
//     Consume(*chunk);
//   }
#ifndef CLIENT_HTTP_STREAM_READER_H_
#define CLIENT_HTTP_STREAM_READER_H_

#include <cstddef>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/async/task.h"
#include "client/async/waiter.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/references.h"
#include "client/base/slice.h"
#include "client/http/flow_control.h"
#include "client/net/client_observer.h"
#include "client/net/event_loop.h"

namespace client {

class StreamReader final : public NamedObject {
 public:
  struct Limits {
    size_t low_water = 32 << 10;   // bytes
    size_t high_water = 64 << 10;  // bytes, at least low_water
  };
  using Callback = void (*)(void* argument);
  class ReadAwaiter;

  // `loop`, `observer` and `flow` are not owned; `flow` is used until FeedEof(), SetError(), Detach() or its own end.
  // PayloadOpened() is the connection's to report, the rest of a payload's events are reported here.
  StreamReader(EventLoop& loop, ClientObserver& observer, FlowControl& flow, Name name, Limits limits);
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  ~StreamReader();  // CHECKs that nobody is reading

  // Producer side.
  void FeedData(Slice bytes);  // empty: no effect
  void FeedEof();              // calls the hook of OnEof() last, after which it touches nothing of its own
  void SetError(ClientError error);
  void Detach() { flow_.Reset(); }  // the connection is going away; reading is left as it is

  // One hook, called synchronously at the end of FeedEof(), with everything above in place; at once if that was long
  // ago. Not called after SetError(). It may destroy the reader. A null `callback` takes it back.
  void OnEof(Callback callback, void* argument);

  // Consumer side. Cancel safety, except for ReadAll(): destroying a pending read loses no bytes; they stay here.
  ReadAwaiter ReadAny();           // Result<Slice>; empty at the end of the stream. No copy.
  ReadAwaiter ReadUpTo(size_t n);  // the same, at most `n` > 0 bytes
  // All or nothing: if the stream ends first, its error, or kUsage where it ended cleanly. The bytes stay here.
  Task<Result<std::string>> ReadExactly(size_t n);
  // Up to and including `delimiter`. kProtocol if it does not end within `max` bytes; at the end of the stream as
  // ReadExactly(). `delimiter` is copied.
  Task<Result<std::string>> ReadUntil(std::string delimiter, size_t max);
  // The rest of the stream. kProtocol if that is more than `max` bytes. Cancel safety: what it had read is lost.
  Task<Result<std::string>> ReadAll(size_t max);

  bool IsEof() const { return eof_; }                        // FeedEof() was called.
  bool AtEof() const { return eof_ && buffered_ == 0; }      // ... and every byte has been read.
  bool ended() const { return eof_ || error_.has_value(); }  // nothing more will be fed
  size_t buffered() const { return buffered_; }              // bytes
  const absl::optional<ClientError>& error() const { return error_; }
  bool reading_paused() const { return paused_; }  // by this reader
  uint64_t bytes_fed() const { return bytes_fed_; }
  uint64_t bytes_read() const { return bytes_fed_ - buffered_; }
  EventLoop& loop() const { return loop_; }
  Name name() const override { return name_; }
  absl::string_view what() const override { return "body"; }
  void VisitReferences(ReferenceVisitor& visitor) const override {
    if (error_.has_value()) visitor.Holds(*error_);
  }
  const Limits& limits() const { return limits_; }

  std::string DebugString() const;  // "1024 bytes buffered of 131072, eof, reading paused"

 private:
  friend class ReadAwaiter;
  class EnoughAwaiter;

  bool Ready(size_t wanted) const { return buffered_ >= wanted || eof_ || error_.has_value(); }
  void BeginWait(Waiter& waiter, size_t wanted);
  void EndWait(Waiter& waiter) {
    if (waiter_ == &waiter) waiter_ = nullptr;
  }
  void PauseIfFull();
  void ResumeIfDrained();
  void LeaveReadingResumed();
  void WakeReader();
  Result<Slice> TakeUpTo(size_t n);
  std::string TakeExactly(size_t n);
  void DropFront();
  void Consumed(size_t n);
  ClientError EndedBefore(size_t n) const;
  // The offset behind the first `delimiter` that starts at or after `from`; npos if there is none.
  size_t FindEnd(absl::string_view delimiter, size_t from) const;
  bool Matches(absl::string_view delimiter, size_t chunk, size_t at) const;

  EventLoop& loop_;
  ClientObserver& observer_;
  FlowControl::Link flow_;
  const Name name_;
  const Limits limits_;
  absl::InlinedVector<Slice, 4> chunks_;  // those before first_ are empty
  size_t first_ = 0;
  size_t buffered_ = 0;  // bytes
  uint64_t bytes_fed_ = 0;
  Waiter* waiter_ = nullptr;  // the read that waits, until it is resumed or destroyed
  size_t wanted_ = 0;         // bytes that it waits for
  bool paused_ = false;
  bool eof_ = false;
  absl::optional<ClientError> error_;
  Callback on_eof_ = nullptr;
  void* on_eof_argument_ = nullptr;
};

// What ReadAny() and ReadUpTo() return: awaited at once, without a coroutine frame.
class StreamReader::ReadAwaiter {
 public:
  ReadAwaiter(StreamReader& reader, size_t bytes_max)
      : reader_(reader), bytes_max_(bytes_max), waiter_(WaitReason{"data of", reader.name_}) {}
  ReadAwaiter(const ReadAwaiter&) = delete;
  ReadAwaiter& operator=(const ReadAwaiter&) = delete;
  ~ReadAwaiter() {
    if (waiter_.waiting() || waiter_.woken()) reader_.EndWait(waiter_);
  }

  bool await_ready() const {
    CHECK(reader_.waiter_ == nullptr);
    return reader_.Ready(1);
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
    waiter_.Suspend(handle, at);
    reader_.BeginWait(waiter_, 1);
  }
  Result<Slice> await_resume() {
    reader_.EndWait(waiter_);
    return reader_.TakeUpTo(bytes_max_);
  }

 private:
  StreamReader& reader_;
  size_t bytes_max_;
  Waiter waiter_;
};

inline StreamReader::ReadAwaiter StreamReader::ReadAny() { return ReadAwaiter(*this, ~size_t{0}); }
inline StreamReader::ReadAwaiter StreamReader::ReadUpTo(size_t n) {
  CHECK(n > 0);
  return ReadAwaiter(*this, n);
}

}  // namespace client

#endif  // CLIENT_HTTP_STREAM_READER_H_
