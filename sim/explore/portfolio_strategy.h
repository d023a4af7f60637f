// A portfolio: several strategies share the runs, mostly by fixed shares, a part by what each has found lately.
//
// Which strategy finds a bug is not known beforehand, and the best one for a bug may be hopeless for the next. Whoever
// has the share s of the runs is at most 1/s times as slow as alone, so shares are a matter of how often a strategy is
// much better than all others. Of each 16 runs, in an order that is drawn anew:
//
//   4 delay         most bugs need few deviations from the usual order
//   2 random  2 surw  2 pos
//   1 pct           seldom better than these, but then by far
//   1 guided  1 fork
//   3               by the number of new hand-offs and marks (coverage.h) that a strategy has shown per run, of which
//                   an eighth is forgotten in every epoch: a bandit with a changing reward
//
// Fixed parts of small blocks, not independent draws: nobody's turn comes late by bad luck.
//
// Run i by strategy s is run i of s alone. Integers only: the same on every machine.
#ifndef SIM_EXPLORE_PORTFOLIO_STRATEGY_H_
#define SIM_EXPLORE_PORTFOLIO_STRATEGY_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/explore/guided_strategy.h"
#include "sim/explore/strategy.h"

namespace sim {

class PortfolioStrategy final : public Strategy {
 public:
  PortfolioStrategy();

  bool wants_profile() const override { return true; }
  void Use(const Profile& profile) override;
  ChoiceSource& ForRun(uint64_t base_seed, uint64_t run) override;
  // Nor was it drawn for what they have shown which strategy makes the run.
  bool independent() const override { return !last_.by_findings && arms_[last_.arm].strategy->independent(); }
  size_t arm() const override { return last_.arm; }
  std::vector<std::string> arms() const override;
  bool learns() const override { return true; }
  bool Knows(uint64_t key) const override { return guided_->Knows(key); }
  void Learn(const Lesson& lesson) override;
  void BeginEpoch(const Epoch& epoch) override;

  // For tests: who made the last run, and the share of the current epoch's runs that strategy `i` gets, in 1024ths.
  size_t size() const { return arms_.size(); }
  const std::string& name(size_t i) const { return arms_[i].name; }
  size_t last() const { return last_.arm; }
  uint32_t share(size_t i) const;

 private:
  static constexpr size_t kArms = 7;
  static constexpr uint32_t kBlock = 16;       // runs
  static constexpr uint32_t kByFindings = 3;   // of them
  using Weights = std::array<uint32_t, kArms>;

  struct Arm {
    std::string name;
    uint32_t share;  // of each block
    std::unique_ptr<Strategy> strategy;
    uint64_t found = 0;  // new keys lately, in 256ths
    uint64_t runs = 0;   // lately, in 256ths
  };
  // An epoch under way, or whose lessons are still to come.
  struct EpochState {
    Epoch epoch{};
    Weights weights{};
  };
  struct Turn {
    size_t arm = 0;
    bool by_findings = false;
  };

  void Add(const char* name, uint32_t share, std::unique_ptr<Strategy> strategy);
  const EpochState& StateOf(uint64_t run) const;
  Turn TurnOf(const EpochState& state, uint64_t base_seed, uint64_t run) const;

  std::vector<Arm> arms_;
  GuidedStrategy* guided_ = nullptr;  // one of them
  std::array<EpochState, 3> epochs_;  // the last three, by number
  uint64_t begun_ = 0;                // epochs
  Turn last_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_PORTFOLIO_STRATEGY_H_
