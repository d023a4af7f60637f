#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/explore/prover.h"
#include "sim/report/timeline.h"
#include "tools/commands.h"
#include "tools/finding.h"
#include "tools/interrupts.h"
#include "tools/json.h"

namespace wavetank {
namespace {

constexpr int64_t kDefaultDurationNs = 60'000'000'000;

class ProveOne {
 public:
  ProveOne(const LoadedScenario& scenario, const Options& options) : scenario_(scenario), options_(options) {}

  int Run() {
    sim::ProveOptions prove;
    prove.laws = options_.Judges(scenario_.laws);
    if (options_.states != 0) prove.states_max = options_.states;
    prove.duration_ns = options_.duration_ns != 0 ? options_.duration_ns : kDefaultDurationNs;
    if (options_.bound_given) prove.bound = static_cast<int64_t>(options_.bound);
    if (options_.plain) {
      prove.sameness = sim::Sameness::kBytes;
      prove.reduces = false;
    }
    prove.memory = scenario_.memory;
    prove.isolation = Isolation(scenario_, options_);
    prove.interrupted = Interrupted;
    const sim::ProveResult result = sim::Prove(*scenario_.program, prove);
    text_ = absl::StrCat(scenario_.name, ": ", Headline(result), "\n");
    const bool must_fail = options_.expect == "caught";
    if (result.outcome.held()) return Report(result, must_fail ? kViolation : Missed(result) ? kHarness : kHeld);
    if (must_fail) return Report(result, kHeld);
    sim::CampaignFailure failure;
    failure.run = result.runs;
    failure.outcome = result.outcome;
    failure.tape = result.tape;
    const Finding finding = Investigate(scenario_, failure, options_);
    text_ += finding.text;
    law_ = std::string(LawName(finding.outcome.violation.law));
    tape_ = finding.path;
    return Report(result, finding.status());
  }

 private:
  // What was asked for was not exhausted.
  bool Missed(const sim::ProveResult& result) const {
    if (result.exhausted) return false;
    return options_.whole || (options_.bound_given && result.bound < static_cast<int64_t>(options_.bound));
  }
  // What is known to hold, as a share: not of all runs, whose number nobody knows.
  static std::string Covered(const sim::ProveResult& result) {
    return absl::StrFormat("%d.%04d %% of random walks", result.explored_ppm / 10'000, result.explored_ppm % 10'000);
  }
  static std::string Headline(const sim::ProveResult& result) {
    const std::string found =
        absl::StrCat(result.states, " states (", result.transitions, " transitions, ", result.runs, " runs, ",
                     result.end_states, " end states, ", sim::FormatTime(result.elapsed_ns), ")");
    if (!result.outcome.held()) return absl::StrCat("1 violation, with a bound of ", result.bound + 1, " deviations");
    const char* reduced = result.is_reduced ? ", one of each class of equivalent orders" : "";
    if (result.exhausted) return absl::StrCat("exhausted without a bound", reduced, ", ", found, ", 0 violations");
    if (result.bound < 0) return absl::StrCat("not exhausted: ", result.stopped, " after ", found, ", 0 violations");
    return absl::StrCat("exhausted with at most ", result.bound, " deviations, ", found, ", ", Covered(result),
                        ", 0 violations", result.stopped.empty() ? "" : "; then ", result.stopped);
  }

  int Report(const sim::ProveResult& result, int status) {
    if (!options_.json) return Print(text_) ? status : kHarness;
    std::fputs(text_.c_str(), stderr);
    JsonObject json;
    json.Add("scenario", scenario_.name);
    json.Add("verdict", status == kHeld ? "HELD" : status == kViolation ? "VIOLATION" : "HARNESS_FAULT");
    json.Add("law", law_).Add("exhausted", uint64_t{result.exhausted}).Add("bound", std::to_string(result.bound));
    json.Add("stopped", result.stopped);
    json.Add("states", result.states).Add("transitions", result.transitions).Add("runs", result.runs);
    json.Add("end_states", result.end_states).Add("steps", result.steps).Add("explored_ppm", result.explored_ppm);
    json.Add("states_per_s", result.StatesPerSecond()).Add("tape", tape_);
    return Print(json.Text() + "\n") ? status : kHarness;
  }

  const LoadedScenario& scenario_;
  const Options& options_;
  std::string text_, law_, tape_;
};

}  // namespace

int ProveCommand(const Catalog& catalog, const Options& options) {
  std::vector<std::string> names = options.operands;
  if (names.empty() && !options.default_scenario.empty()) names.push_back(options.default_scenario);
  if (names.empty()) return UsageError("prove takes at least one SCENARIO");
  std::vector<LoadedScenario> scenarios(names.size());
  std::vector<std::string> errors;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!catalog.Load(names[i], &scenarios[i], &errors)) return BadInput(errors);
  }
  CatchInterrupts();
  int worst = kHeld;
  for (const LoadedScenario& scenario : scenarios) {
    if (!Interrupted()) worst = std::max(worst, ProveOne(scenario, options).Run());
  }
  return worst;
}

}  // namespace wavetank
