// What a step touched, said by the program itself: for subjects that can say all of it, so that a search may leave out
// orders of steps that make no difference.
//
// Every object that several tasks share has a bit; objects above 64 share bits, which only makes more steps depend on
// each other. A step that reads a bit and one that writes it depend on each other, and so do two that write it. What
// only one task ever touches has no bit; whom a step wakes is the scheduler's to say.
#ifndef SIM_WORLD_FOOTPRINT_H_
#define SIM_WORLD_FOOTPRINT_H_

#include <cstdint>

namespace sim {

struct Footprint {
  uint64_t reads = 0, writes = 0;

  void Read(uint32_t object) { reads |= uint64_t{1} << (object & 63); }
  void Write(uint32_t object) { writes |= uint64_t{1} << (object & 63); }
  bool Meets(const Footprint& other) const {
    return (writes & (other.reads | other.writes)) != 0 || (reads & other.writes) != 0;
  }
  void Add(const Footprint& other) {
    reads |= other.reads;
    writes |= other.writes;
  }

  friend bool operator==(const Footprint&, const Footprint&) = default;
};

}  // namespace sim

#endif  // SIM_WORLD_FOOTPRINT_H_
