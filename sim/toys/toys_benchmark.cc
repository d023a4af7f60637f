// Runs per second of the toys, random choices, tape and digest on, against the minimal explorer.
//
// Asked for: at most 3 times the floor for fixed2 and incr, 4 times for the pool; an empty run in at most 500 ns.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/toys/floor_explorer.h"
#include "sim/toys/toys.h"
#include "sim/world/runner.h"
#include "tools/benchmark/against_floor.h"

namespace sim {
namespace {

// As campaigns run them: every law judges, the leak check too.
class Ours {
 public:
  explicit Ours(const Program* program) : program_(*program) {}

  void Run(int64_t runs) {
    while (runs-- > 0) {
      source_.Seed(RunSeed(1, run_++));
      const Outcome outcome = runner_.Run(program_, source_, {});
      steps_ += outcome.steps;
      benchmark::DoNotOptimize(outcome.digest);
    }
  }
  uint64_t steps() const { return steps_; }
  uint64_t runs() const { return run_; }

 private:
  const Program& program_;
  Runner runner_;
  RandomSource source_;
  uint64_t run_ = 0;
  uint64_t steps_ = 0;
};

template <class FloorToy>
void RunFloor(int64_t runs) {
  static std::vector<char> memory(floor::kBumpSize);
  static uint64_t seed = 0;
  floor::bump_memory = memory.data();
  floor::Explorer explorer;
  floor::explorer = &explorer;
  FloorToy toy;
  while (runs-- > 0) {
    toy.Start();
    Prng prng(++seed);
    benchmark::DoNotOptimize(explorer.Run(prng));
    explorer.Reset();
  }
  benchmark::DoNotOptimize(explorer.hash);
}

template <class FloorToy>
void Compare(benchmark::State& state, const char* toy, int64_t runs) {
  Ours ours(FindToy(toy));
  tools::AgainstFloor(state, runs, [&](int64_t n) { ours.Run(n); }, RunFloor<FloorToy>);
  state.counters["steps"] = static_cast<double>(ours.steps()) / static_cast<double>(ours.runs());
}
void BM_Fixed2(benchmark::State& state) { Compare<floor::Fixed2>(state, "fixed2", 4096); }
void BM_Incr_3_4(benchmark::State& state) { Compare<floor::Increment<3, 4>>(state, "incr_3_4", 4096); }
void BM_Incr_8_100(benchmark::State& state) { Compare<floor::Increment<8, 100>>(state, "incr_8_100", 128); }
void BM_PoolFixed(benchmark::State& state) { Compare<floor::Pool>(state, "pool_fixed", 512); }
BENCHMARK(BM_Fixed2)->UseManualTime();
BENCHMARK(BM_Incr_3_4)->UseManualTime();
BENCHMARK(BM_Incr_8_100)->UseManualTime();
BENCHMARK(BM_PoolFixed)->UseManualTime();

class EmptyProgram final : public Program {
 public:
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World&) const override { return std::make_unique<EmptySubject>(); }

 private:
  class EmptySubject final : public Subject {
    void Start() override {}
  };
  std::string name_ = "empty";
  WorldConfig config_;
};

// What a run costs before its first step: seed, reset, build, rest, judge, destroy.
void BM_EmptyRun(benchmark::State& state) {
  const EmptyProgram program;
  Ours ours(&program);
  for (auto _ : state) ours.Run(1);
}
BENCHMARK(BM_EmptyRun);

}  // namespace
}  // namespace sim
