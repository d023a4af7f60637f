// What a run has taught: what it showed that was new, and the decisions that made it do so.
#ifndef SIM_EXPLORE_LESSON_H_
#define SIM_EXPLORE_LESSON_H_

#include <cstdint>
#include <vector>

#include "sim/choice/tape.h"
#include "sim/explore/sparse_tape.h"

namespace sim {

// A decision and the number of its question among all of its run, from 0.
struct PlacedDecision {
  Decision decision;
  uint64_t place = 0;
};

struct Lesson {
  uint64_t run = 0;            // 0: from a corpus on disk
  uint64_t questions = 0;      // of the run
  std::vector<uint64_t> keys;  // hand-offs and marks: see coverage.h
  std::vector<uint64_t> places;  // of each key: how many questions led to it
  std::vector<PlacedDecision> decisions;  // empty if there were too many to keep: all of them, or none

  SparseTape Tape() const;
};

// The decisions of a complete tape.
std::vector<PlacedDecision> Placed(const TapeEntry* begin, const TapeEntry* end);

}  // namespace sim

#endif  // SIM_EXPLORE_LESSON_H_
