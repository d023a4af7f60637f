// FRAME-ATOMIC: what a client sends on a WebSocket is whole frames, and messages that are contiguous (RFC 6455 sections
// 5.1, 5.4 and 5.5): masked frames, no message inside another, control frames whole and short, text that is UTF-8,
// pongs that answer a ping, and nothing behind a Close.
//
// The servers check it strictly. Catches two senders on one connection, a send that is cancelled in the middle, a close
// that does not wait for the frame under way, and masks and lengths that are wrong.
#ifndef SIM_ORACLE_FRAME_ATOMIC_H_
#define SIM_ORACLE_FRAME_ATOMIC_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class FrameAtomic final : public LedgerLaw {
 public:
  FrameAtomic(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kFrameAtomic, {Fact::kFramesMalformed}) {}

  void OnFramesMalformed(const WebSocketRecord& socket, absl::string_view why) override {
    Violated([&] {
      return absl::StrCat("what the server of ", words().Of(socket.name), " got on ", words().Of(socket.connection),
                          " is not WebSocket: ", why);
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_FRAME_ATOMIC_H_
