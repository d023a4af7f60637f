#include "sim/world/world.h"

#include "sim/world/arena.h"
#include "sim/world/subject.h"

namespace sim {

const std::vector<Sometimes>& Program::sometimes() const {
  static const auto& none = *new std::vector<Sometimes>;
  return none;
}

void World::AddLaw(Law& law, bool every_step, bool every_lull) {
  if (!judges_.Has(law.id())) return;
  laws_.push_back(&law);
  if (every_step) step_laws_.push_back(&law);
  if (every_lull) lull_laws_.push_back(&law);
}

void World::Violate(LawId law, absl::FunctionRef<std::string()> describe) {
  if (violated() || !judges_.Has(law)) return;
  HostScope host;
  violation_.law = law;
  violation_.reason = describe();
  violation_.time_ns = elapsed_ns();
  violation_.step = history_.steps();
}

void World::EnterPhase(Phase phase) {
  phase_ = phase;
  Record(TraceKind::kPhase, Name(), static_cast<uint64_t>(phase));
  if (phase != Phase::kHealed) return;
  healed_ = true;
  // Hurt, heal, rest: what can hurt is no longer offered. Orders, delays and splits go on.
  for (Label label : {Label::kDnsAnswer, Label::kConnectOutcome, Label::kLinkFate, Label::kServerClose,
                      Label::kTaskCancel, Label::kClockJump}) {
    decisions_.Withdraw(label);
  }
}

}  // namespace sim
