#include "sim/explore/strategy.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "sim/choice/delay_source.h"
#include "sim/choice/enumerate_source.h"
#include "sim/choice/pct_source.h"
#include "sim/choice/pos_source.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/choice/surw_source.h"
#include "sim/explore/fork_strategy.h"
#include "sim/explore/guided_strategy.h"
#include "sim/explore/portfolio_strategy.h"

namespace sim {
namespace {

constexpr uint64_t kProfileRuns = 8;

class RandomStrategy final : public Strategy {
 public:
  ChoiceSource& ForRun(uint64_t base_seed, uint64_t run) override {
    source_.Seed(RunSeed(base_seed, run));
    return source_;
  }

 private:
  RandomSource source_;
};

template <class Source>
class ScheduleStrategy final : public Strategy {
 public:
  explicit ScheduleStrategy(Source source) : source_(std::move(source)) {}

  bool wants_profile() const override { return true; }
  void Use(const Profile& profile) override { source_.Use(profile); }
  ChoiceSource& ForRun(uint64_t base_seed, uint64_t run) override {
    source_.Seed(RunSeed(base_seed, run));
    return source_;
  }

 private:
  Source source_;
};

class EnumerateStrategy final : public Strategy {
 public:
  explicit EnumerateStrategy(uint64_t deviations_max) : source_(deviations_max) {}

  ChoiceSource& ForRun(uint64_t, uint64_t) override { return source_; }
  bool independent() const override { return false; }
  bool sequential() const override { return true; }
  bool Advance() override { return source_.Next(); }
  bool ResumeAfter(const std::vector<TapeEntry>& tape) override {
    source_.Restore(tape.data(), tape.data() + tape.size());
    return source_.Next();
  }

 private:
  EnumerateSource source_;
};

template <class Source>
std::unique_ptr<Strategy> Of(Source source) {
  return std::make_unique<ScheduleStrategy<Source>>(std::move(source));
}

}  // namespace

std::unique_ptr<Strategy> MakeStrategy(absl::string_view name) {
  const size_t colon = name.find(':');
  const absl::string_view kind = name.substr(0, colon);
  uint32_t number = 0;
  if (colon != absl::string_view::npos) {
    if (!absl::SimpleAtoi(name.substr(colon + 1), &number)) return nullptr;
    if (kind == "enumerate") return std::make_unique<EnumerateStrategy>(number);
    if (number == 0) return nullptr;
    if (kind == "pct" && number <= PctSource::kDepthMax) return Of(PctSource(number));
    if (kind == "delay" && number <= DelaySource::kDelaysMax) return Of(DelaySource(number));
    return nullptr;
  }
  if (kind == "random") return std::make_unique<RandomStrategy>();
  if (kind == "pct") return Of(PctSource());
  if (kind == "pos") return Of(PosSource());
  if (kind == "surw") return Of(SurwSource());
  if (kind == "urw") return Of(SurwSource(/*selects=*/false));
  if (kind == "delay") return Of(DelaySource());
  if (kind == "guided") return std::make_unique<GuidedStrategy>();
  if (kind == "fork") return std::make_unique<ForkStrategy>();
  if (kind == "portfolio") return std::make_unique<PortfolioStrategy>();
  if (kind == "enumerate") return std::make_unique<EnumerateStrategy>(EnumerateSource::kUnbounded);
  return nullptr;
}

const std::vector<std::string>& StrategyNames() {
  static const auto& names = *new std::vector<std::string>{"random", "pct", "pos", "surw", "urw", "delay",
                                                             "guided", "fork", "portfolio", "enumerate"};
  return names;
}

Profile MakeProfile(const Program& program, Runner& runner, LawSet laws, uint64_t base_seed) {
  Profiler profiler;
  for (uint64_t i = 1; i <= kProfileRuns; ++i) {
    profiler.Seed(RunSeed(~base_seed, i));
    runner.Run(program, profiler, {laws, false, 0});
  }
  return profiler.Result();
}

}  // namespace sim
