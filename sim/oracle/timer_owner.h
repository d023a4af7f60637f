// TIMER-OWNER: a timeout is dead once that which it was to end is over.
//
// Judged when nothing but timeouts is left, which is when a stray one would fire at the next user of the connection.
#ifndef SIM_ORACLE_TIMER_OWNER_H_
#define SIM_ORACLE_TIMER_OWNER_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class TimerOwner final : public LedgerLaw {
 public:
  TimerOwner(World& world, Ledger& ledger) : LedgerLaw(world, ledger, LawId::kTimerOwner, {}) {}

  void AtStall() override {
    Name stray;
    world().loop().timers().ForEach([&](const Timer& timer) {
      if (timer.kind() == TimerKind::kTimeout && stray.empty() && OwnerIsOver(timer.name())) stray = timer.name();
    });
    if (stray.empty()) return;
    Violated([&] { return absl::StrCat("the timeout ", words().Of(stray), " is armed, and its owner is over"); });
  }

 private:
  bool OwnerIsOver(Name timer) const {
    for (Name name = timer; !name.empty(); name = world().history().Parent(name)) {
      if (const ConnectionRecord* connection = ledger().FindConnection(name)) {
        return !connection->exists() || connection->use == ConnectionRecord::Use::kIdle;
      }
      if (const RequestRecord* request = ledger().FindRequest(name)) {
        const OperationRecord* operation = ledger().FindOperation(name);
        return request->starts > 0 && !request->live && (operation == nullptr || !operation->pending());
      }
    }
    return false;
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_TIMER_OWNER_H_
