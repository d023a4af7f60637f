#include <cstdio>

#include "absl/strings/str_cat.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/realigner.h"
#include "sim/explore/tape_file.h"
#include "tools/commands.h"
#include "tools/finding.h"

namespace wavetank {

int ShrinkCommand(const Catalog& catalog, const Options& given) {
  if (given.operands.size() != 1) return UsageError("shrink takes one TAPE");
  std::vector<std::string> errors;
  sim::TapeFile tape;
  if (!sim::LoadTape(FromUserFolder(given.operands[0]), &tape, &errors)) return BadInput(errors);
  LoadedScenario scenario;
  const std::string own = ScenarioOf(tape, FromUserFolder(given.operands[0]));
  if (!catalog.Load(given.scenario.empty() ? own : given.scenario, &scenario, &errors)) {
    return BadInput(errors);
  }
  Options options = given;
  options.seed = tape.seed;
  if (options.laws.empty()) options.laws = tape.judged;

  sim::IsolatedRunner::Options runner_options;
  runner_options.isolation = Isolation(scenario, options);
  sim::IsolatedRunner runner(*scenario.program, runner_options);
  sim::TapeRun run;
  run.tape = tape.decisions;
  run.laws = options.Judges(scenario.laws);
  sim::CampaignFailure failure;
  failure.run = tape.run;
  failure.outcome = sim::Realign(runner, run, tape.digest).report.outcome;
  failure.tape = sim::RecordedComplete(runner.history());

  Result result;
  result.scenario = scenario.name;
  result.runs = 1;
  result.seed = tape.seed;
  result.Set(failure.outcome);
  if (failure.outcome.held()) {
    const std::string text = absl::StrCat(scenario.name, ": the tape holds, there is nothing to shrink\n");
    return Print(options.json ? result.Json() + "\n" : text) ? kHeld : kHarness;
  }
  const Finding finding = Investigate(scenario, failure, options);
  result.Set(finding.outcome);
  result.first_failure = 1;
  result.decisions = finding.decisions;
  result.tape = finding.path;
  if (options.json) std::fputs(finding.text.c_str(), stderr);
  if (!Print(options.json ? result.Json() + "\n" : finding.text)) return kHarness;
  return finding.status();
}

}  // namespace wavetank
