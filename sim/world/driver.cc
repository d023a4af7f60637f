#include "sim/world/driver.h"

#include "absl/strings/str_cat.h"

namespace sim {

using Phase = World::Phase;

bool Driver::Turn() {
  if (loop_.ready() > 0) return Step();
  // A timer that is due is as ready as anything: whoever arms one for now again and again is not stuck, he spins.
  if (!loop_.timers().empty() && loop_.timers().next_deadline_ns() <= loop_.now_ns()) return loop_.Advance();
  if (loop_.only_users_left()) {
    const bool nobody_left = loop_.only_giving_up_left();
    if (nobody_left && subject_.RunDry()) return true;
    // Also where the end of the chaos is all that would still move anything: what it heals was somebody's fault.
    // And where somebody sleeps: whoever has nothing to do with him must not be stuck meanwhile, unless what holds
    // him up is garbage that would be collected if the world did not sleep.
    const bool timeouts = loop_.armed(TimerKind::kTimeout) > 0;
    const bool stalled = nobody_left ? timeouts || Chaos() : subject_.Dry();
    if (stalled) world_.ForEachLaw(&Law::AtStall);
    if (world_.violated()) return false;
    if (!timeouts && nobody_left) return EndPhase();
  }
  // What comes behind the chaos window comes to a healed world.
  const int64_t next_ns = loop_.timers().next_deadline_ns() - Scheduler::kStartNs;
  if (Chaos() && next_ns >= world_.config().chaos_ns) return EndPhase();
  world_.LullLaws();
  if (world_.violated()) return false;
  loop_.Advance();
  return true;
}

bool Driver::Step() {
  loop_.Step();
  world_.AfterStep();
  if (world_.violated() || !world_.can_go_on()) return false;
  if (Chaos() && history_.steps() >= world_.config().chaos_steps) {
    chaos_ran_out_ = true;
    return EndPhase();
  }
  if (history_.steps() < world_.config().max_steps) return true;
  const uint64_t steps = history_.steps();
  world_.Violate(LawId::kNoSpin, [&] { return absl::StrCat("not at rest after ", steps, " steps"); });
  return false;
}

bool Driver::EndPhase() {
  switch (world_.phase()) {
    case Phase::kChaos:
      world_.EnterPhase(Phase::kHealed);
      subject_.Heal();
      return true;
    case Phase::kHealed:
      world_.EnterPhase(Phase::kQuiet);
      world_.ForEachLaw(&Law::AtQuiet);
      if (world_.violated()) return false;
      world_.EnterPhase(Phase::kClosing);
      subject_.Close();
      return true;
    case Phase::kQuiet:
    case Phase::kClosing:
    case Phase::kClosed:
      break;
  }
  world_.EnterPhase(Phase::kClosed);
  world_.ForEachLaw(&Law::AtClosed);
  if (!world_.violated()) subject_.Stopped();
  finished_ = true;
  return false;
}

}  // namespace sim
