// PAUSE⇒RESUME: where the reading of a connection is paused, there is something to read that will resume it.
//
// That is a body, or a queue of messages, on that connection with something in it that nobody has read yet. Looked at
// after every step: the step that empties it, ends it or destroys it must resume as well. TLS pauses by itself what
// comes faster than it gets its turn, so that its connections are looked at when nothing can run. One that the pool has
// let go is exempt.
#ifndef SIM_ORACLE_PAUSE_RESUME_H_
#define SIM_ORACLE_PAUSE_RESUME_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class PauseResume final : public LedgerLaw {
 public:
  PauseResume(World& world, Ledger& ledger) : LedgerLaw(world, ledger, LawId::kPauseResume, {}) {}

  void AtStep() override {
    if (ledger().paused() > 0) Judge(/*at_rest=*/false);
  }
  void AtStall() override { Judge(/*at_rest=*/true); }
  void AtQuiet() override { Judge(/*at_rest=*/true); }

 private:
  void Judge(bool at_rest) {
    for (const ConnectionRecord& connection : ledger().connections()) {
      if (!connection.paused || !connection.open() || (connection.encrypted && !at_rest)) continue;
      if (connection.use == ConnectionRecord::Use::kGivenUp || connection.loss_reported[kClientEnd]) continue;
      const PayloadRecord* payload = ledger().Pauser(connection);
      if (payload == nullptr) return Report(connection, "by nobody");
      if (payload->destroyed) return Report(connection, "by a body that is gone: ");
      if (!payload->readable()) return Report(connection, "by a body that has nothing left to read: ");
    }
  }

  void Report(const ConnectionRecord& connection, const char* by) {
    Violated([&] {
      const PayloadRecord* payload = ledger().Pauser(connection);
      const std::string whose =
          payload == nullptr ? "" : absl::StrCat(words().OfPayload(*payload), " (", words().Amounts(*payload), ")");
      return absl::StrCat("reading of ", words().Of(connection.name), " stays paused ", by, whose);
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_PAUSE_RESUME_H_
