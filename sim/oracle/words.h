// How laws call things. Everything here allocates: use it in a HostScope, which Law::Violated() provides.
#ifndef SIM_ORACLE_WORDS_H_
#define SIM_ORACLE_WORDS_H_

#include <cstdint>
#include <string>

#include "client/debug/wait_words.h"
#include "sim/oracle/ledger.h"
#include "sim/world/world.h"

namespace sim {

using client::Grouped;

class Words {
 public:
  // Neither is owned.
  Words(const World& world, const Ledger& ledger) : world_(world), ledger_(ledger) {}

  // As people call it: "download", "upload/put#1", "connection#1", "a.test:80".
  std::string Of(Name name) const;
  // "the body of download/get#1", "the messages of chat/talk"; payloads that are no bodies by their own name.
  std::string OfPayload(const PayloadRecord& payload) const;
  // "131 072 of 131 072 bytes in, 1 024 read"; without the whole where nobody knows it.
  std::string Amounts(const PayloadRecord& payload) const;
  // The same without the whole.
  std::string AmountsSoFar(const PayloadRecord& payload) const;
  // Any name that somebody may wait for: a payload, or else Of().
  std::string OfAny(Name name) const;

 private:
  uint64_t Delivered(const PayloadRecord& payload) const;

  const World& world_;
  const Ledger& ledger_;
};

}  // namespace sim

#endif  // SIM_ORACLE_WORDS_H_
