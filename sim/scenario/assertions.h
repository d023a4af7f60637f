// What a scenario asserts in a user's words, and the laws that watch over it.
//
// This table is the only place where the two meet. Laws that stand behind no assertion (LIMIT, REQ-FRAMING, EXPECT,
// CRASH and others) always judge.
#ifndef SIM_SCENARIO_ASSERTIONS_H_
#define SIM_SCENARIO_ASSERTIONS_H_

#include <array>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "sim/oracle/law.h"

namespace sim {

struct Assertion {
  absl::string_view name;     // the field of sim.Assert
  absl::string_view meaning;  // one sentence, for people
  absl::Span<const LawId> laws;
};

inline constexpr LawId kNoDeadlockLaws[] = {LawId::kProgress,    LawId::kCleanIdle,    LawId::kWakeToken,
                                            LawId::kPauseResume, LawId::kBoundedClose, LawId::kFair};
inline constexpr LawId kNoTruncationLaws[] = {LawId::kExactBody, LawId::kErrorNotEof, LawId::kOwnership};
inline constexpr LawId kNoLeakedResponseLaws[] = {LawId::kConservation, LawId::kNoOrphan, LawId::kTimerOwner,
                                                  LawId::kGeneration};
inline constexpr LawId kNoMissingIsEofLaws[] = {LawId::kEofOnce, LawId::kOnce};

inline constexpr std::array<Assertion, 4> kAssertions = {{
    {"no_deadlock", "whoever waits, waits for something that can still happen", kNoDeadlockLaws},
    {"no_truncation", "every byte of a body reaches its own reader, and a cut body is never a clean end",
     kNoTruncationLaws},
    {"no_leaked_response", "at the end no response, connection, slot, waiter, timer or block of memory is left",
     kNoLeakedResponseLaws},
    {"no_missing_is_eof", "every body ends exactly once, and can say at any moment whether it has",
     kNoMissingIsEofLaws},
}};

}  // namespace sim

#endif  // SIM_SCENARIO_ASSERTIONS_H_
