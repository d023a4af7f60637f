#include "client/websocket/message_queue.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client {

MessageQueue::MessageQueue(ClientObserver& observer, Name name, Limits limits)
    : observer_(observer), name_(name), limits_(limits) {
  CHECK_LE(limits.low_water, limits.high_water);
}

MessageQueue::~MessageQueue() {
  CHECK(waiter_ == nullptr);
  observer_.PayloadDestroyed(name_);
}

MessageQueue::ReceiveAwaiter::~ReceiveAwaiter() {
  if (waiter_.waiting() || waiter_.woken()) queue_.EndWait(waiter_);
}

void MessageQueue::FeedMessage(WebSocketMessage message) {
  if (ended() || dropping_) return;
  const size_t bytes = message.data.size();
  buffered_ += bytes;
  messages_.push_back(std::move(message));
  observer_.PayloadFed(name_, bytes, buffered_);
  if (!paused_ && flow_ != nullptr && Weight() > limits_.high_water) {
    paused_ = true;
    flow_->PauseReading();
  }
  WakeReceiver();
}

void MessageQueue::FeedEof() {
  observer_.PayloadEof(name_);
  if (ended()) return;
  eof_ = true;
  LeaveReadingResumed();
  Detach();
  WakeReceiver();
}

void MessageQueue::SetError(ClientError error) {
  observer_.PayloadError(name_, error);
  if (ended()) return;
  error_ = std::move(error);
  LeaveReadingResumed();
  Detach();
  WakeReceiver();
}

void MessageQueue::DropFurther() {
  dropping_ = true;
  LeaveReadingResumed();
}

Result<absl::optional<WebSocketMessage>> MessageQueue::Pop() {
  if (messages_.empty()) {
    if (error_.has_value()) return *error_;
    CHECK(eof_);
    return absl::optional<WebSocketMessage>();
  }
  absl::optional<WebSocketMessage> message(std::move(messages_.front()));
  messages_.pop_front();
  buffered_ -= message->data.size();
  observer_.PayloadRead(name_, message->data.size(), buffered_);
  if (Weight() <= limits_.low_water) LeaveReadingResumed();
  return message;
}

void MessageQueue::LeaveReadingResumed() {
  if (!paused_) return;
  paused_ = false;
  if (flow_ != nullptr) flow_->ResumeReading();
}

void MessageQueue::WakeReceiver() {
  if (waiter_ != nullptr && waiter_->waiting()) waiter_->Wake();
}

std::string MessageQueue::DebugString() const {
  std::string text = absl::StrCat(messages_.size(), " messages, ", buffered_, " bytes");
  if (eof_) absl::StrAppend(&text, ", eof");
  if (error_.has_value()) absl::StrAppend(&text, ", error: ", error_->message());
  if (waiter_ != nullptr) absl::StrAppend(&text, ", awaited");
  if (paused_) absl::StrAppend(&text, ", reading paused");
  return text;
}

}  // namespace client
