// Who takes up the slots of the pool, counted in sockets and lookups.
#ifndef SIM_ORACLE_SLOTS_H_
#define SIM_ORACLE_SLOTS_H_

#include <cstdint>

#include "client/base/name.h"
#include "sim/oracle/ledger.h"
#include "sim/oracle/limits.h"
#include "sim/world/world.h"

namespace sim {

struct Slots {
  // Sockets that exist, but for those that are drained, and lookups under way, each of which will become one.
  uint32_t all = 0;
  uint32_t of_key = 0;
  uint32_t idle = 0;    // among them: connections that wait in the pool
  uint32_t idle_of_key = 0;

  bool host_full(const Limits& limits) const { return limits.limit_per_host != 0 && of_key >= limits.limit_per_host; }
  bool full(const Limits& limits) const { return limits.limit != 0 && all >= limits.limit; }
  // A waiter for the key could be served: by an idle connection, by a free slot, or by one that can be made free.
  bool can_serve(const Limits& limits) const {
    return idle_of_key > 0 || (!host_full(limits) && (!full(limits) || idle > 0));
  }
};

Slots CountSlots(const World& world, const Ledger& ledger, client::Name key);

}  // namespace sim

#endif  // SIM_ORACLE_SLOTS_H_
