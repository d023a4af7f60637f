// Strategies: how a campaign draws the decisions of its runs.
//
// Run i of base seed b always draws the same, whoever runs it and after whatever, so that the first failure does not
// depend on how many processes search.
#ifndef SIM_EXPLORE_STRATEGY_H_
#define SIM_EXPLORE_STRATEGY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/choice/choice_source.h"

namespace sim {

class Strategy {
 public:
  virtual ~Strategy() = default;

  // The source of a run; valid until the next call.
  virtual ChoiceSource& ForRun(uint64_t base_seed, uint64_t run) = 0;
};

// Null if there is no strategy of that name.
std::unique_ptr<Strategy> MakeStrategy(absl::string_view name);
const std::vector<std::string>& StrategyNames();  // the default first

}  // namespace sim

#endif  // SIM_EXPLORE_STRATEGY_H_
