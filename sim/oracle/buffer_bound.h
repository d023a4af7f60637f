// BUFFER-BOUND: of a body, no more waits to be read than the high-water mark and one read of the socket.
//
// So no read gives more than that at once either, or, of a body that is decoded, a chunk of the decoder's.
// Counted in the bytes that the framing on the wire hands over and that the user has taken, not in what the client says
// is buffered; what it says must equal what it was fed and has not given away. Of the body of a request, no more than
// the write high-water mark waits for the network when the next piece is asked for. Catches back-pressure that does
// not press, and counts that drift from the bytes.
#ifndef SIM_ORACLE_BUFFER_BOUND_H_
#define SIM_ORACLE_BUFFER_BOUND_H_

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/http/content_decoder.h"
#include "sim/oracle/ledger_law.h"
#include "sim/oracle/limits.h"

namespace sim {

class BufferBound final : public LedgerLaw {
 public:
  BufferBound(World& world, Ledger& ledger, const Limits& limits)
      : LedgerLaw(world, ledger, LawId::kBufferBound,
                  {Fact::kDelivered, Fact::kPayloadFed, Fact::kUploadGiven, Fact::kBodyRead, Fact::kFramesDelivered}),
        limits_(limits) {}

  void OnDelivered(const ExchangeRecord& exchange) override {
    if (exchange.body_delivered <= bound()) return;
    const RequestRecord* request = ledger().FindRequest(exchange.request);
    if (request == nullptr || !request->live || request->body_ends > 0) return;
    const PayloadRecord* payload = ledger().FindPayload(request->payload);
    const uint64_t read = exchange.encoded ? 0 : request->body_read;
    const uint64_t taken = std::max(read, payload != nullptr ? payload->read : 0);
    const uint64_t waiting = exchange.body_delivered - std::min(taken, exchange.body_delivered);
    if (waiting <= bound()) return;
    Violated([&] {
      return absl::StrCat(Grouped(waiting), " bytes of the body of ", words().Of(request->name),
                          " wait to be read, where ", Grouped(bound()), " is the bound");
    });
  }

  // The message that goes over the mark counts in full, and so does the rest of the read in which it ends. What comes
  // while the user closes is dropped.
  void OnFramesDelivered(const WebSocketRecord& socket) override {
    const RequestRecord* request = ledger().FindRequest(socket.name);
    const PayloadRecord* payload = request != nullptr ? ledger().FindPayload(request->payload) : nullptr;
    if (payload == nullptr || payload->ends > 0 || socket.closing) return;
    uint64_t largest = 0;
    for (const MessageRecord& message : socket.sent) largest = std::max(largest, message.bytes);
    const uint64_t most = socket.terms.high_water + largest + limits_.max_read;
    const uint64_t taken = std::max(socket.received_bytes, payload->read);
    const uint64_t waiting = socket.delivered_bytes - std::min(taken, socket.delivered_bytes);
    if (waiting <= most) return;
    Violated([&] {
      return absl::StrCat(Grouped(waiting), " bytes of the messages of ", words().Of(socket.name),
                          " wait to be read, where ", Grouped(most), " is the bound");
    });
  }

  void OnBodyRead(const RequestRecord& request, uint64_t offset, absl::string_view bytes) override {
    const uint64_t most = std::max<uint64_t>(bound(), client::ContentDecoder::kChunk);
    if (bytes.size() <= most) return;
    Violated([&] {
      return absl::StrCat("one read gave ", Grouped(bytes.size()), " bytes of the body of ", words().Of(request.name),
                          ", where ", Grouped(most), " is the bound");
    });
  }

  void OnPayloadFed(const PayloadRecord& payload) override {
    JudgeUntruthful(payload);
    if (payload.claimed_buffered == payload.buffered()) return;
    Violated([&] {
      return absl::StrCat(words().OfPayload(payload), " counts ", Grouped(payload.claimed_buffered),
                          " bytes, and holds ", Grouped(payload.buffered()));
    });
  }

  void OnUploadGiven(const RequestRecord& request, uint64_t bytes) override {
    const ConnectionRecord* connection = ledger().FindConnection(request.connection);
    // What is written to a connection that was reset is gone, also before the client has been told.
    if (connection == nullptr || !connection->open() || connection->reset || !request.live) return;
    // Heads and the framing of chunks count as sent, too: the bound is generous by that.
    const uint64_t sent = connection->sent[kClientEnd] - connection->sent_before;
    const uint64_t given = connection->upload_given - bytes;
    if (given <= sent + limits_.write_high_water) return;
    Violated([&] {
      return absl::StrCat(Grouped(given - sent), " bytes of the upload of ", words().Of(request.name),
                          " wait to be sent, where ", Grouped(limits_.write_high_water), " is the bound");
    });
  }

 private:
  // Where nobody can say what of it belongs to a body, the client's own count is bounded.
  void JudgeUntruthful(const PayloadRecord& payload) {
    const ConnectionRecord* connection = ledger().FindConnection(payload.connection);
    if (connection == nullptr || !connection->untruthful || payload.buffered() <= bound()) return;
    if (connection->said.find("HTTP/1.1 101 ") != std::string::npos) return;  // messages have bounds of their own
    Violated([&] {
      return absl::StrCat(Grouped(payload.buffered()), " bytes of ", words().OfPayload(payload),
                          " wait to be read, where ", Grouped(bound()), " is the bound");
    });
  }

  uint64_t bound() const { return limits_.read_high_water + limits_.max_read; }

  const Limits& limits_;
};

}  // namespace sim

#endif  // SIM_ORACLE_BUFFER_BOUND_H_
