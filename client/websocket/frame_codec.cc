#include "client/websocket/frame_codec.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "wslay/wslay.h"

namespace client {
namespace {

// wslay's view of one call: what it may read, where it writes, whose dice it throws.
struct Exchange {
  absl::string_view input;
  char* output = nullptr;
  size_t written = 0;
  Entropy* entropy = nullptr;
};

ssize_t Receive(uint8_t* buffer, size_t size, int, void* argument) {
  auto& exchange = *static_cast<Exchange*>(argument);
  const size_t part = std::min(size, exchange.input.size());
  if (part == 0) return -1;
  std::memcpy(buffer, exchange.input.data(), part);
  exchange.input.remove_prefix(part);
  return static_cast<ssize_t>(part);
}

ssize_t Send(const uint8_t* data, size_t size, int, void* argument) {
  auto& exchange = *static_cast<Exchange*>(argument);
  std::memcpy(exchange.output + exchange.written, data, size);
  exchange.written += size;
  return static_cast<ssize_t>(size);
}

int Mask(uint8_t* buffer, size_t size, void* argument) {
  const uint64_t bits = static_cast<Exchange*>(argument)->entropy->Next();
  for (size_t i = 0; i < size; ++i) buffer[i] = static_cast<uint8_t>(bits >> (8 * i));
  return 0;
}

// A context of wslay's for the duration of one call.
class Context {
 public:
  explicit Context(Exchange& exchange) {
    const wslay_frame_callbacks callbacks = {&Send, &Receive, &Mask};
    CHECK(wslay_frame_context_init(&context_, &callbacks, &exchange) == 0);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { wslay_frame_context_free(context_); }
  wslay_frame_context_ptr get() const { return context_; }

 private:
  wslay_frame_context_ptr context_ = nullptr;
};

size_t HeaderSize(uint64_t payload, bool masked) {
  return 2 + (payload < 126 ? 0 : payload < (1 << 16) ? 2 : 8) + (masked ? 4 : 0);
}

bool IsKnown(uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }
bool IsControl(FrameOpcode opcode) { return wslay_is_ctrl_frame(static_cast<uint8_t>(opcode)); }

}  // namespace

FrameDecoder::FrameDecoder(WebSocketRole role, size_t message_bytes_max, Events& events)
    : role_(role), message_bytes_max_(message_bytes_max), events_(events) {}

FrameDecoder::~FrameDecoder() {
  if (message_ != nullptr) message_->Unref();
}

void FrameDecoder::EnableDeflate(const DeflateParameters& agreed) { inflater_.emplace(agreed, role_); }

Result<void> FrameDecoder::Feed(const Slice& input) {
  if (error_.has_value()) return *error_;
  size_t at = 0;
  while (!stopped_ && at < input.size()) {
    if (!in_frame_) {
      const size_t part = std::min(HeaderWanted() - header_size_, input.size() - at);
      std::memcpy(header_ + header_size_, input.data() + at, part);
      header_size_ += part;
      at += part;
      if (header_size_ < HeaderWanted()) continue;
      Result<void> begun = TakeHeader();
      if (!begun.ok()) return begun;
    } else {
      const size_t part = static_cast<size_t>(std::min<uint64_t>(frame_left_, input.size() - at));
      Result<void> taken = TakePayload(input.Sub(at, part));
      if (!taken.ok()) return taken;
      at += part;
    }
    if (in_frame_ && frame_left_ == 0) {
      Result<void> ended = EndFrame();
      if (!ended.ok()) return ended;
    }
  }
  return Result<void>();
}

size_t FrameDecoder::HeaderWanted() const {
  if (header_size_ < 2) return 2;
  const auto second = static_cast<uint8_t>(header_[1]);
  const uint8_t length = second & 0x7F;
  return 2 + (length < 126 ? 0 : length == 126 ? 2 : 8) + ((second & 0x80) != 0 ? 4 : 0);
}

Result<void> FrameDecoder::TakeHeader() {
  // wslay reports a header with the first byte of its payload: any byte will do.
  char bytes[kHeaderMax + 1];
  std::memcpy(bytes, header_, header_size_);
  bytes[header_size_] = 0;
  Exchange exchange;
  exchange.input = absl::string_view(bytes, header_size_ + 1);
  wslay_frame_iocb frame = {};
  ssize_t received;
  {
    const Context context(exchange);
    received = wslay_frame_recv(context.get(), &frame);
  }
  if (received < 0) return Refuse(kCloseProtocolError, "a malformed frame header");
  if (!IsKnown(frame.opcode)) return Refuse(kCloseProtocolError, absl::StrCat("unknown opcode ", frame.opcode));
  if ((frame.mask != 0) != (role_ == WebSocketRole::kServer)) {
    return Refuse(kCloseProtocolError, frame.mask != 0 ? "a masked frame from a server" : "an unmasked frame");
  }
  fin_ = frame.fin != 0;
  masked_ = frame.mask != 0;
  opcode_ = static_cast<FrameOpcode>(frame.opcode);
  const Result<void> reserved = CheckReservedBits(frame.rsv, opcode_);
  if (!reserved.ok()) return reserved;
  frame_size_ = frame_left_ = frame.payload_length;
  if (masked_) std::memcpy(mask_, header_ + header_size_ - 4, 4);
  header_size_ = 0;
  return BeginFrame();
}

Result<void> FrameDecoder::CheckReservedBits(uint8_t bits, FrameOpcode opcode) {
  const bool begins_message = opcode == FrameOpcode::kText || opcode == FrameOpcode::kBinary;
  const uint8_t allowed = inflater_.has_value() && begins_message ? WSLAY_RSV1_BIT : WSLAY_RSV_NONE;
  if ((bits & ~allowed) != 0) return Refuse(kCloseProtocolError, "reserved bits are set");
  if (begins_message && !in_message_) compressed_ = bits != 0;
  return Result<void>();
}

Result<void> FrameDecoder::BeginFrame() {
  in_frame_ = true;
  control_size_ = 0;
  if (IsControl(opcode_)) return Result<void>();
  if ((opcode_ == FrameOpcode::kContinuation) != in_message_) {
    return Refuse(kCloseProtocolError, in_message_ ? "a message inside a message" : "a continuation of nothing");
  }
  if (!compressed_ && frame_size_ > message_bytes_max_ - message_size_) return RefuseSize();
  if (!in_message_) {
    in_message_ = true;
    type_ = opcode_ == FrameOpcode::kText ? MessageType::kText : MessageType::kBinary;
    utf8_.Reset();
    if (compressed_) inflater_->BeginMessage();
  }
  return Result<void>();
}

Result<void> FrameDecoder::TakePayload(Slice part) {
  char unmasked[256];
  while (masked_ && !part.empty()) {
    const size_t size = std::min(part.size(), sizeof(unmasked));
    const uint64_t offset = frame_size_ - frame_left_;
    for (size_t i = 0; i < size; ++i) unmasked[i] = static_cast<char>(part.data()[i] ^ mask_[(offset + i) % 4]);
    frame_left_ -= size;
    part.RemovePrefix(size);
    Result<void> taken = TakePart(absl::string_view(unmasked, size));
    if (!taken.ok()) return taken;
  }
  if (part.empty()) return Result<void>();
  const bool message = !IsControl(opcode_) && !compressed_;
  const bool whole = message && fin_ && message_size_ == 0 && part.size() == frame_size_;
  frame_left_ -= part.size();
  if (!whole) return TakePart(part.view());
  Result<void> text = CheckText(part.view());
  if (!text.ok()) return text;
  return TakeWholeMessage(std::move(part));
}

Result<void> FrameDecoder::TakePart(absl::string_view part) {
  if (compressed_ && !IsControl(opcode_)) return Inflate(part);
  Append(part);
  return CheckText(part);
}

Result<void> FrameDecoder::Inflate(absl::string_view part) {
  for (;;) {
    // At the maximum, whether there is one byte more.
    char excess = 0;
    const bool full = message_size_ == message_bytes_max_;
    if (!full) MakeRoom(message_size_ + 1);
    char* const output = full ? &excess : message_->data() + message_size_;
    const size_t room = full ? 1 : std::min<size_t>(message_->capacity(), message_bytes_max_) - message_size_;
    const MessageInflater::Output made = inflater_->Inflate(part, output, room);
    if (full && made.size > 0) return RefuseSize();
    message_size_ += made.size;
    Result<void> text = CheckText(absl::string_view(output, made.size));
    if (!text.ok()) return text;
    if (made.corrupt) return Refuse(kCloseInvalidData, "corrupt compressed data");
    if (made.size < room) return text;
  }
}

Result<void> FrameDecoder::EndInflation() {
  Result<void> inflated = Inflate(MessageInflater::kTail);
  if (inflated.ok() && !inflater_->EndsWithABlock()) {
    return Refuse(kCloseInvalidData, "compressed data that ends inside a block");
  }
  return inflated;
}

Result<void> FrameDecoder::TakeWholeMessage(Slice payload) {
  in_frame_ = in_message_ = false;
  if (!utf8_.complete()) return Refuse(kCloseInvalidData, "text that ends inside a character");
  events_.OnMessage(WebSocketMessage{type_, std::move(payload)});
  return Result<void>();
}

Result<void> FrameDecoder::CheckText(absl::string_view part) {
  if (IsControl(opcode_) || type_ != MessageType::kText) return Result<void>();
  if (!utf8_.Feed(part)) return Refuse(kCloseInvalidData, "text that is not UTF-8");
  return Result<void>();
}

void FrameDecoder::Append(absl::string_view part) {
  if (IsControl(opcode_)) {
    std::memcpy(control_ + control_size_, part.data(), part.size());
    control_size_ += part.size();
    return;
  }
  const size_t size = message_size_ + part.size();
  MakeRoom(size);
  std::memcpy(message_->data() + message_size_, part.data(), part.size());
  message_size_ = size;
}

void FrameDecoder::MakeRoom(size_t size) {
  if (message_ != nullptr && size <= message_->capacity()) return;
  // Twice what has arrived, never what is merely announced.
  constexpr size_t kSmallest = 256;
  const size_t wanted = std::max({size, kSmallest, 2 * message_size_});
  Buffer* const grown = Buffer::New(std::min(wanted, std::max(size, message_bytes_max_)));
  if (message_ != nullptr) {
    std::memcpy(grown->data(), message_->data(), message_size_);
    message_->Unref();
  }
  message_ = grown;
}

Result<void> FrameDecoder::EndFrame() {
  in_frame_ = false;
  if (IsControl(opcode_)) return EndControl();
  if (!fin_) return Result<void>();
  if (compressed_) {
    Result<void> inflated = EndInflation();
    if (!inflated.ok()) return inflated;
  }
  in_message_ = false;
  if (type_ == MessageType::kText && !utf8_.complete()) {
    return Refuse(kCloseInvalidData, "text that ends inside a character");
  }
  events_.OnMessage(WebSocketMessage{type_, TakeMessage()});
  return Result<void>();
}

Result<void> FrameDecoder::EndControl() {
  const absl::string_view payload(control_, std::exchange(control_size_, 0));
  if (opcode_ == FrameOpcode::kPing) {
    events_.OnPing(Slice::Copy(payload));
  } else if (opcode_ == FrameOpcode::kPong) {
    events_.OnPong(Slice::Copy(payload));
  } else {
    uint16_t code = kCloseNoStatus;
    absl::string_view reason;
    if (payload.size() == 1) return Refuse(kCloseProtocolError, "a Close frame of one byte");
    if (payload.size() >= 2) {
      code = static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]));
      reason = payload.substr(2);
      if (!IsSendableCloseCode(code)) return Refuse(kCloseProtocolError, absl::StrCat("close code ", code));
      if (!IsUtf8(reason)) return Refuse(kCloseInvalidData, "a close reason that is not UTF-8");
    }
    closed_ = stopped_ = true;
    events_.OnClose(code, reason);
  }
  return Result<void>();
}

Slice FrameDecoder::TakeMessage() {
  const size_t size = std::exchange(message_size_, 0);
  if (size == 0) return Slice();
  return Slice::Adopt(std::exchange(message_, nullptr), 0, size);
}

ClientError FrameDecoder::Refuse(uint16_t code, absl::string_view why) {
  close_code_ = code;
  stopped_ = true;
  message_size_ = control_size_ = 0;
  if (message_ != nullptr) std::exchange(message_, nullptr)->Unref();
  error_ = ClientError(ErrorKind::kProtocol, absl::StrCat("bad WebSocket frame: ", why));
  return *error_;
}

ClientError FrameDecoder::RefuseSize() {
  return Refuse(kCloseMessageTooBig, absl::StrCat("a message of more than ", message_bytes_max_, " bytes"));
}

std::string FrameDecoder::DebugString() const {
  if (error_.has_value()) return absl::StrCat("failed: ", error_->message());
  if (closed_) return "closed";
  std::string text = "between messages";
  if (in_message_) {
    text = absl::StrCat(type_ == MessageType::kText ? "text, " : "binary, ", message_size_, " bytes so far");
  }
  if (in_frame_) absl::StrAppend(&text, ", in a frame with ", frame_left_, " bytes to come");
  return text;
}

namespace {

Slice Encode(FrameOpcode opcode, bool fin, uint8_t reserved, absl::string_view payload, Entropy* mask) {
  CHECK(!IsControl(opcode) || (fin && payload.size() <= 125));
  const size_t size = HeaderSize(payload.size(), mask != nullptr) + payload.size();
  Buffer* buffer = Buffer::New(size);
  Exchange exchange;
  exchange.output = buffer->data();
  exchange.entropy = mask;
  wslay_frame_iocb frame = {};
  frame.fin = fin ? 1 : 0;
  frame.rsv = reserved;
  frame.opcode = static_cast<uint8_t>(opcode);
  frame.payload_length = payload.size();
  frame.mask = mask != nullptr ? 1 : 0;
  frame.data = reinterpret_cast<const uint8_t*>(payload.data());
  frame.data_length = payload.size();
  const Context context(exchange);
  CHECK_EQ(static_cast<size_t>(wslay_frame_send(context.get(), &frame)), payload.size());
  CHECK_EQ(exchange.written, size);
  return Slice::Adopt(buffer, 0, size);
}

}  // namespace

Slice EncodeFrame(FrameOpcode opcode, bool fin, absl::string_view payload, Entropy* mask) {
  return Encode(opcode, fin, WSLAY_RSV_NONE, payload, mask);
}

Slice EncodeDeflatedFrame(FrameOpcode opcode, bool fin, absl::string_view payload, Entropy* mask) {
  CHECK(!IsControl(opcode));
  const bool first = opcode != FrameOpcode::kContinuation;
  return Encode(opcode, fin, first ? WSLAY_RSV1_BIT : WSLAY_RSV_NONE, payload, mask);
}

Slice EncodeCloseFrame(uint16_t code, absl::string_view reason, Entropy* mask) {
  if (!IsSendableCloseCode(code)) return EncodeFrame(FrameOpcode::kClose, true, "", mask);
  constexpr size_t kReasonMax = 123;
  if (reason.size() > kReasonMax) {
    size_t size = kReasonMax;
    while (size > 0 && (static_cast<uint8_t>(reason[size]) & 0xC0) == 0x80) --size;
    reason = reason.substr(0, size);
  }
  char payload[kReasonMax + 2];
  payload[0] = static_cast<char>(code >> 8);
  payload[1] = static_cast<char>(code & 0xFF);
  std::memcpy(payload + 2, reason.data(), reason.size());
  return EncodeFrame(FrameOpcode::kClose, true, absl::string_view(payload, reason.size() + 2), mask);
}

}  // namespace client
