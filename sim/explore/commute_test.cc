// Two neighbouring steps of different sources that touch nothing in common can change places: the run shows the same
// hand-offs and ends in the same state. That is so where steps touch nothing that is not on record, as in these toys;
// of a program at large it is a guess, which strategies may use to weigh schedules and nothing may use to leave some
// out.
#include <algorithm>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "sim/choice/random_source.h"
#include "sim/explore/coverage.h"
#include "sim/toys/toys.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

struct StepSeen {
  Name source;
  uint64_t touched;
  std::vector<Name> ready;  // beside the source
};

// Lets sources run in a given order, at random after its end, and notes what they do.
class OrderSource final : public ChoiceSource {
 public:
  OrderSource(std::vector<Name> order, uint64_t seed) : order_(std::move(order)) {
    watches_ = true;
    random_.Seed(seed);
  }

  uint32_t Choose(const Question& question) override {
    ready_.clear();
    for (uint32_t i = 0; i < question.count; ++i) ready_.push_back(question.alternatives->Id(i));
    if (seen_.size() >= order_.size()) return random_.Choose(question);
    for (uint32_t i = 0; i < question.count; ++i) {
      if (ready_[i] == order_[seen_.size()]) return i;
    }
    followed_ = false;
    return 0;
  }
  void AfterStep(Name source, uint64_t touched) override {
    seen_.push_back({source, touched, ready_});
    ready_.clear();
  }

  const std::vector<StepSeen>& seen() const { return seen_; }
  bool followed() const { return followed_; }

 private:
  std::vector<Name> order_;
  RandomSource random_;
  std::vector<Name> ready_;
  std::vector<StepSeen> seen_;
  bool followed_ = true;
};

struct Shown {
  LawId law;
  uint64_t end_state;
  std::set<uint64_t> keys;

  friend bool operator==(const Shown&, const Shown&) = default;
};

Shown Show(const Program& program, OrderSource& source) {
  static Runner runner;
  HandoffCoverage coverage;
  const Outcome outcome = runner.Run(program, source, {.listener = &coverage});
  return {outcome.violation.law, coverage.end_state(), {coverage.keys().begin(), coverage.keys().end()}};
}

// How many swaps of neighbours change what a run shows, of those that touch something in common and of the others.
struct Changes {
  int of_dependent = 0, of_independent = 0, independent = 0;
};

Changes CountChanges(const Program& program, uint64_t runs) {
  Changes changes;
  for (uint64_t seed = 1; seed <= runs; ++seed) {
    OrderSource source({}, seed);
    const Shown shown = Show(program, source);
    const std::vector<StepSeen>& steps = source.seen();
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      const std::vector<Name>& ready = steps[i].ready;
      if (std::find(ready.begin(), ready.end(), steps[i + 1].source) == ready.end()) continue;
      if (steps[i].source == steps[i + 1].source) continue;
      std::vector<Name> order;
      for (const StepSeen& step : steps) order.push_back(step.source);
      std::swap(order[i], order[i + 1]);
      OrderSource swapped(order, 0);
      const bool same = Show(program, swapped) == shown && swapped.followed();
      const bool independent = (steps[i].touched & steps[i + 1].touched) == 0;
      if (independent) ++changes.independent;
      if (!same) ++(independent ? changes.of_independent : changes.of_dependent);
    }
  }
  return changes;
}

TEST(CommuteTest, StepsThatTouchNothingInCommonCommute) {
  for (const char* toy : {"depth_3", "depth_5"}) {
    const Changes changes = CountChanges(*FindToy(toy), 60);
    EXPECT_GT(changes.independent, 300) << toy;
    EXPECT_EQ(changes.of_independent, 0) << toy;
    EXPECT_GT(changes.of_dependent, 0) << toy;
  }
}

}  // namespace
}  // namespace sim
