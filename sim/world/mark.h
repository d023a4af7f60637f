// Marks: the situations that a run can come to, by name, for scenarios that say which of them they are about.
//
// A scenario that never comes to its situation proves nothing, however many runs hold. So it may declare marks
// (`sometimes` in scenario.proto), and a campaign that never reaches one of them is red. The vocabulary is fixed and
// small: each mark is set by the ledger (sim/oracle) from what the simulator sees.
#ifndef SIM_WORLD_MARK_H_
#define SIM_WORLD_MARK_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/name.h"

namespace sim {

// Of a request, unless something else is said.
enum class MarkId : uint8_t {
  kQueued,               // "queued": it waits for a slot of the pool
  kReused,               // "reused": it is given a connection that has served another one
  kSentAgain,            // "sent again": it is given another connection after it was sent on one
  kConnectFailed,        // "connect failed": of a connection, also where the attempt was given up
  kCancelledQueued,      // "cancelled while queued"
  kCancelledConnecting,  // "cancelled while connecting": it has no connection yet, and does not wait for a slot
  kCancelledServed,      // "cancelled when served": it was given a connection, and has sent nothing on it
  kCancelledSending,     // "cancelled while sending"
  kCancelledWaiting,     // "cancelled while waiting": for the head of the response
  kCancelledReading,     // "cancelled while reading": the body was still arriving
  kTimedOut,             // "timed out"
  kDisconnected,         // "disconnected": it failed because its connection broke
  kSourceFailed,         // "source failed": it failed because the source of its body did
  kCutByClosing,         // "cut by closing": it failed because the session was closed
  kEarlyResponse,        // "early response": the head of the response came before all of the request was sent
  kContinued,            // "continued": its server has told it to go on (100 Continue)
  kGivenUp,              // "given up": its user let the response go before all of it had come
  kAbandoned,            // "abandoned": of any handle: it was left to the collector
  kPaused,               // "reading paused": of its connection
  kResumed,              // "reading resumed"
  kDrained,              // "drained": the rest of a response that was given up was read, and its connection kept
  kDrainEnded,           // "drain ended": ... was too much or too slow, and its connection closed
  kIdleLost,             // "idle connection lost": of a connection: it ended while it was in the pool
  kLostUnanswered,       // "lost unanswered": its connection ended before a head came, and it had sent something
  kReset,                // "reset": of a connection
  kUnasked,              // "unasked bytes": of a connection: the server said what belongs to no response
  kUnaskedCross,         // "unasked bytes cross": ... while a request was on its way
  kClosesCross,          // "closes cross": both ends of a WebSocket say Close before they hear the other's
  kPingCrossesClose,     // "ping crosses close": a ping comes while the client closes its WebSocket
  kMessageCrossesClose,  // "message crosses close": the same of a message
  kToy,                  // "toy": of subjects without a network; no scenario can ask for it
};
inline constexpr size_t kMarkCount = static_cast<size_t>(MarkId::kToy) + 1;

absl::string_view MarkName(MarkId mark);  // "cancelled while queued"

// Returns false if there is no such mark.
bool MarkFromName(absl::string_view name, MarkId* mark);

// What a campaign must come to.
struct Sometimes {
  MarkId mark = MarkId::kQueued;
  client::Name task;  // whose requests; empty: anybody's
  std::string text;   // as the scenario says it
};

}  // namespace sim

#endif  // SIM_WORLD_MARK_H_
