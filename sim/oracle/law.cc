#include "sim/oracle/law.h"

#include "sim/world/world.h"

namespace sim {
namespace {

constexpr absl::string_view kNames[kLawCount] = {
    "",           "PROGRESS",    "CLEAN-IDLE",   "EXACT-BODY",    "REQ-FRAMING",  "OWNERSHIP",  "LIMIT",
    "CONSERVATION", "WAKE-TOKEN", "FAIR",        "ONCE",          "NO-ORPHAN",    "TIMER-OWNER", "PAUSE⇒RESUME",
    "BOUNDED-CLOSE", "BUFFER-BOUND", "NO-SPIN",  "GENERATION",    "RETRY-SAFE",   "TIMEOUT-EXACT", "ERROR≠EOF",
    "FRAME-ATOMIC", "EOF-ONCE",   "EXPECT",      "CRASH",
};

}  // namespace

absl::string_view LawName(LawId law) { return kNames[static_cast<size_t>(law)]; }

bool LawFromName(absl::string_view name, LawId* law) {
  if (name == "PAUSE=>RESUME") name = LawName(LawId::kPauseResume);
  if (name == "ERROR!=EOF") name = LawName(LawId::kErrorNotEof);
  for (size_t i = 1; i < kLawCount; ++i) {
    if (kNames[i] != name) continue;
    *law = static_cast<LawId>(i);
    return true;
  }
  return false;
}

void Law::Violated(absl::FunctionRef<std::string()> describe) const { world_.Violate(id_, describe); }

}  // namespace sim
