// NO-ORPHAN: nothing outlives whoever it was for.
//
// At the quiet rest every socket is idle in the pool or on lease to a live request, and every lookup, waiter, body and
// request belongs to somebody who still has use for it. At the closed rest there is nothing at all: no socket, lookup,
// waiter, task or timer, and no body that waits for more. What a user has abandoned belongs to the collector until that
// destroys it, be it after the closed rest. Memory that is left after that is reported under this law by the runner.
// What the client can name is reported with the path that keeps it alive.
#ifndef SIM_ORACLE_NO_ORPHAN_H_
#define SIM_ORACLE_NO_ORPHAN_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "client/async/task_group.h"
#include "sim/oracle/ledger_law.h"
#include "sim/world/retainers.h"

namespace sim {

class NoOrphan final : public LedgerLaw {
 public:
  NoOrphan(World& world, Ledger& ledger) : LedgerLaw(world, ledger, LawId::kNoOrphan, {}) {}

  void AtQuiet() override {
    for (const ConnectionRecord& connection : ledger().connections()) {
      if (!connection.open() || connection.use == ConnectionRecord::Use::kIdle) continue;
      if (connection.use != ConnectionRecord::Use::kLeased) return Left(connection.name, "is open and nobody's");
      if (!Live(connection.holder)) return Left(connection.name, "is on lease to a request that has ended");
    }
    for (const WaiterRecord& waiter : ledger().waiters()) {
      if (waiter.queued && !Live(waiter.request)) return Left(waiter.request, "has ended and is still in the queue");
    }
    for (const LookupRecord& lookup : ledger().lookups()) {
      if (lookup.pending && ledger().live_requests() == 0) return Left(lookup.name, "is under way for nobody");
    }
    for (const RequestRecord& request : ledger().requests()) {
      if (!request.live || !UserIsGone(request.name)) continue;
      return Left(request.name, "is still under way although its user is gone");
    }
    for (const PayloadRecord& payload : ledger().payloads()) {
      if (payload.destroyed || !UserIsGone(payload.request)) continue;
      return Left(payload.name, "is still there although its user is gone");
    }
  }

  void AtClosed() override {
    if (ledger().session_abandoned()) return;  // nobody has closed anything
    for (const ConnectionRecord& connection : ledger().connections()) {
      if (connection.exists()) return Left(connection.name, "is still open after everything was closed");
    }
    for (const LookupRecord& lookup : ledger().lookups()) {
      if (lookup.pending) return Left(lookup.name, "is still under way after everything was closed");
    }
    for (const WaiterRecord& waiter : ledger().waiters()) {
      if (waiter.queued) return Left(waiter.request, "is still in the queue after everything was closed");
    }
    for (const PayloadRecord& payload : ledger().payloads()) {
      if (payload.destroyed || payload.ends > 0) continue;
      return Left(payload.name, "still waits for more after everything was closed");
    }
    for (const client::SpawnedTask* task = world().loop().first_task; task != nullptr; task = task->next_of_loop()) {
      if (task->done() || ledger().abandoned_above(task->name())) continue;
      return Left(task->name(), "still runs after everything was closed");
    }
    Name armed;
    bool any = false;
    world().loop().timers().ForEach([&](const Timer& timer) {
      if (!any) armed = timer.name();
      any = true;
    });
    if (any) Left(armed, "is a timer that is still armed after everything was closed");
  }

 private:
  bool Live(Name request) const {
    const RequestRecord* record = ledger().FindRequest(request);
    return record != nullptr && record->live;
  }
  bool UserIsGone(Name request) const {
    const OperationRecord* operation = ledger().FindOperation(request);
    if (operation == nullptr || operation->pending() || ledger().abandoned(request)) return false;
    const TaskRecord* task = ledger().FindTask(operation->task);
    return task == nullptr || task->ended;
  }
  void Left(Name name, const char* what) {
    Violated([&] {
      std::string text = absl::StrCat(words().OfAny(name), " ", what);
      const auto call = [this](Name other) { return words().Of(other); };
      for (const std::string& line : Retainers(world().loop().named_objects).DescribeOne(name, call)) {
        absl::StrAppend(&text, "\n  kept alive: ", line);
      }
      return text;
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_NO_ORPHAN_H_
