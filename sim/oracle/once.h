// ONCE: everything that was begun ends exactly once: with a result, an error, or a cancellation.
//
// Judged for the user's operations, for the end of each body as the user sees it, and for the client's requests. At the
// closed rest nothing may be left without its end. Catches results that are delivered twice, callbacks after a cancel,
// and operations that a teardown forgets.
#ifndef SIM_ORACLE_ONCE_H_
#define SIM_ORACLE_ONCE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class Once final : public LedgerLaw {
 public:
  Once(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kOnce,
                  {Fact::kRequestEnded, Fact::kOperationEnded, Fact::kBodyEnded, Fact::kBodyFailed}) {}

  void OnRequestEnded(const RequestRecord& request) override {
    if (request.ends > request.starts) Twice(request.name);
  }
  void OnOperationEnded(const OperationRecord& operation) override {
    if (operation.ends > 1) Twice(operation.request);
  }
  void OnBodyEnded(const RequestRecord& request, uint64_t total) override {
    if (request.body_ends > 1) BodyTwice(request.name);
  }
  void OnBodyFailed(const RequestRecord& request, absl::string_view error, bool session_closed,
                    bool timed_out) override {
    if (request.body_ends > 1) BodyTwice(request.name);
  }

  void AtClosed() override {
    if (ledger().session_abandoned()) return;
    for (const OperationRecord& operation : ledger().operations()) {
      if (operation.pending()) return Never(operation.request);
    }
  }

 private:
  void Twice(Name request) {
    Violated([&] { return absl::StrCat(words().Of(request), " has ended more often than it was begun"); });
  }
  void BodyTwice(Name request) {
    Violated([&] { return absl::StrCat("the body of ", words().Of(request), " has ended twice"); });
  }
  void Never(Name request) {
    Violated([&] {
      return absl::StrCat(words().Of(request), " has never ended, although everything was closed");
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_ONCE_H_
