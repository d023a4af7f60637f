#include "sim/net/tls_tap.h"

#include <algorithm>
#include <utility>

namespace sim {

TlsTap::Stream* TlsTap::Find(Name connection) {
  for (Stream& stream : streams_) {
    if (stream.connection == connection) return &stream;
  }
  return nullptr;
}

void TlsTap::RecordWritten(Name connection, absl::string_view plain, uint64_t end) {
  if (Stream* stream = Find(connection)) stream->records.push_back({end, std::string(plain)});
}

void TlsTap::EndWritten(Name connection, uint64_t end) {
  if (Stream* stream = Find(connection)) stream->records.push_back({end, ""});
}

void TlsTap::SocketOpened(Name connection, absl::string_view host_port) {
  wire_.SocketOpened(connection, host_port);
  Watch(connection, host_port);
}

void TlsTap::Tunnelled(Name connection, absl::string_view host_port) {
  wire_.Tunnelled(connection, host_port);
  Watch(connection, host_port);
}

void TlsTap::Watch(Name connection, absl::string_view host_port) {
  if (std::find(addresses_.begin(), addresses_.end(), host_port) == addresses_.end()) return;
  streams_.emplace_back().connection = connection;
  wire_.Encrypted(connection);
}

void TlsTap::SocketClosed(Name connection) {
  std::erase_if(streams_, [&](const Stream& stream) { return stream.connection == connection; });
  wire_.SocketClosed(connection);
}

void TlsTap::BytesReceived(Name connection, End to, absl::string_view bytes) {
  wire_.BytesReceived(connection, to, bytes);
  Stream* const stream = to == End::kClient ? Find(connection) : nullptr;
  if (stream == nullptr) return;
  stream->received += bytes.size();
  while (!stream->records.empty() && stream->records.front().end <= stream->received) {
    const Record record = std::move(stream->records.front());
    stream->records.pop_front();
    if (record.plain.empty()) {
      wire_.PlainEnded(connection);
    } else {
      wire_.PlainReceived(connection, record.plain);
    }
  }
}

}  // namespace sim
