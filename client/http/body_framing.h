// How the end of a message's body is found (RFC 9112 section 6).
#ifndef CLIENT_HTTP_BODY_FRAMING_H_
#define CLIENT_HTTP_BODY_FRAMING_H_

#include <cstdint>

namespace client {

struct BodyFraming {
  enum class Kind : uint8_t {
    kNone,        // the message has no body and says nothing of one
    kLength,      // Content-Length
    kChunked,     // Transfer-Encoding: chunked
    kUntilClose,  // the end of the connection ends the body; responses only
  };

  static constexpr BodyFraming None() { return BodyFraming{Kind::kNone, 0}; }
  static constexpr BodyFraming Length(uint64_t bytes) { return BodyFraming{Kind::kLength, bytes}; }
  static constexpr BodyFraming Chunked() { return BodyFraming{Kind::kChunked, 0}; }
  static constexpr BodyFraming UntilClose() { return BodyFraming{Kind::kUntilClose, 0}; }

  Kind kind = Kind::kNone;
  uint64_t length = 0;  // bytes; kLength only

  friend bool operator==(const BodyFraming&, const BodyFraming&) = default;
};

}  // namespace client

#endif  // CLIENT_HTTP_BODY_FRAMING_H_
