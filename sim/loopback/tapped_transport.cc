#include "sim/loopback/tapped_transport.h"

#include <utility>

#include "client/net/uv_transport.h"

namespace sim {

bool RealConnection::UnderWay(End to) const {
  const Side& reader = sides[static_cast<size_t>(to)];
  const Side& writer = sides[to == End::kClient ? 1 : 0];
  if (!reader.was_there) return writer.transport != nullptr;  // it is about to be accepted
  if (reader.transport == nullptr || reader.told || !reader.reads) return false;
  if (reader.transport->closing() || reader.transport->reading_paused()) return false;
  return reader.received < writer.sent || writer.ended;
}

TappedTransport::TappedTransport(World& world, WireObserver& wire, std::shared_ptr<RealConnection> connection, End end,
                                 Name connection_name, Name name, std::unique_ptr<client::Transport> transport)
    : world_(world),
      wire_(wire),
      connection_(std::move(connection)),
      end_(end),
      connection_name_(connection_name),
      name_(name),
      transport_(std::move(transport)) {
  mine().transport = transport_.get();
  mine().was_there = true;
}

TappedTransport::~TappedTransport() {
  NoteClosed();
  mine().transport = nullptr;
  mine().ended = true;
}

void TappedTransport::SetProtocol(client::Protocol* protocol) {
  protocol_ = protocol;
  mine().reads = protocol != nullptr;
  transport_->SetProtocol(protocol == nullptr ? nullptr : this);
}

void TappedTransport::Write(client::Slice bytes) {
  if (!mine().ended && !closing() && !bytes.empty()) {
    mine().sent += bytes.size();
    world_.Record(TraceKind::kSend, name_, bytes.size());
    wire_.BytesSent(connection_name_, end_, bytes.view());
  }
  transport_->Write(std::move(bytes));  // may destroy this
}

void TappedTransport::WriteEof() {
  NoteFin();
  transport_->WriteEof();
}

void TappedTransport::Close() {
  NoteFin();
  transport_->Close();
}

void TappedTransport::Abort() {
  mine().ended = true;
  static_cast<client::UvTransport&>(*transport_).Abort();
}

void TappedTransport::PauseReading() {
  if (reading_paused()) return;
  transport_->PauseReading();
  if (closed_noted_) return;
  world_.Record(TraceKind::kPause, name_);
  if (end_ == End::kClient) wire_.ReadingPaused(connection_name_);
}

void TappedTransport::ResumeReading() {
  if (!reading_paused()) return;
  transport_->ResumeReading();
  if (closed_noted_) return;
  world_.Record(TraceKind::kResume, name_);
  if (end_ == End::kClient) wire_.ReadingResumed(connection_name_);
}

void TappedTransport::DataReceived(client::Slice bytes) {
  mine().received += bytes.size();
  world_.Record(TraceKind::kReceive, name_, bytes.size());
  wire_.BytesReceived(connection_name_, end_, bytes.view());
  protocol_->DataReceived(std::move(bytes));
}

void TappedTransport::EofReceived() {
  mine().told = true;
  wire_.FinReceived(connection_name_, end_);
  protocol_->EofReceived();
}

void TappedTransport::ConnectionLost(client::Result<void> error) {
  mine().told = true;
  mine().ended = true;
  if (!error.ok()) wire_.Reset(connection_name_, end_ == End::kClient ? End::kServer : End::kClient);
  NoteClosed();
  wire_.LossReported(connection_name_, end_);
  protocol_->ConnectionLost(std::move(error));
}

void TappedTransport::NoteFin() {
  if (closing() || std::exchange(mine().ended, true)) return;
  wire_.FinSent(connection_name_, end_);
}

void TappedTransport::NoteClosed() {
  if (std::exchange(closed_noted_, true)) return;
  world_.Record(TraceKind::kClosed, name_, 0);
  if (end_ == End::kClient) wire_.SocketClosed(connection_name_);
}

}  // namespace sim
