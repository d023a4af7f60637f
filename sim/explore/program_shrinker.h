// Makes a failure small in three layers: what is run, what goes wrong there, and in which order things happen.
//
//   1. The tape first (sim/explore/shrinker.h: faults, then the schedule), as a short tape survives edits best.
//   2. Then the program: one reduction after the other, until none is left that keeps the failure. A candidate replays
//      the tape leniently; where much was taken out, a few runs that begin with the tape and go on at random as well.
//   3. Then the tape again.
//   4. The failure stays the same throughout: the same law, and of the program's reductions the same words, numbers
//      apart; lines may go (of somebody who waited, too, and is no more), but none may come.
//   5. A program whose quiet run holds stays one whose quiet run holds: no reduction is to make a failure of its own.
//   6. It ends at its budget, of the host's time and of runs, with the simplest that was found so far.
//
// After A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (IEEE TSE 28(2), 2002), and the
// shrinking of choices in D. MacIver, A. Donaldson, "Test-Case Reduction via Test-Case Generation" (ECOOP 2020).
#ifndef SIM_EXPLORE_PROGRAM_SHRINKER_H_
#define SIM_EXPLORE_PROGRAM_SHRINKER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sim/explore/reducible_program.h"
#include "sim/explore/shrinker.h"

namespace sim {

struct ShrunkProgram {
  Shrunk tape;                   // of `program`
  ReducibleProgram::Ptr program;  // null: nothing could be taken out
  uint64_t candidates = 0;       // programs and tapes, tried
};

ShrunkProgram ShrinkProgram(const ReducibleProgram::Ptr& program, const SparseTape& tape, const Violation& failure,
                            const ShrinkOptions& options);

// Whether `candidate` is a reason of the same words as `original`, or of some of its lines.
bool SameReason(absl::string_view original, absl::string_view candidate);

}  // namespace sim

#endif  // SIM_EXPLORE_PROGRAM_SHRINKER_H_
