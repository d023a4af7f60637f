// Stable names for everything that can be scheduled, waited for or blamed: "download#1", "pool/connection#2".
//
// A name is a path of kinds and numbers under a parent. Its identity is a 64-bit hash of that path, so that making one
// costs two multiplications and no allocation, and the same thing has the same name in every run, process and build.
// The text is needed only for people: EventLoop::Register() lets a simulation remember how to render it.
#ifndef CLIENT_BASE_NAME_H_
#define CLIENT_BASE_NAME_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace client {

// One word of a path. The text is not owned and must outlive every use: a literal, or a string of the host's.
class NameKind {
 public:
  template <size_t N>
  consteval NameKind(const char (&literal)[N])  // NOLINT: implicit, so that call sites read as words
      : text_(literal), size_(N - 1), hash_(Hash(literal, N - 1)) {}

  static constexpr NameKind FromStable(absl::string_view text) { return NameKind(text.data(), text.size()); }

  constexpr absl::string_view text() const { return absl::string_view(text_, size_); }
  constexpr uint64_t hash() const { return hash_; }

 private:
  constexpr NameKind(const char* text, size_t size)
      : text_(text), size_(static_cast<uint32_t>(size)), hash_(Hash(text, size)) {}

  // FNV-1a, 64 bit (Fowler, Noll, Vo): kinds are short and hashed once.
  static constexpr uint64_t Hash(const char* text, size_t size) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<unsigned char>(text[i])) * 0x100000001b3u;
    return hash;
  }

  const char* text_;
  uint32_t size_;
  uint64_t hash_;
};

class Name {
 public:
  constexpr Name() = default;

  // The name of the `number`-th `kind` under this one; number 0 means "the only one" and is not printed.
  constexpr Name Child(const NameKind& kind, uint32_t number) const {
    uint64_t hash = (id_ ^ kind.hash()) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ (hash >> 32) ^ number) * 0xd6e8feb86659fd93u;
    return Name(hash ^ (hash >> 32));
  }

  constexpr uint64_t id() const { return id_; }
  static constexpr Name FromId(uint64_t id) { return Name(id); }
  constexpr bool empty() const { return id_ == 0; }

  friend constexpr bool operator==(Name a, Name b) { return a.id_ == b.id_; }
  friend constexpr bool operator<(Name a, Name b) { return a.id_ < b.id_; }

 private:
  explicit constexpr Name(uint64_t id) : id_(id) {}
  uint64_t id_ = 0;
};

}  // namespace client

#endif  // CLIENT_BASE_NAME_H_
