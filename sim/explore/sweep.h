// Cancels everywhere: every task, at every one of its suspensions, in every way.
//
// A point is a question about "task.cancel" in the quiet run: a task, and its n-th suspension. At each point each
// answer but "go on" is given: it is cancelled there, cancelled once it is woken and before it goes on, cancelled a
// while later, abandoned there, the session begins to be closed there. Each is followed by a quiet run, and by random
// ones, which share the point and what is before it. A task that only an answer has brought about, the one that closes
// the session, is swept behind it in the same way.
#ifndef SIM_EXPLORE_SWEEP_H_
#define SIM_EXPLORE_SWEEP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/explore/isolated_worker.h"
#include "sim/explore/sparse_tape.h"
#include "sim/world/runner.h"

namespace sim {

struct SweepOptions {
  uint64_t random_runs = 10;  // behind each answer at each point
  uint64_t seed = 1;
  LawSet laws = LawSet::All();
  size_t kept_max = 10;  // violations whose tapes are kept
  IsolationOptions isolation;
  std::function<bool()> interrupted;  // asked between points
};

struct SweepViolation {
  Decision point;  // the last answer that was given
  Outcome outcome;
  std::vector<TapeEntry> tape;  // complete
};

struct SweepResult {
  Outcome quiet;        // of the quiet run; if that does not hold nothing is swept
  uint64_t points = 0;   // suspensions in the quiet run
  uint64_t swept = 0;    // those at which every answer was given and taken
  uint64_t behind = 0;   // suspensions behind an answer, of tasks that are not in the quiet run; swept as well
  uint64_t runs = 0;
  uint64_t violations = 0;
  bool interrupted = false;
  std::vector<SweepViolation> kept;  // the first of each task, law and answer
};

// Tasks that the program does not ask about have no points: see sim/scenario/cancel_everywhere.h.
SweepResult Sweep(const Program& program, const SweepOptions& options);

}  // namespace sim

#endif  // SIM_EXPLORE_SWEEP_H_
