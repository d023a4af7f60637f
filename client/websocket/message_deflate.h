// Messages compressed and restored (RFC 7692 section 7.2), on zlib: bytes in, bytes out, no I/O, for either end.
//
//   1. The window goes on from message to message unless the parameters say otherwise. So what one end compresses, the
//      other must inflate, all of it and in that order: a deflated fragment that is not sent spoils every later one.
//      Compress and write in one step.
//   2. Each fragment ends at a byte, so that the peer can restore what it has received. The last one goes without the
//      octets 00 00 FF FF at its end, which the receiver puts back.
//   3. A message may consist of any blocks, final ones as well (section 7.2.3.4). It must end behind a block.
//
// zlib's memory comes from operator new, at the first message.
#ifndef CLIENT_WEBSOCKET_MESSAGE_DEFLATE_H_
#define CLIENT_WEBSOCKET_MESSAGE_DEFLATE_H_

#include <zlib.h>

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "client/base/slice.h"
#include "client/websocket/deflate_parameters.h"
#include "client/websocket/message.h"

namespace client {

class MessageDeflater {
 public:
  // `role` is ours. `parameters` must be valid.
  MessageDeflater(const DeflateParameters& parameters, WebSocketRole role);
  MessageDeflater(const MessageDeflater&) = delete;
  MessageDeflater& operator=(const MessageDeflater&) = delete;
  ~MessageDeflater();

  // The payload of the next fragment of the current message; `last` ends the message. Valid until the next call.
  absl::string_view Deflate(absl::string_view part, bool last);

 private:
  void Open();
  void Grow();

  const int window_bits_;
  const bool takeover_;
  z_stream stream_ = {};
  bool open_ = false;         // stream_ has been initialised
  Buffer* output_ = nullptr;  // kept from call to call
  size_t output_size_ = 0;
};

class MessageInflater {
 public:
  struct Output {
    size_t size;   // bytes written; fewer than there was room for: all input has been used up
    bool corrupt;  // the input is not deflate; `size` bytes came before that
  };

  // `role` is ours. `parameters` must be valid.
  MessageInflater(const DeflateParameters& parameters, WebSocketRole role);
  MessageInflater(const MessageInflater&) = delete;
  MessageInflater& operator=(const MessageInflater&) = delete;
  ~MessageInflater();

  // Per message: BeginMessage(), its payload, and kTail behind it; then it is complete if EndsWithABlock().
  void BeginMessage();
  // Takes from the front of `input`, and writes at most `room` bytes, at least one, to `output`.
  Output Inflate(absl::string_view& input, char* output, size_t room);
  bool EndsWithABlock() const;

  static constexpr absl::string_view kTail = absl::string_view("\x00\x00\xFF\xFF", 4);

 private:
  bool BeginStream();

  const int window_bits_;
  const bool takeover_;
  z_stream stream_ = {};
  bool open_ = false;   // stream_ has been initialised
  bool final_ = false;  // its last block was final: another stream follows, with the same window
};

}  // namespace client

#endif  // CLIENT_WEBSOCKET_MESSAGE_DEFLATE_H_
