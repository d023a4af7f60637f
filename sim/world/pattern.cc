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

// Bytes [4 * group, 4 * group + 4) of a text of `size` bytes: a character of four bytes, two of two, or four of one.
void FillGroup(client::Name key, size_t group, size_t size, char* to) {
  const uint64_t word = Word(key.id(), group / 2) >> (group % 2 * 32);
  const auto bits = [word](int i, uint64_t mask) { return static_cast<unsigned char>(word >> (6 * i) & mask); };
  const size_t left = size - 4 * group;
  const uint64_t kind = word >> 24 & 3;
  if (left >= 4 && kind == 0) {
    const unsigned char bytes[] = {0xF0, 0x9F, static_cast<unsigned char>(0x80 | bits(0, 0x3F)),
                                   static_cast<unsigned char>(0x80 | bits(1, 0x3F))};
    std::memcpy(to, bytes, 4);
  } else if (left >= 4 && kind == 1) {
    const unsigned char bytes[] = {0xC3, static_cast<unsigned char>(0x80 | bits(0, 0x3F)), 0xD0,
                                   static_cast<unsigned char>(0x80 | bits(1, 0x3F))};
    std::memcpy(to, bytes, 4);
  } else {
    for (size_t i = 0; i < 4 && i < left; ++i) to[i] = static_cast<char>('@' + bits(static_cast<int>(i), 0x1F));
  }
}

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

client::Name MessageKey(client::Name socket, bool from_client, uint64_t number) {
  const auto index = static_cast<uint32_t>(number);
  return from_client ? socket.Child("client_message", index) : socket.Child("server_message", index);
}

void FillMessage(client::Name key, bool text, char* to, size_t size) {
  if (!text) return FillPattern(key, 0, to, size);
  for (size_t group = 0; 4 * group < size; ++group) FillGroup(key, group, size, to + 4 * group);
}

size_t MatchMessage(client::Name key, bool text, absl::string_view bytes) {
  if (!text) return MatchPattern(key, 0, bytes);
  for (size_t i = 0; i < bytes.size(); i += 4) {
    char right[4];
    FillGroup(key, i / 4, bytes.size(), right);
    for (size_t j = i; j < i + 4 && j < bytes.size(); ++j) {
      if (bytes[j] != right[j - i]) return j;
    }
  }
  return bytes.size();
}

void FillRepeating(client::Name key, uint64_t offset, char* to, size_t size) {
  uint64_t word = Word(key.id(), offset / kRepeat);
  for (size_t i = 0; i < size; ++i) {
    const uint64_t at = offset + i;
    if (at % kRepeat == 0) word = Word(key.id(), at / kRepeat);
    to[i] = static_cast<char>(word >> (at % 8 * 8));
  }
}

size_t MatchRepeating(client::Name key, uint64_t offset, absl::string_view bytes) {
  uint64_t word = Word(key.id(), offset / kRepeat);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint64_t at = offset + i;
    if (at % kRepeat == 0) word = Word(key.id(), at / kRepeat);
    if (bytes[i] != static_cast<char>(word >> (at % 8 * 8))) return i;
  }
  return bytes.size();
}

}  // namespace sim
