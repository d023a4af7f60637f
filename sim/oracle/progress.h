// PROGRESS: whoever waits, waits for something that can still happen without anybody's giving up.
//
// Looked at when nothing is left but timeouts, so that a deadlock that a timeout hides is seen, and at the quiet rest.
// What a server owes, or by its script will never send, is waited for rightly; see wait_graph.h. It catches every lost
// wake-up, whatever its cause: a reading that nobody resumes, a slot that nobody passes on, an upload that nobody
// continues, an end that nobody was told.
#ifndef SIM_ORACLE_PROGRESS_H_
#define SIM_ORACLE_PROGRESS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"
#include "sim/oracle/wait_graph.h"

namespace sim {

class Progress final : public LedgerLaw {
 public:
  Progress(World& world, Ledger& ledger, const Limits& limits)
      : LedgerLaw(world, ledger, LawId::kProgress, {}), limits_(limits) {}

  void AtStall() override { Judge("deadlock, nothing can run"); }
  void AtQuiet() override { Judge("deadlock, nothing can run"); }

 private:
  void Judge(const char* headline) {
    WaitGraph graph(world(), ledger(), limits_);
    const Name stuck = graph.FindStuck();
    if (!stuck.empty()) Violated([&] { return absl::StrCat(headline, graph.Explain(stuck)); });
  }

  const Limits& limits_;
};

}  // namespace sim

#endif  // SIM_ORACLE_PROGRESS_H_
