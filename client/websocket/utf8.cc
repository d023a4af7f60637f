#include "client/websocket/utf8.h"

#include <cstring>

namespace client {
namespace {

// The length of the prefix that is ASCII, in steps of eight bytes.
size_t AsciiWords(const char* data, size_t size) {
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    std::memcpy(&word, data + i, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  return i;
}

}  // namespace

bool Utf8Validator::Feed(absl::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (missing_ == 0) {
      i += AsciiWords(bytes.data() + i, bytes.size() - i);
      if (i == bytes.size()) break;
    }
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (missing_ != 0) {
      if (byte < lowest_ || byte > highest_) return false;
      lowest_ = 0x80;
      highest_ = 0xBF;
      --missing_;
      continue;
    }
    if (byte < 0x80) continue;
    if (byte < 0xC2 || byte > 0xF4) return false;
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (byte == 0xE0) lowest_ = 0xA0;
    if (byte == 0xED) highest_ = 0x9F;
    if (byte == 0xF0) lowest_ = 0x90;
    if (byte == 0xF4) highest_ = 0x8F;
  }
  return true;
}

bool IsUtf8(absl::string_view text) {
  Utf8Validator validator;
  return validator.Feed(text) && validator.complete();
}

}  // namespace client
