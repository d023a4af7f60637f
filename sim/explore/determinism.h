// Is a run a function of its tape? Replays it where everything else is different: again in the same process, in another
// one, in one that was started anew, with the world at another address, with padded allocations, on the plain heap.
//
// A difference is a fault of the harness (or of a client that looks at clocks, addresses or hash order), and nothing
// that such a run says about laws can be trusted.
#ifndef SIM_EXPLORE_DETERMINISM_H_
#define SIM_EXPLORE_DETERMINISM_H_

#include <string>
#include <vector>

#include "sim/choice/tape.h"
#include "sim/explore/isolated_worker.h"
#include "sim/explore/sparse_tape.h"
#include "sim/world/runner.h"

namespace sim {

struct DeterminismReport {
  bool deterministic = true;
  // "NONDETERMINISTIC: ..." with the first event that differs, three before it, and where it was replayed; in a build
  // with --config=edges also the line of client/ or sim/ at which the code takes different ways.
  std::string reason;
  uint64_t digest = 0;  // of the first run
};

// Replays `tape`, a complete one, everywhere. Runs that end in CRASH are compared by how they crash, and only in
// arenas alike: what an invalid access does depends on the addresses, rightly.
DeterminismReport CheckDeterminism(const Program& program, const std::vector<TapeEntry>& tape, LawSet laws,
                                   const IsolationOptions& isolation);

}  // namespace sim

#endif  // SIM_EXPLORE_DETERMINISM_H_
