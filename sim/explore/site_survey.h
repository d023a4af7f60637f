// The places in the sources at which tasks were really suspended, over many runs: what has been tried as a place to be
// cancelled, and what never was.
//
// A place is a line as the compiler knows it: the co_await of each coroutine of a chain that waited, and the line in
// the await_suspend() of the awaitable that it waited in (client/async/waiter.h). After each step every task is looked
// at, so it costs more than an ordinary run. The runs happen in this process, and no law judges them.
#ifndef SIM_EXPLORE_SITE_SURVEY_H_
#define SIM_EXPLORE_SITE_SURVEY_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/btree_set.h"
#include "client/async/waiter.h"
#include "sim/world/runner.h"
#include "sim/world/subject.h"

namespace sim {

class SiteSurvey {
 public:
  using Place = std::pair<std::string, uint32_t>;  // file and line

  SiteSurvey() = default;
  SiteSurvey(const SiteSurvey&) = delete;
  SiteSurvey& operator=(const SiteSurvey&) = delete;

  // The quiet run of `program`, and `random_runs` random ones.
  void Run(const Program& program, Memory memory, uint64_t random_runs, uint64_t seed);

  const absl::btree_set<Place>& places() const { return places_; }
  uint64_t runs() const { return runs_; }

 private:
  class Watched;
  class WatchedProgram;

  void Note(const client::Site& site);

  absl::btree_set<std::pair<const char*, uint32_t>> noted_;  // the same, as the compiler gives them
  absl::btree_set<Place> places_;
  uint64_t runs_ = 0;
};

}  // namespace sim

#endif  // SIM_EXPLORE_SITE_SURVEY_H_
