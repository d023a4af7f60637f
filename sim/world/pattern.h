// Bodies whose every byte is a function of (who it is for, offset), so that a truncated, doubled, shifted or foreign
// byte is seen where it surfaces.
#ifndef SIM_WORLD_PATTERN_H_
#define SIM_WORLD_PATTERN_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "client/base/name.h"

namespace sim {

// Writes bytes [offset, offset + size) of the body of `key`.
void FillPattern(client::Name key, uint64_t offset, char* to, size_t size);

// The position in `bytes` of the first byte that is not the pattern's; bytes.size() if all are.
size_t MatchPattern(client::Name key, uint64_t offset, absl::string_view bytes);

// The key of the `number`-th message, from 0, that one end of a WebSocket makes up.
client::Name MessageKey(client::Name socket, bool from_client, uint64_t number);

// A whole message of `key`: the pattern, or with `text` characters of one, two and four bytes made from it.
void FillMessage(client::Name key, bool text, char* to, size_t size);
// The position of the first byte that is not the message's; bytes.size() if all are.
size_t MatchMessage(client::Name key, bool text, absl::string_view bytes);

// The same for bodies that can be compressed: each word of the pattern again and again, for kRepeat bytes.
constexpr uint64_t kRepeat = 512;
void FillRepeating(client::Name key, uint64_t offset, char* to, size_t size);
size_t MatchRepeating(client::Name key, uint64_t offset, absl::string_view bytes);

}  // namespace sim

#endif  // SIM_WORLD_PATTERN_H_
