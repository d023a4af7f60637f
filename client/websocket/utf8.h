// UTF-8 checked as it arrives (RFC 3629): surrogates, overlong forms and what lies beyond U+10FFFF are refused.
#ifndef CLIENT_WEBSOCKET_UTF8_H_
#define CLIENT_WEBSOCKET_UTF8_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace client {

class Utf8Validator {
 public:
  // False at the first byte that no continuation could make valid. After that it must be Reset().
  bool Feed(absl::string_view bytes);
  // No character has been begun and not ended.
  bool complete() const { return missing_ == 0; }
  void Reset() { *this = Utf8Validator(); }

 private:
  uint8_t missing_ = 0;       // bytes of the current character still to come
  uint8_t lowest_ = 0x80;     // what the next of them may be
  uint8_t highest_ = 0xBF;
};

bool IsUtf8(absl::string_view text);

}  // namespace client

#endif  // CLIENT_WEBSOCKET_UTF8_H_
