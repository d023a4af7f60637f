// Makes a failing tape short: few decisions that are not the dullest, and those as dull as can be.
//
//   1. A candidate is the tape with something taken out, lowered or moved; it is replayed leniently in a child process.
//   2. It is taken if the same law is broken (for a crash: in the same way) and the tape became simpler. What the run
//      recorded becomes the tape, so that nothing stays on it that was not asked for.
//   3. First whole labels out, those of faults before those of orders; then all decisions about one task, request or
//      connection. Then passes: spans out, big to small, from the end; indices lower; pairs out; until nothing helps.
//   4. What still has several decisions is looked for with one and with two of any other, for a second at most.
//   5. It ends at its budget, of the host's time and of runs, with the simplest tape found so far.
#ifndef SIM_EXPLORE_SHRINKER_H_
#define SIM_EXPLORE_SHRINKER_H_

#include <cstdint>

#include "sim/explore/isolated_worker.h"
#include "sim/explore/sparse_tape.h"
#include "sim/world/runner.h"

namespace sim {

struct ShrinkOptions {
  LawSet laws = LawSet::All();
  int64_t budget_ns = 20'000'000'000;  // of the host's time
  IsolationOptions isolation;
};

struct Shrunk {
  // False if not even the given tape reproduces the failure; then `tape` is the given one.
  bool reproduced = false;
  SparseTape tape;
  std::vector<TapeEntry> complete;  // the same run with its zeros
  Outcome outcome;           // of the shrunk tape
  uint64_t candidates = 0;   // tried
  bool out_of_time = false;
};

// True if both are violations of the same law; crashes must be of one class.
bool SameFailure(const Violation& a, const Violation& b);

// `failure` is what the tape is known to end in.
Shrunk Shrink(const Program& program, const SparseTape& tape, const Violation& failure, const ShrinkOptions& options);

}  // namespace sim

#endif  // SIM_EXPLORE_SHRINKER_H_
