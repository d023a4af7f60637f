#include "sim/oracle/slots.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/world/arena.h"

namespace sim {

Slots CountSlots(const World& world, const Ledger& ledger, client::Name key) {
  Slots slots;
  for (const ConnectionRecord& connection : ledger.connections()) {
    // A lease on a dead connection ends when its holder looks; one who was abandoned does not look any more.
    const bool held = connection.use == ConnectionRecord::Use::kLeased && ledger.abandoned(connection.holder);
    if (!connection.exists() && !held) continue;
    if (connection.draining) continue;  // nobody waits for that: it is closed for whoever needs the slot
    const bool of_key = connection.key == key;
    const bool idle = connection.open() && connection.use == ConnectionRecord::Use::kIdle;
    slots.all += 1;
    slots.of_key += of_key ? 1 : 0;
    slots.idle += idle ? 1 : 0;
    slots.idle_of_key += idle && of_key ? 1 : 0;
  }
  for (const LookupRecord& lookup : ledger.lookups()) {
    if (!lookup.pending) continue;
    const HostScope host;
    slots.all += 1;
    slots.of_key += absl::StrContains(absl::StrCat(world.Text(key), ":"), absl::StrCat("/", lookup.host, ":")) ? 1 : 0;
  }
  // A task that was abandoned may have been given a slot that it does not use. Whose it was nobody says.
  for (const RequestRecord& request : ledger.requests()) {
    if (!request.live || request.phase != RequestRecord::Phase::kStarted || !ledger.abandoned(request.name)) continue;
    slots.all += 1;
    slots.of_key += 1;
  }
  return slots;
}

}  // namespace sim
