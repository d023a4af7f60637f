// The places where decisions are taken. Keep the list short: design by labels, not by call sites.
#ifndef SIM_CHOICE_LABEL_H_
#define SIM_CHOICE_LABEL_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace sim {

enum class Label : uint8_t {
  kLoopNext,        // which ready source runs next; 0 = the one that has been ready longest
  kLoopLate,        // no; the clock passes the next timer although sources are ready
  kDnsAnswer,       // ok, no such host, never answers, addresses in other order
  kConnectOutcome,  // ok, refused, reset, never answers
  kConnectDelay,    // menu of durations; 0 = none
  kLinkDelay,       // menu of durations; 0 = none
  kLinkSplit,       // all at once, 1 byte, up to a write's end, all but one byte
  kLinkFate,        // pass, hold, reset now, half-close now
  kServerPace,      // as scripted; pause here
  kServerClose,     // as scripted; close early; close after the head
  kGcCollect,       // drawn once per abandoned handle: after how many steps
  kGcOrder,         // order among those due
  kClockJump,       // none; the wall clock jumps
  kTaskCancel,      // go on; now; once woken but before it resumes; after a menu delay
  kHookSync,        // a user's hook or body source answers later; at once; fails at once
  kWorkloadMore,    // stop; one more
  kWorkloadNext,    // which kind of request
  kWorkloadSize,    // which entry of a menu of sizes (bodies, windows, buffers)
  kToy,             // decisions of subjects without a network
  kServerBytes,     // what a hostile server says next; 0 = what an honest one would
};
inline constexpr size_t kLabelCount = static_cast<size_t>(Label::kServerBytes) + 1;

absl::string_view LabelName(Label label);  // "loop.next"

// Returns false if there is no such label.
bool LabelFromName(absl::string_view name, Label* label);

}  // namespace sim

#endif  // SIM_CHOICE_LABEL_H_
