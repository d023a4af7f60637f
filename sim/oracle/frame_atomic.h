// FRAME-ATOMIC: what a client sends on a WebSocket is whole frames, and messages that are contiguous (RFC 6455 sections
// 5.1, 5.4 and 5.5): masked frames, no message inside another, control frames whole and short, text that is UTF-8,
// pongs that answer a ping, and nothing behind a Close. Where messages are compressed (RFC 7692), the server restores
// what was sent: both ends have the same window, however sends were cut short.
//
// The servers check it strictly. Catches two senders on one connection, a send that is cancelled in the middle, a close
// that does not wait for the frame under way, and masks and lengths that are wrong.
#ifndef SIM_ORACLE_FRAME_ATOMIC_H_
#define SIM_ORACLE_FRAME_ATOMIC_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"
#include "sim/world/pattern.h"

namespace sim {

class FrameAtomic final : public LedgerLaw {
 public:
  FrameAtomic(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kFrameAtomic, {Fact::kFramesMalformed, Fact::kMessageArrived}) {}

  void OnFramesMalformed(const WebSocketRecord& socket, absl::string_view why) override {
    Violated([&] {
      return absl::StrCat("what the server of ", words().Of(socket.name), " got on ", words().Of(socket.connection),
                          " is not WebSocket: ", why);
    });
  }

  void OnMessageArrived(const WebSocketRecord& socket, bool text, absl::string_view bytes) override {
    if (!socket.compressed) return;
    for (size_t i = socket.arrived; i < socket.given.size(); ++i) {
      const MessageRecord& given = socket.given[i];
      const bool alike = given.text == text && given.bytes == bytes.size();
      if (alike && MatchMessage(given.key, text, bytes) == bytes.size()) return;
    }
    Violated([&] {
      return absl::StrCat("what the server of ", words().Of(socket.name), " inflated is none of the messages to come: ",
                          Grouped(bytes.size()), " bytes");
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_FRAME_ATOMIC_H_
