#include "sim/net/sim_transport.h"

#include <algorithm>
#include <utility>

namespace sim {

using client::ClientError;
using client::ErrorKind;
using client::Result;
using client::Slice;

SimTransport::SimTransport(SimConnection& connection, End end, const client::SocketOptions& options)
    : options_(options), socket_(connection, end, *this) {}

SimTransport::~SimTransport() = default;

void SimTransport::SetProtocol(client::Protocol* protocol) {
  calls_.set_protocol(protocol);
  PostIfDue();
}

void SimTransport::Write(Slice bytes) {
  if (closing_ || lost_ || eof_wanted_ || write_failed_ || bytes.empty()) return;
  if (socket_.error() != SimSocket::Error::kNone) {
    write_failed_ = true;
    return PostIfDue();
  }
  if (writes_.empty()) {
    bytes.RemovePrefix(socket_.Send(bytes.view()));
    if (bytes.empty()) return;
  }
  unsent_ += bytes.size();
  writes_.push_back(std::move(bytes));
  if (unsent_ <= options_.write_high || writing_paused_) return;
  writing_paused_ = true;
  calls_.PauseWriting();
}

void SimTransport::WriteEof() {
  if (closing_ || lost_ || eof_wanted_) return;
  eof_wanted_ = true;
  AfterFlush();
}

void SimTransport::Close() {
  if (closing_ || lost_) return;
  closing_ = true;
  AfterFlush();
  PostIfDue();
}

void SimTransport::Abort() {
  if (lost_) return;
  closing_ = true;
  writes_.clear();
  unsent_ = 0;
  socket_.Reset();
  PostIfDue();
}

void SimTransport::PauseReading() {
  if (reading_paused_) return;
  reading_paused_ = true;
  if (!socket_.closed()) {
    socket_.host().world.Record(TraceKind::kPause, name());
    if (socket_.end() == End::kClient) socket_.host().wire.ReadingPaused(name());
  }
}

void SimTransport::ResumeReading() {
  if (!reading_paused_) return;
  reading_paused_ = false;
  if (!socket_.closed()) {
    socket_.host().world.Record(TraceKind::kResume, name());
    if (socket_.end() == End::kClient) socket_.host().wire.ReadingResumed(name());
  }
  PostIfDue();
}

void SimTransport::OnReady() {
  if (lost_) return;
  Flush();
  const Event event = Next();
  if (event == Event::kNone) return;
  if (calls_.Survives([this, event] { Run(event); })) PostIfDue();
}

void SimTransport::Flush() {
  while (!writes_.empty()) {
    if (socket_.error() != SimSocket::Error::kNone) {
      write_failed_ = true;
      writes_.clear();
      unsent_ = 0;
      break;
    }
    Slice& first = writes_.front();
    const size_t sent = socket_.Send(first.view());
    unsent_ -= sent;
    if (sent < first.size()) {
      first.RemovePrefix(sent);
      return;
    }
    writes_.pop_front();
  }
  AfterFlush();
}

void SimTransport::AfterFlush() {
  if (!writes_.empty()) return;
  if (closing_) {
    socket_.Close();
  } else if (eof_wanted_) {
    socket_.Shutdown();
  }
}

SimTransport::Event SimTransport::Next() const {
  if (calls_.protocol() == nullptr || lost_) return Event::kNone;
  if (closing_ && socket_.closed()) return Event::kLoss;
  const bool reset = socket_.error() != SimSocket::Error::kNone;
  if (reset && (closing_ || write_failed_ || !writes_.empty())) return Event::kLoss;
  if (writing_paused_ && !calls_.pause_due() && unsent_ <= options_.write_low) return Event::kResumeWriting;
  if (closing_ || reading_paused_) return Event::kNone;
  if (socket_.readable() > 0) return Event::kData;
  if (reset) return Event::kLoss;
  return socket_.eof() && !eof_reported_ ? Event::kEof : Event::kNone;
}

void SimTransport::Run(Event event) {
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
      RunData();
      break;
    case Event::kEof:
      eof_reported_ = true;
      socket_.host().wire.FinReceived(socket_.connection_name(), socket_.end());
      calls_.EofReceived();
      break;
  }
}

void SimTransport::RunData() {
  const size_t size = std::min(options_.max_read, socket_.readable());
  client::Buffer* const buffer = client::Buffer::New(size);
  Slice bytes = Slice::Adopt(buffer, 0, size);
  socket_.Receive(buffer->data(), size);
  calls_.DataReceived(std::move(bytes));
}

void SimTransport::RunLoss() {
  lost_ = true;
  writes_.clear();
  unsent_ = 0;
  Result<void> outcome;
  if (!closing_) {
    outcome = ClientError(ErrorKind::kDisconnected, "connection reset by peer").On(socket_.connection_name());
  }
  socket_.Close();
  socket_.host().wire.LossReported(socket_.connection_name(), socket_.end());
  calls_.ConnectionLost(std::move(outcome));
}

}  // namespace sim
