// What the network may do to bytes: the one place where a fault of the wire is decided (`link.fate`).
//
// The scenario offers the label and says here which fates may happen and how often; after the network has healed the
// label is withdrawn and everything passes. Which fate an index stands for never depends on the limits, so that a tape
// keeps its meaning when they change: a fate that is not allowed passes.
#ifndef SIM_NET_FAULT_PLAN_H_
#define SIM_NET_FAULT_PLAN_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "sim/world/world.h"

namespace sim {

enum class Fate : uint8_t {
  kPass,
  kHold,       // this and everything behind it waits until the network heals
  kReset,      // both ends see the connection reset, now
  kHalfClose,  // the reader sees FIN instead of this and everything behind it; the writer is told nothing
};

absl::string_view FateName(Fate fate);  // "hold"

class FaultPlan {
 public:
  struct Limits {
    bool hold = true;
    bool reset = true;
    bool half_close = true;
    uint32_t max_faults = ~0u;  // in all connections together
  };

  FaultPlan(World& world, const Limits& limits) : world_(world), limits_(limits) {}

  // Decides about one segment of `direction`. A FIN (`is_fin`) is not half-closed: it is one.
  Fate Draw(Name direction, bool is_fin) {
    return world_.offers(Label::kLinkFate) ? DrawOffered(direction, is_fin) : Fate::kPass;
  }

  uint32_t faults() const { return faults_; }
  void set_limits(const Limits& limits) { limits_ = limits; }

 private:
  Fate DrawOffered(Name direction, bool is_fin);
  bool Allowed(Fate fate) const;

  World& world_;
  Limits limits_;
  uint32_t faults_ = 0;
};

}  // namespace sim

#endif  // SIM_NET_FAULT_PLAN_H_
