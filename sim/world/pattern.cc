#include "sim/world/pattern.h"

#include <cstring>

namespace sim {
namespace {

// Bytes [8 * index, 8 * index + 8), little-endian. Two multiplications a word; neighbours and keys differ everywhere.
uint64_t Word(uint64_t key, uint64_t index) {
  const uint64_t x = (key ^ index) * 0x9e3779b97f4a7c15u;
  return (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9u;
}

char ByteAt(uint64_t key, uint64_t offset) { return static_cast<char>(Word(key, offset / 8) >> (offset % 8 * 8)); }

}  // namespace

void FillPattern(client::Name key, uint64_t offset, char* to, size_t size) {
  size_t i = 0;
  for (; i < size && (offset + i) % 8 != 0; ++i) to[i] = ByteAt(key.id(), offset + i);
  for (; i + 8 <= size; i += 8) {
    const uint64_t word = Word(key.id(), (offset + i) / 8);
    std::memcpy(to + i, &word, 8);
  }
  for (; i < size; ++i) to[i] = ByteAt(key.id(), offset + i);
}

size_t MatchPattern(client::Name key, uint64_t offset, absl::string_view bytes) {
  size_t i = 0;
  const auto same = [&] { return bytes[i] == ByteAt(key.id(), offset + i); };
  for (; i < bytes.size() && (offset + i) % 8 != 0; ++i) {
    if (!same()) return i;
  }
  for (; i + 8 <= bytes.size(); i += 8) {
    const uint64_t word = Word(key.id(), (offset + i) / 8);
    if (std::memcmp(bytes.data() + i, &word, 8) != 0) break;
  }
  for (; i < bytes.size(); ++i) {
    if (!same()) return i;
  }
  return i;
}

}  // namespace sim
