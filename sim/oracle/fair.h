// FAIR: whoever waits for a connection is served before those who came later for the same key.
//
// Leaving the queue early is no offence: the one who left may have been cancelled. Being given a connection then is.
// Catches wake-ups that go to the wrong end of a queue, and newcomers who take what was meant for a waiter.
#ifndef SIM_ORACLE_FAIR_H_
#define SIM_ORACLE_FAIR_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class Fair final : public LedgerLaw {
 public:
  Fair(World& world, Ledger& ledger) : LedgerLaw(world, ledger, LawId::kFair, {Fact::kConnectionAcquired}) {}

  void OnConnectionAcquired(const ConnectionRecord& connection, const RequestRecord& request,
                            Name previous_holder) override {
    const WaiterRecord* own = ledger().FindWaiter(request.name);
    const bool waited = own != nullptr && own->since > request.started_at;
    if (waited) {
      if (!own->overtook.empty()) Report(request, own->overtook);
      return;
    }
    for (const WaiterRecord& waiter : ledger().waiters()) {
      if (!waiter.queued || waiter.key != connection.key || waiter.since > request.started_at) continue;
      return Report(request, waiter.request);
    }
  }

 private:
  void Report(const RequestRecord& request, Name overtaken) {
    Violated([&] {
      return absl::StrCat(words().Of(request.name), " was given a connection before ", words().Of(overtaken),
                          ", which has waited for one longer");
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_FAIR_H_
