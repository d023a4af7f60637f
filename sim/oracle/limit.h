// LIMIT: never more sockets than the limit, in all and for one key.
//
// Counted on the wire, whatever they are used for. Catches slots that are given away twice, returned too early, or
// forgotten on one of the ways out.
#ifndef SIM_ORACLE_LIMIT_H_
#define SIM_ORACLE_LIMIT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"
#include "sim/oracle/limits.h"

namespace sim {

class LimitLaw final : public LedgerLaw {
 public:
  LimitLaw(World& world, Ledger& ledger, const Limits& limits)
      : LedgerLaw(world, ledger, LawId::kLimit, {Fact::kSocketOpened}), limits_(limits) {}

  void OnSocketOpened(const ConnectionRecord& opened) override {
    uint32_t all = 0;
    uint32_t of_key = 0;
    for (const ConnectionRecord& connection : ledger().connections()) {
      if (!connection.exists()) continue;
      ++all;
      if (connection.key == opened.key) ++of_key;
    }
    if (limits_.limit != 0 && all > limits_.limit) {
      return Violated([&] { return absl::StrCat(all, " sockets at once, where ", limits_.limit, " is the limit"); });
    }
    if (limits_.limit_per_host != 0 && !opened.key.empty() && of_key > limits_.limit_per_host) {
      Violated([&] {
        return absl::StrCat(of_key, " sockets for ", words().Of(opened.key), " at once, where ",
                            limits_.limit_per_host, " is the limit");
      });
    }
  }

 private:
  const Limits& limits_;
};

}  // namespace sim

#endif  // SIM_ORACLE_LIMIT_H_
