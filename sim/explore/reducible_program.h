// A program that knows simpler versions of itself: what the first layer of shrinking works on.
//
//   1. Reductions are numbered from coarse to fine; after one is taken the numbers begin anew, and what stood behind it
//      moves up to about its number.
//   2. Each one makes the program smaller by some measure, so that taking one after the other comes to an end.
//   3. A version that makes no sense is null: to try it costs nothing.
#ifndef SIM_EXPLORE_REDUCIBLE_PROGRAM_H_
#define SIM_EXPLORE_REDUCIBLE_PROGRAM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "sim/explore/sparse_tape.h"
#include "sim/world/history.h"
#include "sim/world/subject.h"

namespace sim {

class ReducibleProgram {
 public:
  using Ptr = std::shared_ptr<const ReducibleProgram>;

  virtual ~ReducibleProgram() = default;

  virtual const Program& program() const = 0;

  virtual size_t reductions() const = 0;
  // Null if what is left makes no sense.
  virtual Ptr Reduce(size_t reduction) const = 0;
  // It takes out so much that the tape may need to be searched anew.
  virtual bool IsCoarse(size_t reduction) const = 0;

  // The same with what a run has drawn written down, where that is possible; null if there is nothing to write down.
  // `history` is that of the run. `tape` is its tape, and becomes that of the new program's.
  virtual Ptr WrittenDown(const History& history, SparseTape* tape) const {
    (void)history, (void)tape;
    return nullptr;
  }

  // For people: the program under another name, and what became of the first of its versions.
  virtual std::string Text(absl::string_view name) const = 0;
  virtual std::string Removed() const = 0;
};

}  // namespace sim

#endif  // SIM_EXPLORE_REDUCIBLE_PROGRAM_H_
