// EOF-ONCE: every body and every queue of messages ends in exactly one eof or error, before it is destroyed.
//
// At rest, one that has come to its end on the wire, or whose connection is gone, has been told so. Catches ends that
// are announced twice, readers that are never told, and payloads that a teardown forgets.
#ifndef SIM_ORACLE_EOF_ONCE_H_
#define SIM_ORACLE_EOF_ONCE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class EofOnce final : public LedgerLaw {
 public:
  EofOnce(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kEofOnce, {Fact::kPayloadEnded, Fact::kPayloadDestroyed}) {}

  void OnPayloadEnded(const PayloadRecord& payload) override {
    if (payload.ends > 1) Report(payload, "has ended twice");
    if (payload.destroyed) Report(payload, "has ended after it was destroyed");
  }
  void OnPayloadDestroyed(const PayloadRecord& payload) override {
    if (payload.ends == 0) Report(payload, "was destroyed without eof or error");
  }

  void AtStall() override { AtRest(); }
  void AtQuiet() override { AtRest(); }

 private:
  void AtRest() {
    for (const PayloadRecord& payload : ledger().payloads()) {
      if (payload.ends > 0 || payload.destroyed) continue;
      const ExchangeRecord* exchange = ledger().ExchangeOf(payload.request);
      const bool arrived =
          exchange != nullptr && exchange->delivered && exchange->connection == payload.connection;
      const ConnectionRecord* connection = ledger().FindConnection(payload.connection);
      // TLS has it, and keeps it back as long as its user does not read.
      if (arrived && connection != nullptr && connection->encrypted && connection->paused) continue;
      if (arrived) return Report(payload, "has come in full, and was not told that it is at its end");
      if (connection != nullptr && (!connection->exists() || connection->ended_for_client())) {
        return Report(payload, "has lost its connection, and was not told");
      }
    }
  }

  void Report(const PayloadRecord& payload, const char* what) {
    Violated([&] { return absl::StrCat(words().OfPayload(payload), " ", what); });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_EOF_ONCE_H_
