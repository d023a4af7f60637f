// What the macros in scenarios/scenario.bzl ask.
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/explore/fidelity.h"
#include "sim/explore/scenario_check.h"
#include "sim/explore/tape_file.h"
#include "tools/commands.h"
#include "tools/finding.h"

namespace wavetank {
namespace {

constexpr uint64_t kDefaultRuns = 1000;
constexpr uint64_t kDefaultRealRuns = 50;
constexpr size_t kShortTape = 10;  // decisions that a person still follows

// Which laws should be broken; none where all should hold.
sim::LawSet Expected(const LoadedScenario& scenario, const Options& options) {
  sim::LawSet laws = sim::LawSet::None();
  if (options.expect == "holds") return laws;
  if (options.expect == "caught") return sim::LawSet::All();
  if (options.expect == "history") {
    for (const sim::LawId law : scenario.history) laws.Add(law);
    return laws;
  }
  sim::LawId law = sim::LawId::kNone;
  LawFromName(options.expect, &law);
  return sim::LawSet::Only(law);
}

class Check {
 public:
  Check(const LoadedScenario& scenario, const Options& options)
      : scenario_(scenario), options_(options), expected_(Expected(scenario, options)) {}

  int Tape(const sim::TapeFile& tape) {
    const sim::LawSet laws = options_.Judges(scenario_.laws);
    const sim::IsolationOptions isolation = Isolation(scenario_, options_);
    const sim::Program& program = *scenario_.program;
    if (options_.expect == "holds") {
      Note("", sim::CheckTapeHolds(program, tape, laws, isolation));
    } else {
      sim::CheckResult result = sim::CheckTapeFails(program, tape, expected_, laws, isolation);
      if (result.ok && !absl::StrContains(result.text, options_.says)) {
        result = {false, absl::StrCat(result.text, "\n  which does not say: ", options_.says)};
      }
      Note("", result);
    }
    const size_t length = tape.decisions.size();
    if (options_.expect == "history" && length > kShortTape) {
      Note("", {false, absl::StrCat(length, " decisions on the tape; a kept one has at most ", kShortTape)});
    }
    return Status();
  }

  // Are the simulated network and the real one the same to the scenario's users?
  int Loopback() {
    sim::FidelityOptions fidelity;
    fidelity.real_runs = options_.runs_given ? options_.runs : kDefaultRealRuns;
    fidelity.seed = options_.seed;
    fidelity.laws = options_.Judges(scenario_.laws);
    fidelity.isolation = Isolation(scenario_, options_);
    const bool holds = options_.expect == "holds";
    if (!holds && !options_.runs_given) fidelity.real_runs = kDefaultRuns;
    const sim::FidelityResult result =
        holds ? sim::CheckFidelity(*scenario_.program, *scenario_.loopback, fidelity)
              : sim::CheckCaughtForReal(*scenario_.loopback, expected_, fidelity);
    Note("", {result.ok, result.text});
    if (!result.ok) std::fputs(result.output.c_str(), stderr);
    return Status();
  }

  int Runs() {
    const uint64_t runs = options_.runs_given ? options_.runs : kDefaultRuns;
    if (options_.expect == "history") Note("", sim::CheckHolds(*scenario_.program, Campaign(scenario_.laws, 0, 0)));
    const sim::LawSet laws = options_.Judges(scenario_.laws);
    for (uint64_t i = 0; i < options_.base_seeds && ok_; ++i) {
      const sim::CampaignOptions campaign = Campaign(laws, runs, options_.seed + i);
      if (options_.expect == "holds") {
        Note("", sim::CheckHolds(*scenario_.program, campaign));
        continue;
      }
      Note("", sim::CheckCaught(*scenario_.program, expected_, campaign));
      if (options_.expect == "history") EachAlone(campaign);
    }
    return Status();
  }

 private:
  // Each law of the bug finds it by itself.
  void EachAlone(sim::CampaignOptions campaign) {
    for (const sim::LawId law : scenario_.history) {
      if (!ok_) return;
      campaign.laws = sim::LawSet::Only(law);
      Note(absl::StrCat(LawName(law), " alone: "), sim::CheckCaught(*scenario_.program, campaign.laws, campaign));
    }
  }

  sim::CampaignOptions Campaign(sim::LawSet laws, uint64_t runs, uint64_t seed) const {
    sim::CampaignOptions campaign;
    campaign.seed = seed;
    campaign.runs = runs;
    campaign.jobs = options_.jobs != 0 ? options_.jobs : 1;
    campaign.laws = laws;
    if (!options_.strategy.empty()) campaign.strategy = options_.strategy;
    campaign.statistics = false;
    campaign.isolation = Isolation(scenario_, options_);
    return campaign;
  }

  void Note(const std::string& what, const sim::CheckResult& result) {
    ok_ = ok_ && result.ok;
    harness_ = harness_ || absl::StrContains(result.text, "NONDETERMINISTIC");
    if (!Print(absl::StrCat(scenario_.name, ": ", what, result.text, "\n"))) harness_ = true;
  }

  int Status() const { return harness_ ? kHarness : ok_ ? kHeld : kViolation; }

  const LoadedScenario& scenario_;
  const Options& options_;
  const sim::LawSet expected_;
  bool ok_ = true;
  bool harness_ = false;
};

}  // namespace

int CheckCommand(const Catalog& catalog, const Options& given) {
  std::string operand = OnlyOperand(given);
  const bool own = given.operands.empty() && !given.tape.empty();
  if (operand.empty() && !own) return UsageError("check takes one SCENARIO");
  if (given.network == "loopback" && !given.tape.empty()) {
    return UsageError("a tape is of a simulated network: --tape and --network=loopback exclude each other");
  }
  if (given.expect != "holds" && given.tape.empty() && given.runs_given && given.runs == 0) {
    return UsageError("a law cannot be broken in 0 runs");
  }
  std::vector<std::string> errors;
  LoadedScenario scenario;
  sim::TapeFile tape;
  const std::string tape_path = FromUserFolder(given.tape);
  if (!given.tape.empty() && !sim::LoadTape(tape_path, &tape, &errors)) return BadInput(errors);
  if (own) operand = ScenarioOf(tape, tape_path);
  if (!catalog.Load(operand, &scenario, &errors)) return BadInput(errors);
  if (given.expect == "history" && scenario.history.empty()) {
    return UsageError(absl::StrCat(scenario.name, " is not about a historic bug: it says no `history`"));
  }
  if (given.network == "loopback") {
    if (scenario.loopback == nullptr) return UsageError(absl::StrCat(scenario.name, " cannot run on real sockets"));
    return Check(scenario, given).Loopback();
  }
  if (given.tape.empty()) return Check(scenario, given).Runs();
  Options options = given;
  if (options.laws.empty()) options.laws = tape.judged;
  return Check(scenario, options).Tape(tape);
}

}  // namespace wavetank
