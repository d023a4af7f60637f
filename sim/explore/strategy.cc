#include "sim/explore/strategy.h"

#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"

namespace sim {
namespace {

class RandomStrategy final : public Strategy {
 public:
  ChoiceSource& ForRun(uint64_t base_seed, uint64_t run) override {
    source_.Seed(RunSeed(base_seed, run));
    return source_;
  }

 private:
  RandomSource source_;
};

}  // namespace

std::unique_ptr<Strategy> MakeStrategy(absl::string_view name) {
  if (name == "random") return std::make_unique<RandomStrategy>();
  return nullptr;
}

const std::vector<std::string>& StrategyNames() {
  static const auto& names = *new std::vector<std::string>{"random"};
  return names;
}

}  // namespace sim
