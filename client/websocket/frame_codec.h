// WebSocket frames as bytes, and bytes as messages (RFC 6455 section 5). No I/O. It wraps wslay's frame-level API.
//
//   1. However the input is cut into pieces, the events are the same.
//   2. A message is delivered whole, however it was fragmented. Control frames are delivered when they come, also in
//      the middle of a message.
//   3. Refused, as ErrorKind::kProtocol with the close_code() to answer: reserved bits and opcodes, lengths that are
//      not minimal, masked frames from a server and unmasked ones from a client, control frames that are fragmented or
//      longer than 125 bytes, continuations of nothing, messages inside messages, text or reasons that are not UTF-8,
//      close codes that must not be sent, messages above the maximum. Errors are sticky. A frame is refused when its
//      header has come, text at the first byte that cannot be UTF-8.
//   4. Nothing is delivered after a Close frame or an error; input after it is ignored.
//   5. Once permessage-deflate is agreed, messages whose first frame has RSV1 are inflated as they come (RFC 7692). The
//      maximum is then of what was inflated: no more than that is ever held. UTF-8 is checked behind the inflation.
//
// Memory: wslay allocates with malloc and offers no hooks. So no context of wslay's outlives a call: the header of a
// frame is collected here, given to a fresh context, and read off; payloads never pass through it on the way in. All
// state that lasts is in these objects and in Buffers, both of operator new, so that a world that is rewound or moved
// takes its half-received frames along.
#ifndef CLIENT_WEBSOCKET_FRAME_CODEC_H_
#define CLIENT_WEBSOCKET_FRAME_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/base/error.h"
#include "client/base/slice.h"
#include "client/net/entropy.h"
#include "client/websocket/deflate_parameters.h"
#include "client/websocket/message.h"
#include "client/websocket/message_deflate.h"
#include "client/websocket/utf8.h"

namespace client {

enum class FrameOpcode : uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

class FrameDecoder {
 public:
  // Called from inside Feed(). None may destroy the decoder or feed it.
  class Events {
   public:
    virtual ~Events() = default;
    virtual void OnMessage(WebSocketMessage message) = 0;
    virtual void OnPing(Slice payload) = 0;
    virtual void OnPong(Slice payload) = 0;
    virtual void OnClose(uint16_t code, absl::string_view reason) = 0;  // kCloseNoStatus if it says nothing
  };

  // `role` is ours: a client receives frames without a mask. `message_bytes_max` is inclusive. `events` is not owned.
  FrameDecoder(WebSocketRole role, size_t message_bytes_max, Events& events);
  FrameDecoder(const FrameDecoder&) = delete;
  FrameDecoder& operator=(const FrameDecoder&) = delete;
  ~FrameDecoder();

  // From now on messages may be compressed as `agreed`. Before the first Feed().
  void EnableDeflate(const DeflateParameters& agreed);

  // Consumes all of `input`. A message that lies in it as one frame is delivered as a part of it, without a copy.
  Result<void> Feed(const Slice& input);
  // Delivers nothing more.
  void Stop() { stopped_ = true; }

  bool closed() const { return closed_; }  // a Close frame has come
  // What to say in our Close frame after an error.
  uint16_t close_code() const { return close_code_; }
  // Bytes held: of a message that is not complete, inflated if it was compressed, and of a frame's header.
  size_t buffered() const { return message_size_ + control_size_ + header_size_; }

  std::string DebugString() const;  // "text, 70000 bytes so far, in a frame with 5536 bytes to come"

 private:
  static constexpr size_t kHeaderMax = 14;
  static constexpr size_t kControlMax = 125;

  size_t HeaderWanted() const;
  Result<void> TakeHeader();
  Result<void> CheckReservedBits(uint8_t bits, FrameOpcode opcode);
  Result<void> BeginFrame();
  Result<void> TakePayload(Slice part);
  Result<void> TakePart(absl::string_view part);
  Result<void> Inflate(absl::string_view part);
  Result<void> EndInflation();
  Result<void> TakeWholeMessage(Slice payload);
  Result<void> EndFrame();
  Result<void> EndControl();
  Result<void> CheckText(absl::string_view part);
  void Append(absl::string_view part);
  void MakeRoom(size_t size);
  Slice TakeMessage();
  ClientError Refuse(uint16_t code, absl::string_view why);
  ClientError RefuseSize();

  const WebSocketRole role_;
  const size_t message_bytes_max_;
  Events& events_;
  char header_[kHeaderMax];
  size_t header_size_ = 0;
  bool in_frame_ = false;  // its header has come, its end has not
  bool fin_ = false;
  bool masked_ = false;
  FrameOpcode opcode_ = FrameOpcode::kContinuation;
  uint64_t frame_left_ = 0;  // bytes of payload to come
  uint64_t frame_size_ = 0;
  char mask_[4];
  bool in_message_ = false;  // its first frame has come, its last has not
  MessageType type_ = MessageType::kText;
  bool compressed_ = false;  // the message
  absl::optional<MessageInflater> inflater_;
  Buffer* message_ = nullptr;
  size_t message_size_ = 0;
  Utf8Validator utf8_;
  char control_[kControlMax];
  size_t control_size_ = 0;
  bool closed_ = false;
  bool stopped_ = false;
  uint16_t close_code_ = kCloseNormal;
  absl::optional<ClientError> error_;
};

// One frame as bytes, in one allocation. `mask` is null for a server, whose frames have none. Control frames need `fin`
// and at most 125 bytes.
Slice EncodeFrame(FrameOpcode opcode, bool fin, absl::string_view payload, Entropy* mask);
// The same for a frame of a compressed message, whose `payload` comes from MessageDeflater: with RSV1 on the first.
Slice EncodeDeflatedFrame(FrameOpcode opcode, bool fin, absl::string_view payload, Entropy* mask);
// A Close frame; the code is left out if it must not be sent. The reason is cut to what fits, between characters.
Slice EncodeCloseFrame(uint16_t code, absl::string_view reason, Entropy* mask);

}  // namespace client

#endif  // CLIENT_WEBSOCKET_FRAME_CODEC_H_
