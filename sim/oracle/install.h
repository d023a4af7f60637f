// All laws of a world that has a client in it, made and registered in one line.
//
// Which laws stand behind which of a scenario's assertions is said in sim/scenario/assertions.h.
#ifndef SIM_ORACLE_INSTALL_H_
#define SIM_ORACLE_INSTALL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/oracle/law.h"
#include "sim/oracle/ledger.h"
#include "sim/oracle/limits.h"
#include "sim/world/world.h"

namespace sim {

// Lives in the world's memory, as long as the world steps. Laws that do not judge in this run are not made.
class Oracles {
 public:
  // Neither is owned.
  Oracles(World& world, Ledger& ledger, const Limits& limits);
  Oracles(const Oracles&) = delete;
  Oracles& operator=(const Oracles&) = delete;
  ~Oracles();

 private:
  enum class When : uint8_t { kAtMoments, kEveryStep, kEveryLull };

  template <class L, class... Arguments>
  void Add(LawId id, When when, Arguments&... arguments);

  World& world_;
  const Limits limits_;
  std::vector<std::unique_ptr<Law>> laws_;
};

}  // namespace sim

#endif  // SIM_ORACLE_INSTALL_H_
