// CONSERVATION: where no request is live, no connection is on lease and none is being made.
//
// Judged at rest. A connection that was upgraded takes up its slot until it ends: it never goes back to the pool.
// Catches leases that were never given back, and connects that outlive whoever wanted them.
#ifndef SIM_ORACLE_CONSERVATION_H_
#define SIM_ORACLE_CONSERVATION_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class Conservation final : public LedgerLaw {
 public:
  Conservation(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kConservation, {Fact::kConnectionIdle}) {}

  void OnConnectionIdle(const ConnectionRecord& connection) override {
    if (!connection.tracker.upgraded()) return;
    Violated([&] {
      return absl::StrCat(words().Of(connection.name), ", which is a WebSocket's, was given back to the pool");
    });
  }

  void AtStall() override { Judge(); }
  void AtQuiet() override { Judge(); }

 private:
  void Judge() {
    if (ledger().live_requests() > 0) return;
    for (const ConnectionRecord& connection : ledger().connections()) {
      const bool connecting = connection.connecting();
      const bool leased = connection.use == ConnectionRecord::Use::kLeased;
      if (!connecting && !leased) continue;
      return Violated([&] {
        return absl::StrCat(words().Of(connection.name), connecting ? " is being made" : " is on lease",
                            " although no request is under way",
                            connecting ? "" : absl::StrCat("; ", words().Of(connection.holder), " had it last"));
      });
    }
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_CONSERVATION_H_
