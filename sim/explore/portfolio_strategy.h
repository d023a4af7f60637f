// A portfolio: several strategies share the runs, each by what it has found lately.
//
// Which strategy finds a bug is not known beforehand, and the best one for a bug may be hopeless for the next. So
// half of the runs are shared equally (but random gets twice as many: it needs no luck with its estimates, and no
// history), and the other half by the number of new hand-offs (coverage.h) that a strategy has shown per run, of
// which an eighth is forgotten in every epoch: a bandit with a changing reward. Nobody ever starves: a fourteenth of
// the runs is everyone's.
//
// Run i by strategy s is run i of s alone. Integers only: the same on every machine.
#ifndef SIM_EXPLORE_PORTFOLIO_STRATEGY_H_
#define SIM_EXPLORE_PORTFOLIO_STRATEGY_H_

#include <array>
#include <cstdint>
#include <memory>
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
  bool independent() const override { return last_ == kRandom; }
  size_t arm() const override { return last_; }
  std::vector<std::string> arms() const override;
  bool learns() const override { return true; }
  bool Knows(uint64_t key) const override { return guided_.Knows(key); }
  void Learn(const Lesson& lesson) override;
  void BeginEpoch(const Epoch& epoch) override;

  // For tests: the share of the runs of the current epoch that strategy `i` gets, in 1024ths, and its name.
  size_t size() const { return arms_.size(); }
  const std::string& name(size_t i) const { return arms_[i].name; }
  uint32_t share(size_t i) const;

 private:
  static constexpr size_t kArms = 6;
  static constexpr size_t kRandom = 0;
  using Weights = std::array<uint32_t, kArms>;

  struct Arm {
    std::string name;
    std::unique_ptr<Strategy> strategy;  // null: guided_
    uint64_t found = 0;                  // new keys lately, in 256ths
    uint64_t runs = 0;                   // lately, in 256ths
  };
  // An epoch under way, or whose lessons are still to come.
  struct EpochState {
    Epoch epoch{};
    Weights weights{};
  };

  const EpochState& StateOf(uint64_t run) const;
  static size_t ArmOf(const EpochState& state, uint64_t base_seed, uint64_t run);

  std::vector<Arm> arms_;
  GuidedStrategy guided_;
  std::array<EpochState, 3> epochs_;  // the last three, by number
  uint64_t begun_ = 0;                // epochs
  size_t last_ = kRandom;             // who made the last run
};

}  // namespace sim

#endif  // SIM_EXPLORE_PORTFOLIO_STRATEGY_H_
