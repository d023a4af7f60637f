#include "sim/http/request_id.h"

#include <cstdint>

namespace sim {

std::string FormatRequestId(client::Name request) {
  std::string text(16, '0');
  uint64_t id = request.id();
  for (size_t i = 16; i-- > 0; id >>= 4) text[i] = "0123456789abcdef"[id & 15];
  return text;
}

std::string AuthorityOf(absl::string_view url) {
  const size_t start = url.find("://") + 3;
  return std::string(url.substr(start, url.find('/', start) - start));
}

bool ParseRequestId(absl::string_view text, client::Name* request) {
  if (text.size() != 16) return false;
  uint64_t id = 0;
  for (const char c : text) {
    int digit;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else {
      return false;
    }
    id = id << 4 | static_cast<uint64_t>(digit);
  }
  *request = client::Name::FromId(id);
  return id != 0;
}

}  // namespace sim
