// The base of the laws that look at the ledger.
#ifndef SIM_ORACLE_LEDGER_LAW_H_
#define SIM_ORACLE_LEDGER_LAW_H_

#include <initializer_list>

#include "sim/oracle/law.h"
#include "sim/oracle/ledger.h"
#include "sim/oracle/words.h"
#include "sim/world/world.h"

namespace sim {

class LedgerLaw : public Law, public LedgerListener {
 public:
  // Listens to `facts`. Nothing is owned.
  LedgerLaw(World& world, Ledger& ledger, LawId id, std::initializer_list<Fact> facts)
      : Law(world, id), ledger_(ledger), words_(world, ledger) {
    for (const Fact fact : facts) ledger.Listen(fact, *this);
  }

 protected:
  const Ledger& ledger() const { return ledger_; }
  // Whoever serves it follows no rule, so that nothing of what it says can be held against the client.
  bool ServedUntruthfully(const RequestRecord& request) const {
    const ConnectionRecord* connection = ledger_.FindConnection(request.connection);
    return connection != nullptr && connection->untruthful;
  }
  bool ServedUntruthfully(Name name) const {
    const RequestRecord* request = ledger_.FindRequest(name);
    return request != nullptr && ServedUntruthfully(*request);
  }
  // What nobody had asked for crossed it on the connection on which it was sent last, and was taken for its response:
  // nobody could tell.
  bool WasCrossed(Name name) const {
    const RequestRecord* request = ledger_.FindRequest(name);
    const ConnectionRecord* connection = request != nullptr ? ledger_.FindConnection(request->connection) : nullptr;
    return connection != nullptr && connection->crossed;
  }
  // For descriptions.
  const Words& words() const { return words_; }

 private:
  const Ledger& ledger_;
  const Words words_;
};

}  // namespace sim

#endif  // SIM_ORACLE_LEDGER_LAW_H_
