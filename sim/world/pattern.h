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

}  // namespace sim

#endif  // SIM_WORLD_PATTERN_H_
