#include <cstdio>

#include "absl/strings/str_cat.h"
#include "sim/explore/explainer.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/tape_file.h"
#include "sim/report/timeline.h"
#include "tools/commands.h"
#include "tools/finding.h"

namespace wavetank {
namespace {

// How today's run differs from the one that was kept, one line each.
std::string Drift(const sim::TapeFile& tape, const sim::TapeRunReport& report) {
  std::string text;
  if (report.misfits > 0) absl::StrAppend(&text, "drift: ", report.misfit, "\n");
  if (report.unused > 0) {
    absl::StrAppend(&text, "drift: ", report.unused, " of ", tape.decisions.size(), " decisions not asked for\n");
  }
  if (text.empty() && tape.digest != 0 && report.outcome.digest != tape.digest) {
    text = "drift: the tape fits, but the run is not the one that was kept (its digest differs)\n";
  }
  return text;
}

}  // namespace

int ReplayCommand(const Catalog& catalog, const Options& options) {
  if (options.operands.size() != 1) return UsageError("replay takes one TAPE");
  std::vector<std::string> errors;
  sim::TapeFile tape;
  if (!sim::LoadTape(FromUserFolder(options.operands[0]), &tape, &errors)) return BadInput(errors);
  LoadedScenario scenario;
  if (!catalog.Load(options.scenario.empty() ? tape.scenario : options.scenario, &scenario, &errors)) {
    return BadInput(errors);
  }

  Options judged = options;
  if (judged.laws.empty()) judged.laws = tape.judged;
  sim::IsolatedRunner::Options runner_options;
  runner_options.isolation = Isolation(scenario, options);
  runner_options.arena.track_sites = scenario.memory == sim::Memory::kArena;
  sim::IsolatedRunner runner(*scenario.program, runner_options);
  sim::TapeRun run;
  run.tape = tape.decisions;
  run.strict = tape.is_complete && options.strict;
  run.complete = tape.complete;
  run.laws = judged.Judges(scenario.laws);
  run.keep_trace = true;
  sim::TapeRunReport report = runner.Run(run);

  const std::string drift = Drift(tape, report);
  if (options.strict && !drift.empty()) {
    report.outcome.harness_fault = absl::StrCat("the tape does not fit: ", drift.substr(0, drift.find('\n')));
  }
  Result result;
  result.scenario = scenario.name;
  result.Set(report.outcome);
  result.runs = 1;
  result.first_failure = report.outcome.held() ? 0 : 1;
  result.seed = tape.seed;
  result.decisions = tape.decisions.size();
  result.tape = options.operands[0];
  std::string text = sim::Timeline(runner.history(), {options.full ? 0 : sim::TimelineOptions().lines_max});
  for (size_t i = 0; i < tape.decisions.size() && i < 50; ++i) {
    absl::StrAppend(&text, "  ", i + 1, ". ", sim::DescribeDecision(tape.decisions[i], runner.history()), "\n");
  }
  absl::StrAppend(&text, drift, report.output, scenario.name, ": ", DescribeOutcome(report.outcome), "\n");
  if (options.json) {
    std::fputs(text.c_str(), stderr);
    text = result.Json() + "\n";
  }
  if (!Print(text)) return kHarness;
  return report.outcome.held() ? kHeld : report.outcome.harness_fault.empty() ? kViolation : kHarness;
}

}  // namespace wavetank
