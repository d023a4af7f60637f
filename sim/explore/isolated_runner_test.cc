#include "sim/explore/isolated_runner.h"

#include <signal.h>

#include "gtest/gtest.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

IsolatedRunner::Options Impatient() {
  IsolatedRunner::Options options;
  options.isolation.step_limit_ns = 300'000'000;
  return options;
}

// The first of the random runs of `runner` that ends in CRASH.
TapeRunReport FirstCrash(IsolatedRunner& runner) {
  TapeRun run;
  run.random_from = 0;
  run.keep_trace = true;
  for (run.seed = 1; run.seed < 100; ++run.seed) {
    TapeRunReport report = runner.Run(run);
    if (report.outcome.violation.law == LawId::kCrash) return report;
  }
  return {};
}

TEST(IsolatedRunnerTest, ARunInAChildIsTheSameAsOneHere) {
  const Program& toy = *FindToy("pool_fixed");
  Runner here;
  RandomSource source;
  source.Seed(5);
  const Outcome expected = here.Run(toy, source, {});

  IsolatedRunner isolated(toy, {});
  TapeRun run;
  run.random_from = 0;
  run.seed = 5;
  const TapeRunReport report = isolated.Run(run);
  EXPECT_TRUE(report.outcome.held());
  EXPECT_EQ(report.outcome.digest, expected.digest);
  EXPECT_EQ(report.outcome.steps, expected.steps);
  EXPECT_EQ(RecordedComplete(isolated.history()), RecordedComplete(here.history()));
}

TEST(IsolatedRunnerTest, ASparseTapeMakesTheRunThatItWasTakenFrom) {
  IsolatedRunner runner(*FindToy("incr_8_100"), {});
  TapeRun random;
  random.random_from = 0;
  random.seed = 3;
  const TapeRunReport first = runner.Run(random);
  TapeRun replay;
  replay.tape = RecordedSparse(runner.history());
  EXPECT_LT(replay.tape.size(), first.outcome.decisions);
  const TapeRunReport second = runner.Run(replay);
  EXPECT_EQ(second.outcome.digest, first.outcome.digest);
  EXPECT_EQ(second.misfits, 0u);
  EXPECT_EQ(second.unused, 0u);
}

TEST(IsolatedRunnerTest, AFailedCheckIsACrashWithItsTape) {
  IsolatedRunner runner(CrashingToy(), {});
  const TapeRunReport report = FirstCrash(runner);
  ASSERT_EQ(report.outcome.violation.law, LawId::kCrash);
  EXPECT_NE(report.outcome.violation.reason.find("CHECK failed: first"), std::string::npos)
      << report.outcome.violation.reason;
  EXPECT_EQ(report.outcome.violation.step, runner.history().steps());

  // The tape outlived the process, and leads to the same crash in the next one; the names can still be rendered.
  TapeRun replay;
  replay.tape = RecordedSparse(runner.history());
  ASSERT_FALSE(replay.tape.empty());
  EXPECT_FALSE(runner.history().Render(replay.tape[0].entry.chosen).empty());
  const TapeRunReport again = runner.Run(replay);
  EXPECT_EQ(again.outcome.violation.reason, report.outcome.violation.reason);
  // And the runner goes on after it.
  EXPECT_TRUE(runner.Run({}).outcome.held());
}

TEST(IsolatedRunnerTest, ASignalIsACrash) {
  IsolatedRunner runner(SegfaultingToy(), {});
  const TapeRunReport report = runner.Run({});
  EXPECT_EQ(report.outcome.violation.law, LawId::kCrash);
  EXPECT_FALSE(report.outcome.violation.reason.empty());
#if SIM_HAS_ARENA
  EXPECT_EQ(report.outcome.violation.reason, "killed by signal 11 (Segmentation fault)");
#endif
}

#if SIM_HAS_ARENA
TEST(IsolatedRunnerTest, RunawayMemoryIsACrash) {
  IsolatedRunner arena(GreedyToy(), {});
  const TapeRunReport full = arena.Run({});
  EXPECT_EQ(full.outcome.violation.law, LawId::kCrash);
  EXPECT_NE(full.outcome.violation.reason.find("arena.cc"), std::string::npos) << full.outcome.violation.reason;

  IsolatedRunner::Options options;
  options.isolation.memory = Memory::kHeap;
  options.isolation.memory_max = uint64_t{512} << 20;
  IsolatedRunner heap(GreedyToy(), options);
  EXPECT_EQ(heap.Run({}).outcome.violation.reason, "killed by signal 6 (Aborted)");
}
#endif

TEST(IsolatedRunnerTest, AStepThatDoesNotReturnIsACrash) {
  IsolatedRunner runner(*FindCanary("must_hang"), Impatient());
  const int64_t start = HostNanos();
  const TapeRunReport report = runner.Run({});
  EXPECT_LT(HostNanos() - start, 5'000'000'000);
  EXPECT_EQ(report.outcome.violation.law, LawId::kCrash);
  EXPECT_EQ(report.outcome.violation.reason, "step 2 did not return within 300 ms of the host's time");
}

TEST(IsolatedRunnerTest, AStrictReplayOfAnotherRunSaysWhatDoesNotFit) {
  IsolatedRunner runner(*FindToy("pool_fixed"), {});
  TapeRun random;
  random.random_from = 0;
  random.seed = 9;
  runner.Run(random);
  TapeRun strict;
  strict.strict = true;
  strict.complete = RecordedComplete(runner.history());
  ASSERT_GT(strict.complete.size(), 3u);
  EXPECT_EQ(runner.Run(strict).misfits, 0u);
  strict.complete[2].count += 1;
  const TapeRunReport report = runner.Run(strict);
  EXPECT_EQ(report.misfits, 1u);
  EXPECT_NE(report.misfit.find("entry 2 of the tape answers loop.next"), std::string::npos) << report.misfit;
  EXPECT_FALSE(report.outcome.harness_fault.empty());
}

TEST(IsolatedWorkerTest, WhatIsSentToTheWholeGroupDoesNotReachTheChild) {
  const History history;
  IsolatedWorker worker({}, history);
  worker.Start([](IsolatedWorker::Child& child) {
    raise(SIGINT);
    raise(SIGTERM);
    if (child.WaitForRequest()) child.Answer();
  });
  worker.Ask();
  bool answered = false;
  while (worker.running() && !answered) {
    IsolatedWorker::Wait({&worker}, 100'000'000);
    answered = worker.TakeAnswer();
  }
  EXPECT_TRUE(answered) << worker.ending().reason;
}

TEST(CrashClassTest, NumbersAndAddressesDoNotMatter) {
  EXPECT_EQ(CrashClass("a.cc:12: CHECK failed: x == y (5 against 7)"),
            CrashClass("a.cc:13: CHECK failed: x == y (1 against 77)"));
  EXPECT_EQ(CrashClass("AddressSanitizer: heap-use-after-free on address 0x60200000ef10"),
            CrashClass("AddressSanitizer: heap-use-after-free on address 0x602000ab"));
  EXPECT_NE(CrashClass("killed by signal 11"), CrashClass("step 11 did not return"));
}

}  // namespace
}  // namespace sim
