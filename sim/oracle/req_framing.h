// REQ-FRAMING: the bytes on every connection parse as whole requests, one after the other.
//
// The servers' parser is strict. Catches uploads that are cut and followed by the next request, two writers on one
// connection, and chunks with wrong sizes.
#ifndef SIM_ORACLE_REQ_FRAMING_H_
#define SIM_ORACLE_REQ_FRAMING_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class ReqFraming final : public LedgerLaw {
 public:
  ReqFraming(World& world, Ledger& ledger) : LedgerLaw(world, ledger, LawId::kReqFraming, {Fact::kServerMalformed}) {}

  void OnServerMalformed(const ConnectionRecord& connection, uint32_t ordinal, absl::string_view why) override {
    Violated([&] {
      return absl::StrCat("what the server got as request ", ordinal, " on ", words().Of(connection.name),
                          " is none: ", why);
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_REQ_FRAMING_H_
