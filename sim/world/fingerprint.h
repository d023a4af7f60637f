// Two worlds between turns with the same fingerprint have the same future.
//
// The fingerprint is 128 bits over all memory that the world has in use, byte for byte (XXH3), and over what the world
// itself says of its clock and its phase. Left out is only what no future depends on:
//   1. freed memory, and the allocator's lists of it: no address reaches a decision or a trace;
//   2. the order in which ready sources, and timers due at the same time, stand in the scheduler's lists, where the
//      scenario offers "loop.next": then every order is tried anyway, and the order only numbers the alternatives;
//   3. how many steps it took, which matters to the limits of steps alone: see Driver::chaos_ran_out();
//   4. the tape, the trace and the table of names, which are history.
// So what is merged is equal. What differs need not be different: two states that are equal up to addresses, or up to
// the order of some list, are two states here, and cost time, not truth.
#ifndef SIM_WORLD_FINGERPRINT_H_
#define SIM_WORLD_FINGERPRINT_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/world/arena.h"
#include "sim/world/world.h"

namespace sim {

struct Fingerprint {
  uint64_t low = 0, high = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

class Fingerprinter {
 public:
  // Neither is owned; `world` lives in `arena`, which is not current. Nothing is allocated once warm.
  Fingerprinter(World& world, const Arena& arena) : world_(world), arena_(arena) {}

  // Between turns.
  Fingerprint Take();

 private:
  struct Armed {
    int64_t deadline_ns;
    uint64_t order;
    Timer* timer;
  };

  void HashWorld();
  void HashMemory();
  void Mix(const void* bytes, size_t size);

  World& world_;
  const Arena& arena_;
  Fingerprint hash_;
  std::vector<uint64_t> words_;
  std::vector<Armed> armed_;
  std::vector<const void*> left_out_;  // blocks, by address
  std::vector<std::pair<uint32_t*, uint32_t>> notes_;  // the scheduler's, in what it lists; and what they say
};

}  // namespace sim

#endif  // SIM_WORLD_FINGERPRINT_H_
