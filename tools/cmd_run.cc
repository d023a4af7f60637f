#include <cstdio>

#include "absl/strings/str_cat.h"
#include "sim/choice/prng.h"
#include "sim/explore/isolated_runner.h"
#include "sim/report/timeline.h"
#include "tools/commands.h"
#include "tools/finding.h"

namespace wavetank {

int RunCommand(const Catalog& catalog, const Options& options) {
  const std::string operand = OnlyOperand(options);
  if (operand.empty()) return UsageError("run takes one SCENARIO");
  LoadedScenario scenario;
  std::vector<std::string> errors;
  if (!catalog.Load(operand, &scenario, &errors)) return BadInput(errors);
  if (options.network == "loopback") {
    if (scenario.loopback == nullptr) return UsageError(absl::StrCat(scenario.name, " cannot run on real sockets"));
    scenario.program = scenario.loopback;
    scenario.memory = sim::Memory::kHeap;
  }

  sim::IsolatedRunner::Options runner_options;
  runner_options.isolation = Isolation(scenario, options);
  runner_options.arena.track_sites = scenario.memory == sim::Memory::kArena;
  sim::IsolatedRunner runner(*scenario.program, runner_options);
  sim::TapeRun run;
  run.laws = options.Judges(scenario.laws);
  run.keep_trace = true;
  if (!options.quiet_run) {
    run.random_from = 0;
    run.seed = sim::RunSeed(options.seed, options.run);
  }
  const sim::TapeRunReport report = runner.Run(run);

  Result result;
  result.scenario = scenario.name;
  result.Set(report.outcome);
  result.runs = 1;
  result.first_failure = report.outcome.held() ? 0 : options.quiet_run ? 1 : options.run;
  result.seed = options.quiet_run ? 0 : options.seed;
  result.decisions = sim::RecordedSparse(runner.history()).size();
  std::string text = sim::Timeline(runner.history(), {options.full ? 0 : sim::TimelineOptions().lines_max});
  absl::StrAppend(&text, report.output, report.outcome.steps, " steps, ", result.decisions, " decisions, ",
                  sim::FormatTime(report.outcome.elapsed_ns), "\n");
  absl::StrAppend(&text, scenario.name, ": ", DescribeOutcome(report.outcome), "\n");
  if (options.json) {
    std::fputs(text.c_str(), stderr);
    text = result.Json() + "\n";
  }
  if (!Print(text)) return kHarness;
  return report.outcome.held() ? kHeld : report.outcome.harness_fault.empty() ? kViolation : kHarness;
}

}  // namespace wavetank
