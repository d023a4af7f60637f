#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "sim/explore/sweep.h"
#include "tools/commands.h"
#include "tools/finding.h"
#include "tools/json.h"

namespace wavetank {
namespace {

constexpr uint64_t kDefaultRuns = 10;

class SweepOne {
 public:
  SweepOne(const LoadedScenario& scenario, const Options& options) : scenario_(scenario), options_(options) {}

  int Run() {
    sim::SweepOptions sweep;
    sweep.random_runs = options_.runs_given ? options_.runs : kDefaultRuns;
    sweep.seed = options_.seed;
    sweep.laws = options_.Judges(scenario_.laws);
    sweep.isolation = Isolation(scenario_, options_);
    const sim::SweepResult result = sim::Sweep(*scenario_.program, sweep);
    if (!result.quiet.held()) {
      text_ = absl::StrCat(scenario_.name, ": nothing was swept, since the quiet run does not hold: ",
                           DescribeOutcome(result.quiet), "\n");
      law_ = std::string(LawName(result.quiet.violation.law));
      return Report(result, result.quiet.harness_fault.empty() ? kViolation : kHarness);
    }
    text_ = absl::StrCat(scenario_.name, ": ", result.points, " suspension points, ", result.swept, " swept, ",
                         result.violations, " violations (", result.behind, " points behind them, ", result.runs,
                         " runs)\n");
    int status = result.violations == 0 ? kHeld : kViolation;
    for (const sim::SweepViolation& violation : result.kept) status = std::max(status, Investigated(violation));
    return Report(result, status);
  }

 private:
  int Investigated(const sim::SweepViolation& violation) {
    sim::CampaignFailure failure;
    failure.outcome = violation.outcome;
    failure.tape = violation.tape;
    Options options = options_;
    options.keep_going = true;  // a file for each
    options.seed = ++found_;
    const Finding finding = Investigate(scenario_, failure, options);
    absl::StrAppend(&text_, finding.text);
    if (law_.empty()) {
      law_ = std::string(LawName(finding.outcome.violation.law));
      tape_ = finding.path;
    }
    return finding.status();
  }

  int Report(const sim::SweepResult& result, int status) {
    if (!options_.json) return Print(text_) ? status : kHarness;
    std::fputs(text_.c_str(), stderr);
    JsonObject json;
    json.Add("scenario", scenario_.name);
    json.Add("verdict", status == kHeld ? "HELD" : status == kViolation ? "VIOLATION" : "HARNESS_FAULT");
    json.Add("law", law_).Add("points", result.points).Add("swept", result.swept);
    json.Add("points_behind", result.behind).Add("runs", result.runs);
    json.Add("violations", result.violations).Add("seed", options_.seed).Add("tape", tape_);
    return Print(json.Text() + "\n") ? status : kHarness;
  }

  const LoadedScenario& scenario_;
  const Options& options_;
  uint64_t found_ = 0;
  std::string text_, law_, tape_;
};

}  // namespace

int SweepCommand(const Catalog& catalog, const Options& options) {
  std::vector<std::string> names = options.operands;
  if (names.empty() && !options.default_scenario.empty()) names.push_back(options.default_scenario);
  if (names.empty()) {
    for (const CatalogEntry& entry : catalog.List()) {
      if (entry.kind != CatalogEntry::Kind::kCanary) names.push_back(entry.name);
    }
  }
  if (names.empty()) return UsageError("there are no scenarios here; name one");
  int worst = kHeld;
  for (const std::string& name : names) {
    LoadedScenario scenario;
    std::vector<std::string> errors;
    if (!catalog.Load(absl::StrCat(name, kCancelEverywhere), &scenario, &errors)) return BadInput(errors);
    worst = std::max(worst, SweepOne(scenario, options).Run());
  }
  return worst;
}

}  // namespace wavetank
