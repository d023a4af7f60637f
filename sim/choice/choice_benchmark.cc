// What a question about loop.next costs with each strategy, on 4, 16 and 128 ready sources, the note of its step with
// it; the floor is the random number alone. Nothing is allocated per choice.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "sim/choice/delay_source.h"
#include "sim/choice/pct_source.h"
#include "sim/choice/pos_source.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/choice/surw_source.h"
#include "tools/benchmark/against_floor.h"

namespace sim {
namespace {

class Ready final : public Alternatives {
 public:
  explicit Ready(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) names_.push_back(Name().Child("task", i));
  }
  Name Id(uint32_t index) const override { return names_[index]; }
  uint32_t count() const { return static_cast<uint32_t>(names_.size()); }
  const std::vector<Name>& names() const { return names_; }

 private:
  std::vector<Name> names_;
};

template <class Source>
void Measure(benchmark::State& state, Source& source, const Ready& ready) {
  Prng prng(1);
  uint64_t sum = 0;
  uint64_t seed = 0;
  tools::AgainstFloor(
      state, 4096,
      [&](int64_t n) {
        source.Seed(++seed);
        source.BeginRun();
        for (; n > 0; --n) {
          const uint32_t index = source.Choose({Label::kLoopNext, Name(), ready.count(), &ready});
          if (source.watches()) source.AfterStep(ready.Id(index), index);
          sum += index;
        }
      },
      [&](int64_t n) {
        while (n-- > 0) sum += prng.Below(ready.count());
      });
  benchmark::DoNotOptimize(sum);
}

template <class Source>
void BM_Strategy(benchmark::State& state) {
  const Ready ready(static_cast<uint32_t>(state.range(0)));
  Profile profile;
  profile.questions = 4096;
  for (Name name : ready.names()) profile.sources.push_back({name, 32, 3});
  Source source;
  source.Use(profile);
  Measure(state, source, ready);
}
void BM_Random(benchmark::State& state) {
  const Ready ready(static_cast<uint32_t>(state.range(0)));
  RandomSource source;
  Measure(state, source, ready);
}
BENCHMARK(BM_Random)->Arg(4)->Arg(16)->Arg(128)->UseManualTime();
BENCHMARK(BM_Strategy<PctSource>)->Name("BM_Pct")->Arg(4)->Arg(16)->Arg(128)->UseManualTime();
BENCHMARK(BM_Strategy<PosSource>)->Name("BM_Pos")->Arg(4)->Arg(16)->Arg(128)->UseManualTime();
BENCHMARK(BM_Strategy<SurwSource>)->Name("BM_Surw")->Arg(4)->Arg(16)->Arg(128)->UseManualTime();
BENCHMARK(BM_Strategy<DelaySource>)->Name("BM_Delay")->Arg(4)->Arg(16)->Arg(128)->UseManualTime();

}  // namespace
}  // namespace sim
