// All behaviours of a small program: depth first over its choices, with a snapshot of the world's memory at each
// state in which somebody has a choice, and never twice from equal states.
//
//   1. A state lies between two turns (sim/world/driver.h). States are equal if their fingerprints are, which leaves
//      out only what no future depends on (sim/world/fingerprint.h): 128 bits, so that two different ones among 10^9
//      are taken for one with a probability below 10^-20.
//   2. Between two states lies a turn in which somebody chose, and the turns behind it in which nobody did. What is
//      asked within a turn is enumerated by taking the turn again from the snapshot.
//   3. First all runs are judged in which no decision is other than the dullest, then those with one deviation, with
//      two, and so on: what is exhausted is said with that bound, and a bug is found with as few as it takes (as delay
//      bounding does for schedules: Emmi, Qadeer, Rakamaric, POPL 2011). Behind a bound of two the whole is tried for
//      a quarter of the time: where that is enough, nothing is bounded.
//   4. It ends when the whole is exhausted, at the first violation, or at a limit. Where the end of the chaos was
//      brought on by a number of steps, the state does not say how many there were: then nothing is exhausted.
//
// This is the search of SPIN (Holzmann, "The Model Checker SPIN", IEEE TSE 1997) over the bytes of a running program,
// as in CMC (Musuvathi et al., OSDI 2002). Worlds on the heap have no snapshots: there every run
// is taken from its beginning, with at most so many deviations, and no state is known (sim/choice/enumerate_source.h).
#ifndef SIM_EXPLORE_PROVER_H_
#define SIM_EXPLORE_PROVER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/choice/tape.h"
#include "sim/explore/isolated_worker.h"
#include "sim/world/fingerprint.h"
#include "sim/world/runner.h"

namespace sim {

struct ProveOptions {
  LawSet laws = LawSet::All();
  uint64_t states_max = 10'000'000;           // states that are remembered; 32 bytes each
  uint64_t memory_max = uint64_t{1} << 30;    // bytes of snapshots
  int64_t duration_ns = 0;                    // of the host's time; 0: no limit
  int64_t bound = -1;                         // of deviations, with which it is enough; -1: until all is exhausted
  bool reduces = true;                         // where the program says what its steps touch: see reduced_search.h
  Sameness sameness = Sameness::kShape;       // of states; kBytes is the yardstick
  Memory memory = Runner::Options().memory;
  IsolationOptions isolation;
  std::function<bool()> interrupted;          // asked a few times a second
};

struct ProveResult {
  bool exhausted = false;    // every run that there is was judged, but for those from states seen before
  bool is_reduced = false;   // exhausted is one order of each class that differs in independent steps only
  int64_t bound = -1;        // otherwise: all runs with at most so many deviations; -1: none
  std::string stopped;       // why it went no further, in words; the counts are those of the last search that ended
  uint64_t states = 0;       // different ones in which somebody had a choice
  uint64_t transitions = 0;  // between them
  uint64_t runs = 0;         // ways to the closed rest, of those that were gone to their end
  uint64_t end_states = 0;   // different ones of these, as users see them (Subject::EndState())
  uint64_t steps = 0;
  uint64_t depth = 0;        // of choices, at most
  // Which share of all random walks (every alternative as likely as every other) is known to hold; parts of a million,
  // rounded down.
  uint64_t explored_ppm = 0;
  int64_t elapsed_ns = 0;

  Outcome outcome;  // of the run that broke a law
  std::vector<TapeEntry> tape;  // and its tape, complete

  uint64_t StatesPerSecond() const;
};

// In a child process, which may die: that is a violation, too.
ProveResult Prove(const Program& program, const ProveOptions& options);

}  // namespace sim

#endif  // SIM_EXPLORE_PROVER_H_
