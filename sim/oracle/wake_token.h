// WAKE-TOKEN: when all that is ready has run, nobody waits for a connection while one could be opened or reused.
//
// A waiter that is cancelled in the very step in which it is woken must pass the wake-up on. If it does not, a free
// slot and a sleeping waiter coexist until some timeout, and everyone behind that waiter sleeps too.
#ifndef SIM_ORACLE_WAKE_TOKEN_H_
#define SIM_ORACLE_WAKE_TOKEN_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"
#include "sim/oracle/slots.h"

namespace sim {

class WakeToken final : public LedgerLaw {
 public:
  WakeToken(World& world, Ledger& ledger, const Limits& limits)
      : LedgerLaw(world, ledger, LawId::kWakeToken, {}), limits_(limits) {}

  void AtLull() override { Judge(); }
  void AtStall() override { Judge(); }
  void AtQuiet() override { Judge(); }

 private:
  void Judge() {
    for (const WaiterRecord& waiter : ledger().waiters()) {
      if (!waiter.queued) continue;
      const Slots slots = CountSlots(world(), ledger(), waiter.key);
      if (!slots.can_serve(limits_)) continue;
      return Violated([&] {
        return absl::StrCat(words().Of(waiter.request), " waits for a slot of ", words().Of(waiter.key), " while ",
                            slots.idle_of_key > 0 ? "a connection to it lies idle" : "there is room for another",
                            " (", slots.all, " sockets, ", slots.of_key, " of them to it, ", slots.idle, " idle)");
      });
    }
  }

  const Limits& limits_;
};

}  // namespace sim

#endif  // SIM_ORACLE_WAKE_TOKEN_H_
