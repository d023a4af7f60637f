#include "client/net/uv_transport.h"

#include <algorithm>
#include <utility>

#include "client/base/check.h"
#include "client/net/uv_error.h"

namespace client {
namespace {

constexpr size_t kSlicesAtOnce = 64;  // of one writev(2)

uv_buf_t BufferOf(const Slice& bytes) {
  constexpr size_t kMost = size_t{1} << 30;
  return uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(std::min(bytes.size(), kMost)));
}

}  // namespace

UvTransport::UvTransport(UvSocketPtr socket, const SocketOptions& options, Name name)
    : options_(options),
      socket_(std::move(socket)),
      source_(socket_->reactor().events(), name),
      ready_([](void* self) { static_cast<UvTransport*>(self)->OnReady(); }, this) {
  CHECK(options_.max_read > 0);
  socket_->set_user(this);
}

UvTransport::~UvTransport() { CloseSocket(); }

void UvTransport::SetProtocol(Protocol* protocol) {
  calls_.set_protocol(protocol);
  ReadOn();
  PostIfDue();
}

void UvTransport::Write(Slice bytes) {
  if (closing_ || lost_ || eof_wanted_ || write_error_ != 0 || bytes.empty()) return;
  if (writes_.empty() && !socket_->writing()) {
    const uv_buf_t buffer = BufferOf(bytes);
    const ssize_t sent = socket_->TryWrite(absl::MakeConstSpan(&buffer, 1));
    if (sent < 0) return WriteFailed(static_cast<int>(sent));
    bytes.RemovePrefix(static_cast<size_t>(sent));
    if (bytes.empty()) return;
  }
  unsent_ += bytes.size();
  writes_.push_back(std::move(bytes));
  if (!socket_->writing()) WaitForRoom();
  if (write_error_ != 0 || writing_paused_ || unsent_bytes() <= options_.write_high) return;
  writing_paused_ = true;
  calls_.PauseWriting();
}

void UvTransport::WriteEof() {
  if (closing_ || lost_ || eof_wanted_) return;
  eof_wanted_ = true;
  AfterFlush();
}

void UvTransport::Close() {
  if (closing_ || lost_) return;
  closing_ = true;
  socket_->StopReading();
  AfterFlush();
  PostIfDue();
}

void UvTransport::Abort() {
  if (socket_ == nullptr) return;
  closing_ = true;
  writes_.clear();
  unsent_ = 0;
  socket_->ResetOnClose();
  CloseSocket();
  PostIfDue();
}

void UvTransport::ResumeReading() {
  if (!reading_paused_) return;
  reading_paused_ = false;
  ReadOn();
  PostIfDue();
}

size_t UvTransport::unsent_bytes() const {
  return unsent_ + (socket_ != nullptr ? socket_->write_queue_bytes() : 0);
}

bool UvTransport::WantsToRead() const {
  return calls_.protocol() != nullptr && socket_ != nullptr && !closing_ && !reading_paused_ && !eof_arrived_ &&
         read_error_ == 0;
}

void UvTransport::ReadOn() {
  if (WantsToRead()) socket_->StartReading();
}

size_t UvTransport::Room() const { return WantsToRead() && arrived_.empty() ? options_.max_read : 0; }

void UvTransport::OnRead(Slice bytes) {
  if (bytes.empty()) {
    // A pause that has lasted until something came is worth the calls to the kernel; what fills the slot goes soon.
    if (!WantsToRead()) socket_->StopReading();
    return;
  }
  arrived_ = std::move(bytes);
  PostIfDue();
}

void UvTransport::OnEof() {
  eof_arrived_ = true;
  PostIfDue();
}

void UvTransport::OnReadError(int code) {
  read_error_ = code;
  PostIfDue();
}

void UvTransport::OnWritten(int status) {
  if (status != 0) return WriteFailed(status);
  Flush();
  PostIfDue();
}

void UvTransport::Flush() {
  while (!writes_.empty()) {
    uv_buf_t buffers[kSlicesAtOnce];
    const size_t count = std::min(kSlicesAtOnce, writes_.size());
    size_t size = 0;
    for (size_t i = 0; i < count; ++i) {
      buffers[i] = BufferOf(writes_[i]);
      size += buffers[i].len;
    }
    const ssize_t sent = socket_->TryWrite(absl::MakeConstSpan(buffers, count));
    if (sent < 0) return WriteFailed(static_cast<int>(sent));
    unsent_ -= static_cast<size_t>(sent);
    for (auto left = static_cast<size_t>(sent); left > 0;) {
      Slice& first = writes_.front();
      const size_t part = std::min(left, first.size());
      first.RemovePrefix(part);
      left -= part;
      if (first.empty()) writes_.pop_front();
    }
    if (static_cast<size_t>(sent) < size) return WaitForRoom();
  }
  AfterFlush();
}

void UvTransport::WaitForRoom() {
  const ssize_t taken = socket_->Write(writes_);
  if (taken < 0) return WriteFailed(static_cast<int>(taken));
  unsent_ -= static_cast<size_t>(taken);
}

void UvTransport::AfterFlush() {
  if (!writes_.empty() || socket_ == nullptr || socket_->writing()) return;
  if (closing_) {
    CloseSocket();
  } else if (eof_wanted_) {
    socket_->ShutDown();
  }
}

void UvTransport::WriteFailed(int code) {
  write_error_ = code;
  writes_.clear();
  unsent_ = 0;
  PostIfDue();
}

void UvTransport::CloseSocket() {
  if (socket_ == nullptr) return;
  if (!arrived_.empty()) socket_->ResetOnClose();
  arrived_ = Slice();
  socket_.reset();
}

void UvTransport::PostIfDue() {
  if (!ready_.posted() && Next() != Event::kNone) source_.loop().Post(source_, ready_);
}

UvTransport::Event UvTransport::Next() const {
  if (calls_.protocol() == nullptr || lost_) return Event::kNone;
  if (write_error_ != 0 || (closing_ && socket_ == nullptr)) return Event::kLoss;
  if (writing_paused_ && !calls_.pause_due() && unsent_bytes() <= options_.write_low) return Event::kResumeWriting;
  if (closing_ || reading_paused_) return Event::kNone;
  if (!arrived_.empty()) return Event::kData;
  if (read_error_ != 0) return Event::kLoss;
  return eof_arrived_ && !eof_reported_ ? Event::kEof : Event::kNone;
}

void UvTransport::OnReady() {
  const Event event = Next();
  if (event == Event::kNone) return;
  if (calls_.Survives([this, event] { Run(event); })) PostIfDue();
}

void UvTransport::Run(Event event) {
  switch (event) {
    case Event::kNone:
      break;
    case Event::kLoss:
      RunLoss();
      break;
    case Event::kResumeWriting:
      writing_paused_ = false;
      calls_.ResumeWriting();
      break;
    case Event::kData:
      calls_.DataReceived(std::exchange(arrived_, Slice()));
      break;
    case Event::kEof:
      eof_reported_ = true;
      if (calls_.EofReceived() && socket_ != nullptr) socket_->WatchForReset();
      break;
  }
}

void UvTransport::RunLoss() {
  lost_ = true;
  writes_.clear();
  unsent_ = 0;
  Result<void> outcome;
  if (!closing_) outcome = UvLossError(write_error_ != 0 ? write_error_ : read_error_, name());
  CloseSocket();
  calls_.ConnectionLost(std::move(outcome));
}

}  // namespace client
