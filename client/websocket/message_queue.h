// Messages between the connection that receives them and the one task that reads them. A payload like any other: it
// ends in exactly one FeedEof() or SetError(), and answers IsEof() at any moment of its life.
//
//   1. Above `high_water` the connection's reading is paused; at or below `low_water` it is resumed. What counts is the
//      bytes of the messages, and kMessageWeight for each, so that empty messages do not fill memory either. A read of
//      the transport that is under way is fed to its end: at most one message and one read above the high-water mark.
//   2. At the end, clean or not, reading is always left resumed.
//   3. Messages that came before the end are received first, then the end, again and again.
//   4. A message is popped in the step that returns it: a cancelled Receive() loses none.
//   5. One Receive() at a time, which is CHECKed. What is fed after the end is dropped.
//   6. After DropFurther() what is there stays readable, and what comes is dropped: for a connection that we are
//      closing. Its reading must go on whatever the user does, so that the peer's Close is seen.
#ifndef CLIENT_WEBSOCKET_MESSAGE_QUEUE_H_
#define CLIENT_WEBSOCKET_MESSAGE_QUEUE_H_

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/types/optional.h"
#include "client/async/waiter.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/references.h"
#include "client/http/flow_control.h"
#include "client/net/client_observer.h"
#include "client/websocket/message.h"

namespace client {

class MessageQueue {
 public:
  struct Limits {
    size_t low_water = 32 << 10;   // bytes
    size_t high_water = 64 << 10;  // bytes, at least low_water
  };
  static constexpr size_t kMessageWeight = 64;  // bytes

  class ReceiveAwaiter;

  // `observer` is not owned. PayloadOpened() is the connection's to report, the rest of a payload's events are reported
  // here.
  MessageQueue(ClientObserver& observer, Name name, Limits limits);
  MessageQueue(const MessageQueue&) = delete;
  MessageQueue& operator=(const MessageQueue&) = delete;
  ~MessageQueue();  // CHECKs that nobody is receiving

  // Producer side.
  void Attach(FlowControl& flow) { flow_ = &flow; }  // not owned; used until FeedEof(), SetError() or Detach()
  void Detach() { flow_ = nullptr; }                 // the connection is going away; reading is left as it is
  void FeedMessage(WebSocketMessage message);
  void FeedEof();
  void SetError(ClientError error);
  void DropFurther();

  // Result<absl::optional<WebSocketMessage>>: none at the clean end.
  // Cancel safety: a destroyed Receive() loses nothing.
  ReceiveAwaiter Receive();

  bool IsEof() const { return eof_; }                          // FeedEof() was called.
  bool AtEof() const { return eof_ && messages_.empty(); }     // ... and every message has been received.
  bool ended() const { return eof_ || error_.has_value(); }    // nothing more will be fed
  size_t size() const { return messages_.size(); }
  size_t buffered() const { return buffered_; }  // bytes of the messages
  bool reading_paused() const { return paused_; }  // by this queue
  const absl::optional<ClientError>& error() const { return error_; }
  Name name() const { return name_; }

  void VisitReferences(ReferenceVisitor& visitor) const {
    if (error_.has_value()) visitor.Holds(*error_);
  }
  std::string DebugString() const;  // "2 messages, 1024 bytes, eof, reading paused"

 private:
  bool Ready() const { return !messages_.empty() || ended(); }
  size_t Weight() const { return buffered_ + messages_.size() * kMessageWeight; }
  Result<absl::optional<WebSocketMessage>> Pop();
  void LeaveReadingResumed();
  void WakeReceiver();
  void EndWait(Waiter& waiter) {
    if (waiter_ == &waiter) waiter_ = nullptr;
  }

  ClientObserver& observer_;
  FlowControl* flow_ = nullptr;
  const Name name_;
  const Limits limits_;
  std::deque<WebSocketMessage> messages_;
  size_t buffered_ = 0;  // bytes
  Waiter* waiter_ = nullptr;  // the Receive() that waits, until it is resumed or destroyed
  bool paused_ = false;
  bool dropping_ = false;
  bool eof_ = false;
  absl::optional<ClientError> error_;
};

class MessageQueue::ReceiveAwaiter {
 public:
  explicit ReceiveAwaiter(MessageQueue& queue) : queue_(queue), waiter_(WaitReason{"a message of", queue.name_}) {}
  ReceiveAwaiter(const ReceiveAwaiter&) = delete;
  ReceiveAwaiter& operator=(const ReceiveAwaiter&) = delete;
  ~ReceiveAwaiter();

  bool await_ready() const {
    CHECK(queue_.waiter_ == nullptr);
    return queue_.Ready();
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
    waiter_.Suspend(handle, at);
    queue_.waiter_ = &waiter_;
  }
  Result<absl::optional<WebSocketMessage>> await_resume() {
    queue_.EndWait(waiter_);
    return queue_.Pop();
  }

 private:
  MessageQueue& queue_;
  Waiter waiter_;
};

inline MessageQueue::ReceiveAwaiter MessageQueue::Receive() { return ReceiveAwaiter(*this); }

}  // namespace client

#endif  // CLIENT_WEBSOCKET_MESSAGE_QUEUE_H_
