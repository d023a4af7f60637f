// Whether bytes are text, found out in another way than the client's validator does: each character is decoded, and
// must be one (no surrogate, not beyond U+10FFFF) in its shortest form (RFC 3629 section 3).
#ifndef SIM_ORACLE_UTF8_H_
#define SIM_ORACLE_UTF8_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace sim {

inline bool IsText(absl::string_view bytes) {
  constexpr uint32_t kFirst[] = {0, 0x80, 0x800, 0x10000};  // the first character that needs so many more bytes
  for (size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<uint8_t>(bytes[i++]);
    const size_t more = lead < 0x80 ? 0 : lead >> 5 == 6 ? 1 : lead >> 4 == 14 ? 2 : lead >> 3 == 30 ? 3 : 4;
    if (more == 4 || more > bytes.size() - i) return false;
    uint32_t character = more == 0 ? lead : lead & (0x3Fu >> more);
    for (const size_t end = i + more; i < end; ++i) {
      const auto next = static_cast<uint8_t>(bytes[i]);
      if (next >> 6 != 2) return false;
      character = character << 6 | (next & 0x3F);
    }
    if (character < kFirst[more] || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)) return false;
  }
  return true;
}

}  // namespace sim

#endif  // SIM_ORACLE_UTF8_H_
