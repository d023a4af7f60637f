// How many runs a strategy takes to a failure, from several base seeds: the median with an interval, and the survival
// curve. Integers only.
#ifndef SIM_EXPLORE_RUNS_TO_FAILURE_H_
#define SIM_EXPLORE_RUNS_TO_FAILURE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace sim {

class RunsToFailure {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};  // not within as many runs as were made
  static constexpr size_t kSeedsMax = 60;

  // Of each base seed; at most kSeedsMax.
  explicit RunsToFailure(std::vector<uint64_t> runs);

  // The lower one.
  uint64_t median() const { return runs_.empty() ? kNever : runs_[(runs_.size() - 1) / 2]; }

  // The order statistics that enclose the true median with a probability of at least 95 %, whatever the distribution:
  // by the sign test (David, Nagaraja: "Order statistics", 2003, section 7.1). (kNever, kNever) for fewer than 6 seeds.
  std::pair<uint64_t, uint64_t> interval() const;

  // "37 (20–66)"; "> 5000 (812–> 5000)" where `most` runs were not enough, "> 5000" if they seldom were.
  std::string Cell(uint64_t most) const;

  // "random,lost,0,30\nrandom,lost,3,29\n": after which run how many seeds had found nothing, where that changes.
  std::string SurvivalCsv(absl::string_view strategy, absl::string_view bug) const;

 private:
  std::vector<uint64_t> runs_;  // ascending
};

}  // namespace sim

#endif  // SIM_EXPLORE_RUNS_TO_FAILURE_H_
