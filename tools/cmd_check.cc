// What the macros in scenarios/scenario.bzl ask.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/explore/scenario_check.h"
#include "sim/explore/tape_file.h"
#include "tools/commands.h"
#include "tools/finding.h"

namespace wavetank {
namespace {

constexpr uint64_t kDefaultRuns = 1000;

sim::CheckResult CheckTape(const LoadedScenario& scenario, const sim::TapeFile& tape, const Options& options) {
  const sim::LawSet laws = options.Judges(scenario.laws);
  const sim::IsolationOptions isolation = Isolation(scenario, options);
  if (options.expect == "holds") return sim::CheckTapeHolds(*scenario.program, tape, laws, isolation);
  sim::LawId law = sim::LawId::kNone;
  LawFromName(options.expect, &law);
  return sim::CheckTapeFails(*scenario.program, tape, law, laws, isolation);
}

sim::CheckResult CheckRuns(const LoadedScenario& scenario, const Options& options, uint64_t seed) {
  sim::CampaignOptions campaign;
  campaign.seed = seed;
  campaign.runs = options.runs_given ? options.runs : kDefaultRuns;
  campaign.jobs = options.jobs != 0 ? options.jobs : 1;
  campaign.laws = options.Judges(scenario.laws);
  campaign.strategy = options.strategy;
  campaign.isolation = Isolation(scenario, options);
  if (options.expect == "holds") return sim::CheckHolds(*scenario.program, campaign);
  sim::LawId law = sim::LawId::kNone;
  LawFromName(options.expect, &law);
  return sim::CheckCaught(*scenario.program, law, campaign);
}

}  // namespace

int CheckCommand(const Catalog& catalog, const Options& given) {
  const std::string operand = OnlyOperand(given);
  if (operand.empty()) return UsageError("check takes one SCENARIO");
  if (given.expect != "holds" && given.tape.empty() && given.runs_given && given.runs == 0) {
    return UsageError("a law cannot be broken in 0 runs");
  }
  std::vector<std::string> errors;
  LoadedScenario scenario;
  sim::TapeFile tape;
  if (!catalog.Load(operand, &scenario, &errors)) return BadInput(errors);
  if (!given.tape.empty() && !sim::LoadTape(FromUserFolder(given.tape), &tape, &errors)) return BadInput(errors);
  Options options = given;
  if (options.laws.empty()) options.laws = tape.judged;

  bool ok = true;
  bool harness = false;
  for (uint64_t i = 0; i < options.base_seeds && ok; ++i) {
    const sim::CheckResult result =
        options.tape.empty() ? CheckRuns(scenario, options, options.seed + i) : CheckTape(scenario, tape, options);
    ok = result.ok;
    harness = absl::StrContains(result.text, "NONDETERMINISTIC");
    if (!Print(absl::StrCat(scenario.name, ": ", result.text, "\n"))) return kHarness;
    if (!options.tape.empty()) break;
  }
  return ok ? kHeld : harness ? kHarness : kViolation;
}

}  // namespace wavetank
