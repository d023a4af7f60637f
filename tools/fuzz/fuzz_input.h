// How the bytes of a fuzzer are read: a few that say how to feed the rest, then the rest. And how a fuzzer objects.
#ifndef TOOLS_FUZZ_FUZZ_INPUT_H_
#define TOOLS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace wavetank {

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  // 0 behind the end.
  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const uint8_t byte = static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return byte;
  }
  // Sizes of pieces: a byte that says how many, at most 15, and one for each, from 1 to 256.
  std::vector<size_t> Pieces() {
    std::vector<size_t> sizes(Byte() % 16);
    for (size_t& size : sizes) size = size_t{1} + Byte();
    return sizes;
  }
  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

// `text` in pieces of these sizes, over and over; one piece if there are no sizes. At least one piece, maybe empty.
inline std::vector<absl::string_view> Cut(absl::string_view text, const std::vector<size_t>& sizes) {
  std::vector<absl::string_view> pieces;
  if (sizes.empty()) return {text};
  for (size_t i = 0; !text.empty(); ++i) {
    const size_t size = std::min(sizes[i % sizes.size()], text.size());
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  if (pieces.empty()) pieces.push_back(text);
  return pieces;
}

// Ends the process unless `holds`: for a fuzzer that is a finding.
inline void Require(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "the input shows that this does not hold: %s\n", claim);
  std::abort();
}

inline void RequireSame(const std::string& one, const std::string& other, const char* claim) {
  if (one == other) return;
  std::fprintf(stderr, "one:   %s\nother: %s\n", absl::CHexEscape(one).c_str(), absl::CHexEscape(other).c_str());
  Require(false, claim);
}

}  // namespace wavetank

#endif  // TOOLS_FUZZ_FUZZ_INPUT_H_
