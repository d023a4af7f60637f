// What a hostile server can say: tokens, by the place in a response where they belong. Internal to HostileServer.
//
// The first alternative of each menu is what an honest server would say there, so that a tape of zeros is an honest
// response, and each decision spoils one place of it: what lies behind is still reached.
#ifndef SIM_HTTP_HOSTILE_MENU_H_
#define SIM_HTTP_HOSTILE_MENU_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace sim {

// `text`, so many times.
struct HostileToken {
  absl::string_view text;
  uint32_t times = 1;
};

using HostileMenu = absl::Span<const HostileToken>;

HostileMenu HostileStatusLines();
HostileMenu HostileFramings();  // header fields that say where the body ends
HostileMenu HostileFields();    // other header fields; the first one is none
HostileMenu HostileHeadEnds();
HostileMenu HostileBodies();    // behind a length
HostileMenu HostileChunks();    // the first one ends the body
HostileMenu HostileBehind();    // behind a response; the first one is nothing
HostileMenu HostileFrames();    // of a WebSocket; the first one is nothing

}  // namespace sim

#endif  // SIM_HTTP_HOSTILE_MENU_H_
