// BOUNDED-CLOSE: closing everything ends, and in bounded virtual time, whatever the peer does. So does closing a
// WebSocket, within the time that its user allows.
#ifndef SIM_ORACLE_BOUNDED_CLOSE_H_
#define SIM_ORACLE_BOUNDED_CLOSE_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/async/task_group.h"
#include "sim/choice/label.h"
#include "sim/oracle/ledger_law.h"
#include "sim/oracle/limits.h"

namespace sim {

class BoundedClose final : public LedgerLaw {
 public:
  BoundedClose(World& world, Ledger& ledger, const Limits& limits)
      : LedgerLaw(world, ledger, LawId::kBoundedClose, {Fact::kClosingEnded}), limits_(limits) {}

  void OnClosingEnded(const WebSocketRecord& socket, bool ok, absl::string_view error) override {
    const int64_t took_ns = world().elapsed_ns() - socket.closing_since_ns;
    // A loop that is late may come to it later.
    if (took_ns <= socket.terms.close_timeout_ns || world().offers(Label::kLoopLate)) return;
    Violated([&] {
      return absl::StrCat("closing ", words().Of(socket.name), " took ", took_ns / 1'000'000, " ms, where ",
                          socket.terms.close_timeout_ns / 1'000'000, " ms are allowed");
    });
  }

  void AtStall() override {
    for (const WebSocketRecord& socket : ledger().websockets()) {
      const OperationRecord* operation = ledger().FindOperation(socket.name);
      if (!socket.closing || socket.closed || operation == nullptr || !operation->pending()) continue;
      return Violated([&] { return absl::StrCat("closing ", words().Of(socket.name), " does not end"); });
    }
  }

  void AtQuiet() override { since_ns_ = world().elapsed_ns(); }
  void AtClosed() override {
    if (ledger().session_abandoned()) return;
    const int64_t took_ns = world().elapsed_ns() - since_ns_;
    if (took_ns > limits_.close_bound_ns) {
      return Violated([&] { return absl::StrCat("closing took ", took_ns / 1'000'000, " ms"); });
    }
    for (const client::SpawnedTask* task = world().loop().first_task; task != nullptr; task = task->next_of_loop()) {
      if (task->waiter() == nullptr || ledger().abandoned_above(task->name())) continue;
      return Violated([&] {
        const client::WaitReason& reason = task->waiter()->reason();
        return absl::StrCat("closing does not end: ", words().Of(task->name()), " waits for ", reason.what, " ",
                            words().OfAny(reason.on));
      });
    }
  }

 private:
  const Limits& limits_;
  int64_t since_ns_ = 0;
};

}  // namespace sim

#endif  // SIM_ORACLE_BOUNDED_CLOSE_H_
