#include "sim/explore/scenario_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sim/choice/prng.h"
#include "sim/explore/determinism.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/realigner.h"
#include "sim/report/timeline.h"

namespace sim {
namespace {

constexpr uint64_t kRunsChecked = 3;  // random runs whose determinism is checked

std::string Describe(const Outcome& outcome) {
  if (!outcome.harness_fault.empty()) return outcome.harness_fault;
  if (outcome.held()) return "held";
  return absl::StrCat(LawName(outcome.violation.law), " violated at ", FormatTime(outcome.violation.time_ns), ", step ",
                      outcome.violation.step, ": ", outcome.violation.reason);
}

CheckResult Bad(const std::string& text) { return {false, text}; }

// Runs `run` and checks that it holds and is deterministic; an empty text if so.
std::string HoldsEverywhere(IsolatedRunner& runner, const TapeRun& run, const std::string& what,
                            const IsolationOptions& isolation) {
  const TapeRunReport report = runner.Run(run);
  if (!report.outcome.held()) return absl::StrCat(what, ": ", Describe(report.outcome));
  const DeterminismReport check =
      CheckDeterminism(runner.program(), RecordedComplete(runner.history()), run.laws, isolation);
  return check.deterministic ? "" : absl::StrCat(what, ": ", check.reason);
}

IsolatedRunner::Options RunnerOptions(const IsolationOptions& isolation) {
  IsolatedRunner::Options options;
  options.isolation = isolation;
  return options;
}

std::string Names(LawSet laws) {
  std::string names;
  for (size_t i = 1; i < kLawCount; ++i) {
    if (!laws.Has(static_cast<LawId>(i))) continue;
    absl::StrAppend(&names, names.empty() ? "" : " or ", LawName(static_cast<LawId>(i)));
  }
  return names;
}

std::string Found(const CampaignResult& result, uint64_t seed) {
  const CampaignFailure& failure = result.failures.front();
  return absl::StrCat("run ", failure.run, " of seed ", seed, ": ", Describe(failure.outcome));
}

}  // namespace

CheckResult CheckHolds(const Program& program, const CampaignOptions& options) {
  IsolatedRunner runner(program, RunnerOptions(options.isolation));
  TapeRun run;
  run.laws = options.laws;
  const std::string quiet = HoldsEverywhere(runner, run, "the quiet run", options.isolation);
  if (!quiet.empty()) return Bad(quiet);
  for (uint64_t i = 1; i <= std::min(options.runs, kRunsChecked); ++i) {
    run.random_from = 0;
    run.seed = RunSeed(options.seed, i);
    const std::string text =
        HoldsEverywhere(runner, run, absl::StrCat("run ", i, " of seed ", options.seed), options.isolation);
    if (!text.empty()) return Bad(text);
  }
  if (options.runs == 0) return {true, "the quiet run holds"};
  const CampaignResult result = RunCampaign(program, options);
  if (!result.failures.empty()) return Bad(Found(result, options.seed));
  if (result.runs < options.runs && options.shards <= 1) return Bad(absl::StrCat("ended after ", result.runs, " runs"));
  if (options.shards <= 1 && !result.NeverReached().empty()) return Bad(result.NeverReached());
  return {true, absl::StrCat(result.runs, " runs, all held (", result.RunsPerSecond(), " runs/s)")};
}

CheckResult CheckCaught(const Program& program, LawSet expected, const CampaignOptions& options) {
  const CampaignResult result = RunCampaign(program, options);
  if (result.failures.empty()) {
    const std::string runs = absl::StrCat(result.runs, " runs of seed ", options.seed, " held");
    return Bad(absl::StrCat(runs, "; ", Names(expected), " should be broken"));
  }
  const CampaignFailure& failure = result.failures.front();
  if (!failure.outcome.harness_fault.empty() || !expected.Has(failure.outcome.violation.law)) {
    return Bad(absl::StrCat(Names(expected), " should be broken, but ", Found(result, options.seed)));
  }
  const DeterminismReport check = CheckDeterminism(program, failure.tape, options.laws, options.isolation);
  if (!check.deterministic) return Bad(check.reason);
  return {true, absl::StrCat("caught in ", Found(result, options.seed))};
}

CheckResult CheckTapeHolds(const Program& program, const TapeFile& tape, LawSet laws,
                           const IsolationOptions& isolation) {
  IsolatedRunner runner(program, RunnerOptions(isolation));
  TapeRun run;
  run.tape = tape.decisions;
  run.laws = laws;
  const std::string text = HoldsEverywhere(runner, run, "the tape", isolation);
  if (!text.empty()) return Bad(text);
  const Realigned realigned = Realign(runner, run, tape.digest);
  if (!realigned.report.outcome.held()) {
    return Bad(absl::StrCat("the tape, ", realigned.alignment, ": ", Describe(realigned.report.outcome),
                            "\n  ", realigned.drift));
  }
  return {true, absl::StrCat(1 + realigned.tried, " runs, the tape holds",
                             realigned.tried > 0 ? ", also realigned" : "")};
}

CheckResult CheckTapeFails(const Program& program, const TapeFile& tape, LawSet expected, LawSet laws,
                           const IsolationOptions& isolation) {
  IsolatedRunner runner(program, RunnerOptions(isolation));
  TapeRun run;
  run.tape = tape.decisions;
  run.laws = laws;
  run.keep_trace = true;
  const Realigned realigned = Realign(runner, run, tape.digest);
  const TapeRunReport& report = realigned.report;
  if (!report.outcome.harness_fault.empty() || !expected.Has(report.outcome.violation.law)) {
    std::string text = absl::StrCat(Names(expected), " should be broken by the tape: ", Describe(report.outcome));
    if (!realigned.drift.empty()) {
      absl::StrAppend(&text, "\n  ", realigned.drift, "; realigned in ", realigned.tried, " ways");
    }
    return Bad(text);
  }
  const DeterminismReport check = CheckDeterminism(program, RecordedComplete(runner.history()), laws, isolation);
  if (!check.deterministic) return Bad(check.reason);
  const std::string how = realigned.alignment.empty() ? "" : absl::StrCat(" (realigned: ", realigned.alignment, ")");
  return {true, absl::StrCat(1 + realigned.tried, " runs, the tape fails", how, ": ", Describe(report.outcome))};
}

}  // namespace sim
