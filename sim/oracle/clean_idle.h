// CLEAN-IDLE: a connection in the pool is one on which the next request can begin.
//
// When it is given back its reading is not paused, its response has come to its last byte and nothing behind it, its
// transport is open, and no task goes on with its request; at rest that has reached the server in full. It does not lie
// there for longer than the client was told to keep it. Catches what poisons the next user of a connection: pauses of
// an old reader, halves of responses and requests, bytes that nobody asked for, dead sockets.
#ifndef SIM_ORACLE_CLEAN_IDLE_H_
#define SIM_ORACLE_CLEAN_IDLE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "client/async/task_group.h"
#include "sim/oracle/ledger_law.h"
#include "sim/oracle/limits.h"

namespace sim {

class CleanIdle final : public LedgerLaw {
 public:
  CleanIdle(World& world, Ledger& ledger, const Limits& limits)
      : LedgerLaw(world, ledger, LawId::kCleanIdle, {Fact::kConnectionIdle, Fact::kConnectionAcquired}),
        limits_(limits) {}

  void OnConnectionIdle(const ConnectionRecord& connection) override {
    Judge(connection, "was given back to the pool", /*at_rest=*/false);
    const ExchangeRecord* exchange = ledger().LastExchange(connection.name);
    if (exchange != nullptr && !exchange->complete) JudgeWriter(connection, exchange->request);
  }
  void OnConnectionAcquired(const ConnectionRecord& connection, const RequestRecord& request,
                            Name previous_holder) override {
    if (connection.leases > 1 && previous_holder.empty()) Judge(connection, "was handed out", /*at_rest=*/false);
    // A loop that is late may come to the request first.
    if (!world().offers(Label::kLoopLate)) JudgeAge(connection, "was handed out", connection.idled_ns);
  }

  void AtStall() override { JudgeAll(); }
  void AtQuiet() override { JudgeAll(); }

 private:
  void JudgeAll() {
    for (const ConnectionRecord& connection : ledger().connections()) {
      if (connection.use != ConnectionRecord::Use::kIdle) continue;
      Judge(connection, "lies in the pool", /*at_rest=*/true);
      JudgeAge(connection, "lies in the pool", world().elapsed_ns() - connection.idle_since_ns);
    }
  }

  void JudgeAge(const ConnectionRecord& connection, const char* where, int64_t idle_ns) {
    if (idle_ns <= limits_.keepalive_ns) return;
    Say(connection, where, [&] {
      return absl::StrCat("after ", idle_ns / 1'000'000, " ms of idleness, where ", limits_.keepalive_ns / 1'000'000,
                          " ms are allowed");
    });
  }

  // The server has not had the request in full: what is left of it must be on its way, not with a task.
  void JudgeWriter(const ConnectionRecord& connection, Name request) {
    for (const client::SpawnedTask* task = world().loop().first_task; task != nullptr; task = task->next_of_loop()) {
      if (task->done() || task->running() || world().history().Parent(task->name()) != request) continue;
      return Say(connection, "was given back to the pool", [&] {
        return absl::StrCat("while ", words().Of(task->name()), " has not ended, and the request is incomplete");
      });
    }
  }

  void Judge(const ConnectionRecord& connection, const char* where, bool at_rest) {
    const ExchangeRecord* exchange = ledger().LastExchange(connection.name);
    if (connection.paused) {
      return Say(connection, where, [&] {
        const PayloadRecord* payload = ledger().Pauser(connection);
        if (payload == nullptr) return std::string("while its reading is paused (by nobody)");
        return absl::StrCat("while its reading is paused (by ", words().OfPayload(*payload), ": ",
                            words().AmountsSoFar(*payload), ")");
      });
    }
    if (connection.socket != ConnectionRecord::Socket::kOpen) {
      return Say(connection, where, [] { return std::string("although its socket is closed"); });
    }
    if (connection.ended_for_client()) {
      return Say(connection, where, [] { return std::string("although its peer has closed it"); });
    }
    if (connection.unsolicited > 0) {
      return Say(connection, where, [&] {
        return absl::StrCat("with ", Grouped(connection.unsolicited), " bytes that belong to no response");
      });
    }
    if (exchange == nullptr) return;
    if (!exchange->delivered && !connection.tracker.broken()) {
      return Say(connection, where, [&] {
        const std::string request = exchange->request.empty() ? "its last request" : words().Of(exchange->request);
        return absl::StrCat("before the response to ", request, " has come to its end (",
                            Grouped(exchange->body_delivered), " of ", Grouped(exchange->body_bytes), " bytes in)");
      });
    }
    if (at_rest && !exchange->complete && world().healed()) {
      return Say(connection, where, [&] {
        return absl::StrCat("although ", words().Of(exchange->request), " was never sent to its end");
      });
    }
  }

  template <class Describe>
  void Say(const ConnectionRecord& connection, const char* where, Describe describe) {
    Violated([&] { return absl::StrCat(words().Of(connection.name), " ", where, " ", describe()); });
  }

  const Limits& limits_;
};

}  // namespace sim

#endif  // SIM_ORACLE_CLEAN_IDLE_H_
