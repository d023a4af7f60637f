// Replays a tape of code that has been changed since.
//
// A decision's place is a question of one asker about one label, the n-th one (sim/explore/sparse_tape.h). A change
// that adds or takes away a suspension, a timer or a read shifts such places: by one, or by one more each time.
//
//   1. The tape is replayed as it is. If its failure comes, or nothing has drifted, that is all.
//   2. Otherwise from each decision on, in the order of the tape, those of its asker and label are moved by up to
//      kShiftMax places, near ones first. Where the failure does not come, the nearest move with which the decision
//      finds its place as the tape has it (same alternatives, same chosen id) stays; the next is moved on top of it.
//   3. Then a few runs that begin with the tape go on at random.
//   4. The first run that breaks a law is the result. It is found in the same order every time.
#ifndef SIM_EXPLORE_REALIGNER_H_
#define SIM_EXPLORE_REALIGNER_H_

#include <cstdint>
#include <string>

#include "sim/explore/isolated_runner.h"

namespace sim {

inline constexpr int64_t kShiftMax = 8;

struct Realigned {
  TapeRunReport report;   // of the run that broke a law, else of the tape as it is; so is the runner's history
  std::string drift;      // "drifted at decision 3: ...", of the tape as it is; empty: it fits
  std::string alignment;  // how it was moved to break a law; empty: not at all
  uint64_t tried = 0;     // other ways to place it
};

// `digest` is what the run had when the tape was kept; 0: unknown.
Realigned Realign(IsolatedRunner& runner, const TapeRun& run, uint64_t digest);

}  // namespace sim

#endif  // SIM_EXPLORE_REALIGNER_H_
