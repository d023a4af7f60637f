// Two worlds between turns with the same fingerprint have the same future.
//
// The fingerprint is 128 bits over all memory that the world has in use (XXH3), and over what the world itself says of
// its clock and its phase. Left out is only what no future depends on:
//   1. where blocks of memory lie: they are numbered in the order in which one comes to them from the world, pointer by
//      pointer, and a pointer counts as the number of its block and the place in it (as in Iosif, "Exploiting heap
//      symmetries in explicit-state model checking of software", ASE 2001). No address reaches a decision or a trace:
//      that is a rule of the house, which the determinism check watches with worlds at other addresses. Whether a word
//      is a pointer nobody says: it is taken for one if it points into the world's memory;
//   2. freed memory, the allocator's lists of it, and where in it a stale pointer points;
//   3. the order in which ready sources, and timers due at the same time, stand in the scheduler's lists, where the
//      scenario offers "loop.next": then every order is tried anyway, and the order only numbers the alternatives;
//   4. how many steps it took, which matters to the limits of steps alone: see Driver::chaos_ran_out();
//   5. the order of entries in the tables that say so (NamedTables in sim/world/world.h);
//   6. the tape, the trace and the table of names, which are history.
// What differs need not be different: states that are equal up to the order of some list, or up to what is left in a
// place that nobody reads again, are two states here, and cost time, not truth.
#ifndef SIM_WORLD_FINGERPRINT_H_
#define SIM_WORLD_FINGERPRINT_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/world/arena.h"
#include "sim/world/driver.h"
#include "sim/world/world.h"

namespace sim {

struct Fingerprint {
  uint64_t low = 0, high = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// What makes two states one.
enum class Sameness : uint8_t {
  kBytes,  // all but point 1: the same bytes at the same addresses. The yardstick.
  kShape,
};

class Fingerprinter {
 public:
  // Nothing is owned; the world lives in `arena`, which is not current. Nothing is allocated once warm.
  Fingerprinter(World& world, const Driver& driver, const Arena& arena, Sameness sameness)
      : world_(world), driver_(driver), arena_(arena), sameness_(sameness) {}

  // Between turns.
  Fingerprint Take();

 private:
  struct Armed {
    int64_t deadline_ns;
    uint64_t order;
    uint64_t timer;
  };
  struct Table {
    const void* entries;
    size_t entry_size, count;
  };
  // A block that is in use.
  struct Block {
    const char* begin;
    uint32_t size;
    uint32_t number;  // in the order in which they are come to, from 1; 0: not yet
  };

  void HashWorld();
  void HashBytes();
  void HashShape();
  void IndexBlocks();
  void HashBlock(const Block& block);
  // The table that the block holds; null if it holds none.
  const Table* TableIn(const Block& block) const;
  void SortInScratch(const Table& table);
  // Notes that this word was come to, if it is a pointer, and says what stands for it.
  uint64_t Canonical(uint64_t word);
  uint64_t Canonical(const void* pointer) { return Canonical(reinterpret_cast<uintptr_t>(pointer)); }
  void FollowAll();
  bool IsLeftOut(const char* block) const;
  void Mix(const void* bytes, size_t size);

  World& world_;
  const Driver& driver_;
  const Arena& arena_;
  const Sameness sameness_;
  Fingerprint hash_;
  std::vector<uint64_t> words_;
  std::vector<Armed> armed_;
  std::vector<const void*> left_out_;  // blocks, by address
  std::vector<std::pair<uint32_t*, uint32_t>> notes_;  // the scheduler's, in what it lists; and what they say
  // kShape.
  std::vector<Block> blocks_;      // by address
  std::vector<uint32_t> owners_;   // of each 16 bytes of the arena: the block, from 1
  std::vector<uint32_t> reached_;  // blocks, in the order of their numbers
  size_t followed_ = 0;            // of reached_
  std::vector<Table> tables_;
  std::vector<uint64_t> scratch_, sorted_;
  std::vector<std::pair<uint64_t, size_t>> entries_;  // of a table: their names and where they stand
};

}  // namespace sim

#endif  // SIM_WORLD_FINGERPRINT_H_
