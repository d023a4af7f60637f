// GENERATION: nobody touches a connection that he does not hold any more.
//
// A connection has one holder at a time; while it lies in the pool nothing pauses it and nothing is written to it.
// Bytes of a request that the server has not had in full are its own, though: they may still be on their way when an
// early response gives the connection back.
#ifndef SIM_ORACLE_GENERATION_H_
#define SIM_ORACLE_GENERATION_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class Generation final : public LedgerLaw {
 public:
  Generation(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kGeneration,
                  {Fact::kConnectionAcquired, Fact::kClientSent, Fact::kReadingPaused}) {}

  void OnConnectionAcquired(const ConnectionRecord& connection, const RequestRecord& request,
                            Name previous_holder) override {
    if (previous_holder.empty()) return;
    Violated([&] {
      return absl::StrCat(words().Of(connection.name), " was given to ", words().Of(request.name), " while ",
                          words().Of(previous_holder), " has it");
    });
  }

  void OnClientSent(const ConnectionRecord& connection, size_t bytes) override {
    if (connection.use != ConnectionRecord::Use::kIdle) return;
    const ExchangeRecord* exchange = ledger().LastExchange(connection.name);
    if (exchange != nullptr ? !exchange->complete : connection.leases > 0) return;
    Violated([&] {
      return absl::StrCat(bytes, " bytes were written to ", words().Of(connection.name),
                          " while it lies in the pool");
    });
  }

  void OnReadingPaused(const ConnectionRecord& connection) override {
    if (connection.use != ConnectionRecord::Use::kIdle) return;
    Violated([&] {
      return absl::StrCat("the reading of ", words().Of(connection.name), " was paused while it lies in the pool");
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_GENERATION_H_
