// Every run of a program, one after the other: depth first over its choices, by running it again from the start.
//
// The plainest systematic search there is, for small programs, and the yardstick of the cleverer ones: no reduction, no
// visited states, so the number of runs is the number of different executions. With a bound, only those that deviate
// from the dullest alternative at so many questions at most: most bugs need few (Musuvathi, Qadeer: "Iterative context
// bounding for systematic testing of multithreaded programs", PLDI 2007).
//
//   EnumerateSource source;
//   do {
//     outcome = runner.Run(program, source, options);
//   } while (source.Next());
#ifndef SIM_CHOICE_ENUMERATE_SOURCE_H_
#define SIM_CHOICE_ENUMERATE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/choice/choice_source.h"
#include "sim/choice/tape.h"

namespace sim {

class EnumerateSource final : public ChoiceSource {
 public:
  static constexpr uint64_t kUnbounded = ~uint64_t{0};

  explicit EnumerateSource(uint64_t deviations_max = kUnbounded) : deviations_max_(deviations_max) {}

  void BeginRun() override { depth_ = 0; }
  // ok() is false from then on if the same choices led to another question: the program is not deterministic.
  uint32_t Choose(const Question& question) override;

  // After a run: goes to the next one. False if that was the last.
  bool Next();

  // As after a run with this tape.
  void Restore(const TapeEntry* begin, const TapeEntry* end);

  // Decisions of the run that is under way, or was run last.
  size_t depth() const { return depth_; }

 private:
  struct Node {
    uint32_t index, count;
  };
  uint64_t deviations_max_;
  std::vector<Node> path_;
  size_t depth_ = 0;
};

}  // namespace sim

#endif  // SIM_CHOICE_ENUMERATE_SOURCE_H_
