#include "sim/choice/bytes_source.h"

namespace sim {
namespace {

constexpr uint32_t kOneByte = 256;  // alternatives that one byte can name

}  // namespace

uint32_t BytesSource::Choose(const Question& question) {
  uint32_t number = Take();
  if (question.count > kOneByte) number += Take() << 8;
  return number % question.count;
}

std::string BytesSource::FromTape(const TapeEntry* begin, const TapeEntry* end) {
  std::string bytes;
  for (const TapeEntry* entry = begin; entry != end; ++entry) {
    bytes += static_cast<char>(entry->index & 0xff);
    if (entry->count > kOneByte) bytes += static_cast<char>(entry->index >> 8);
  }
  const size_t last = bytes.find_last_not_of('\0');
  bytes.resize(last == std::string::npos ? 0 : last + 1);
  return bytes;
}

}  // namespace sim
