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
#include "sim/world/world.h"

namespace sim {

// What the client was told to keep to.
struct Limits {
  uint32_t limit = 0;              // sockets; 0 = no limit
  uint32_t limit_per_host = 0;     // sockets of one key; 0 = no limit
  // Bytes. Where the user asks for more than the high-water mark in one exact read, the most that he asks for.
  uint64_t read_high_water = 128 << 10;
  uint64_t max_read = 64 << 10;    // bytes of one DataReceived() at most
  int64_t close_bound_ns = 60'000'000'000;  // how long closing everything may take, virtual
};

// Lives in the world's memory, as long as the world steps. Laws that do not judge in this run are not made.
class Oracles {
 public:
  // Neither is owned.
  Oracles(World& world, Ledger& ledger, const Limits& limits);
  Oracles(const Oracles&) = delete;
  Oracles& operator=(const Oracles&) = delete;
  ~Oracles();

 private:
  template <class L, class... Arguments>
  void Add(LawId id, bool every_step, const Arguments&... arguments);

  World& world_;
  std::vector<std::unique_ptr<Law>> laws_;
};

}  // namespace sim

#endif  // SIM_ORACLE_INSTALL_H_
