#include "sim/net/fault_plan.h"

namespace sim {

absl::string_view FateName(Fate fate) {
  static constexpr absl::string_view kNames[] = {"pass", "hold", "reset", "half-close"};
  return kNames[static_cast<size_t>(fate)];
}

bool FaultPlan::Allowed(Fate fate) const {
  switch (fate) {
    case Fate::kPass: return true;
    case Fate::kHold: return limits_.hold;
    case Fate::kReset: return limits_.reset;
    case Fate::kHalfClose: return limits_.half_close;
  }
  return false;
}

Fate FaultPlan::DrawOffered(Name direction, bool is_fin) {
  if (faults_ >= limits_.max_faults) return Fate::kPass;
  Fate last = is_fin ? Fate::kReset : Fate::kHalfClose;
  while (!Allowed(last)) last = static_cast<Fate>(static_cast<uint8_t>(last) - 1);
  const uint32_t count = static_cast<uint32_t>(last) + 1;
  const Fate fate = static_cast<Fate>(world_.Choose(Label::kLinkFate, direction, count));
  if (fate == Fate::kPass || !Allowed(fate)) return Fate::kPass;
  ++faults_;
  world_.Record(TraceKind::kFault, direction, static_cast<uint64_t>(fate));
  return fate;
}

}  // namespace sim
