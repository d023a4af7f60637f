#include <cstdio>

#include "absl/strings/str_cat.h"
#include "sim/explore/explainer.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/realigner.h"
#include "sim/explore/tape_file.h"
#include "sim/report/timeline.h"
#include "tools/commands.h"
#include "tools/finding.h"

namespace wavetank {
namespace {

// How today's run differs from the one that was kept.
std::string Drift(const sim::Realigned& realigned) {
  if (realigned.drift.empty()) return "";
  const bool held = realigned.report.outcome.held();
  std::string text = absl::StrCat(realigned.drift, "\n");
  if (!realigned.alignment.empty()) absl::StrAppend(&text, "realigned: ", realigned.alignment, "\n");
  if (held) absl::StrAppend(&text, "the failure is gone; ", realigned.tried, " ways to realign the tape were tried\n");
  if (held) return text;
  return absl::StrCat(text, "the failure is still there\n");
}

// Of strict replay.
std::string Misfit(const sim::TapeFile& tape, const sim::TapeRunReport& report) {
  if (report.misfits > 0) return absl::StrCat("drift: ", report.misfit, "\n");
  if (report.unused > 0) return "drift: the tape goes on where the run has ended\n";
  if (tape.digest == 0 || report.outcome.digest == tape.digest) return "";
  return "drift: the tape fits, but the run is not the one that was kept (its digest differs)\n";
}

}  // namespace

int ReplayCommand(const Catalog& catalog, const Options& options) {
  if (options.operands.size() != 1) return UsageError("replay takes one TAPE");
  std::vector<std::string> errors;
  sim::TapeFile tape;
  if (!sim::LoadTape(FromUserFolder(options.operands[0]), &tape, &errors)) return BadInput(errors);
  LoadedScenario scenario;
  const std::string own = ScenarioOf(tape, FromUserFolder(options.operands[0]));
  if (!catalog.Load(options.scenario.empty() ? own : options.scenario, &scenario, &errors)) {
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
  sim::TapeRunReport report;
  std::string drift;
  if (options.strict) {
    report = runner.Run(run);
    drift = run.strict ? Misfit(tape, report) : report.drift.empty() ? Misfit(tape, report) : report.drift + "\n";
    if (!drift.empty()) {
      report.outcome.harness_fault = absl::StrCat("the tape does not fit: ", drift.substr(0, drift.find('\n')));
    }
  } else {
    const sim::Realigned realigned = sim::Realign(runner, run, tape.digest);
    report = realigned.report;
    drift = Drift(realigned);
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
