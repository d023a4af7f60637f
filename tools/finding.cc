#include "tools/finding.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sim/explore/determinism.h"
#include "sim/explore/explainer.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/program_shrinker.h"
#include "sim/explore/shrinker.h"
#include "sim/explore/tape_file.h"
#include "sim/report/timeline.h"
#include "tools/campaign_text.h"
#include "tools/json.h"
#include "tools/out_folder.h"

namespace wavetank {
namespace {

std::string* prints = nullptr;

// Of what is kept, without its ending.
std::string FileName(const LoadedScenario& scenario, const std::string& law, const Options& options, uint64_t run) {
  const std::string name = FlatName(scenario.name);
  const std::string ending =
      absl::StrCat("_", FlatLaw(law), "_", options.seed, options.keep_going ? absl::StrCat("_", run) : "");
  // What was shrunk before is not found under a new name each time.
  return absl::EndsWith(name, ending) ? name : name + ending;
}

// A word of letters, digits, _ and -.
std::string AsName(const std::string& file) {
  std::string name = file.substr(0, 100);
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!plain) c = '_';
  }
  return name;
}

sim::TapeFile FileOf(const LoadedScenario& scenario, const sim::CampaignFailure& failure, const sim::Outcome& outcome,
                     const Options& options) {
  sim::TapeFile file;
  const bool fault = !outcome.harness_fault.empty();
  file.scenario = scenario.name;
  file.law = fault ? sim::LawId::kNone : outcome.violation.law;
  file.reason = fault ? outcome.harness_fault : outcome.violation.reason;
  file.judged = options.laws;
  file.seed = options.seed;
  file.run = failure.run;
  file.digest = outcome.digest;
  return file;
}

std::string HowToRun(const LoadedScenario& scenario, const Options& options) {
  if (!options.default_scenario.empty()) {
    return absl::StrCat("bazel run //scenarios/", scenario.name, ":defect -- ");
  }
  return std::getenv("WAVETANK_ROOT") != nullptr ? "tools/wavetank " : "wavetank ";
}

class Investigation {
 public:
  Investigation(const LoadedScenario& scenario, const sim::CampaignFailure& failure, const Options& options)
      : scenario_(scenario),
        failure_(failure),
        options_(options),
        laws_(options.Judges(scenario.laws)),
        isolation_(Isolation(scenario, options)),
        tape_(sim::Sparse(failure.tape.data(), failure.tape.data() + failure.tape.size())) {
    finding_.outcome = failure.outcome;
    finding_.run = failure.run;
  }

  Finding Run() {
    finding_.harness_fault = !failure_.outcome.harness_fault.empty();
    CheckDeterminism();
    if (finding_.harness_fault) {
      Headline();
      Write(/*complete=*/true);
      return std::move(finding_);
    }
    Shrink();
    Headline();
    absl::StrAppend(&finding_.text, "  ", shrinking_, "\n");
    Explain();
    Write(/*complete=*/false);
    return std::move(finding_);
  }

 private:
  void CheckDeterminism() {
    const bool suspected = absl::StartsWith(failure_.outcome.harness_fault, "NONDETERMINISTIC");
    if (finding_.harness_fault && !suspected) return;
    const sim::DeterminismReport report =
        sim::CheckDeterminism(*scenario_.program, failure_.tape, laws_, isolation_);
    if (report.deterministic) return;
    finding_.harness_fault = true;
    finding_.outcome.harness_fault = report.reason;
  }

  void Shrink() {
    if (options_.shrink == "none") {
      shrinking_ = "not shrunk";
      return Replay();
    }
    sim::ShrinkOptions options;
    options.laws = laws_;
    options.budget_ns = options_.budget_ns;
    options.isolation = isolation_;
    const int64_t start = sim::HostNanos();
    sim::ShrunkProgram shrunk;
    if (scenario_.reducible != nullptr && options_.shrink == "all") {
      shrunk = sim::ShrinkProgram(scenario_.reducible, tape_, failure_.outcome.violation, options);
    } else {
      shrunk.tape = sim::Shrink(*scenario_.program, tape_, failure_.outcome.violation, options);
      shrunk.candidates = shrunk.tape.candidates;
    }
    const uint64_t before = tape_.size();
    if (!shrunk.tape.reproduced) {
      shrinking_ = "could not be shrunk: it does not happen again in another process";
      return;
    }
    tape_ = shrunk.tape.tape;
    reduced_ = shrunk.program;
    const int64_t ms = (sim::HostNanos() - start) / 1'000'000;
    shrinking_ = absl::StrCat("shrunk from ", before, " to ", tape_.size(),
                              tape_.size() == 1 ? " decision" : " decisions", " in ", sim::FormatTime(ms * 1'000'000),
                              ", ", shrunk.candidates, " tries", shrunk.tape.out_of_time ? "; out of time" : "");
    Replay();
  }

  const sim::Program& program() const { return reduced_ != nullptr ? reduced_->program() : *scenario_.program; }

  // Once more, with everything that makes a good report: the trace, and who allocated what.
  void Replay() {
    sim::IsolatedRunner::Options options;
    options.isolation = isolation_;
    options.arena.track_sites = isolation_.memory == sim::Memory::kArena;
    runner_ = std::make_unique<sim::IsolatedRunner>(program(), options);
    sim::TapeRun run;
    run.tape = tape_;
    run.laws = laws_;
    run.keep_trace = true;
    const sim::TapeRunReport report = runner_->Run(run);
    finding_.outcome = report.outcome;
    output_ = report.output;
  }

  void Headline() {
    absl::StrAppend(&finding_.text, scenario_.name, ": ", DescribeOutcome(finding_.outcome), "\n");
    if (failure_.run != 0) {
      absl::StrAppend(&finding_.text, "  found in run ", failure_.run, " of seed ", options_.seed, "\n");
    }
    if (output_.empty()) return;
    absl::StrAppend(&finding_.text, "  what the process said:\n    ",
                    absl::StrReplaceAll(output_, {{"\n", "\n    "}}), "\n");
  }

  void Explain() {
    finding_.decisions = tape_.size();
    if (options_.shrink == "none") return;
    const sim::Explanation explanation =
        sim::Explain(program(), tape_, finding_.outcome.violation, laws_, isolation_);
    for (size_t i = 0; i < explanation.decisions.size(); ++i) {
      absl::StrAppend(&finding_.text, "    ", i + 1, ". ", explanation.decisions[i], "\n");
    }
    if (tape_.empty()) absl::StrAppend(&finding_.text, "    it happens in the quiet run: no decision is needed\n");
    if (!explanation.unavoidable.empty()) absl::StrAppend(&finding_.text, "  ", explanation.unavoidable, "\n");
  }

  // Nothing is lost for want of a place: what was to be kept goes where the report goes.
  void CannotKeep(absl::string_view what, absl::string_view why, const std::string& text) {
    absl::StrAppend(&finding_.text, "  the ", what, " cannot be kept in a file (", why, "); here it is:\n", text);
  }

  // What is left of the scenario, for people: where it comes from, what it shows, and what was taken out.
  std::string ScenarioText(const std::string& name, const std::string& law) const {
    std::string text = "# proto-file: sim/scenario.proto   proto-message: sim.Scenario\n#\n";
    absl::StrAppend(&text, "# Shrunk from ", scenario_.name, ", where ", law, " was violated:\n#   ",
                    absl::StrReplaceAll(finding_.outcome.violation.reason, {{"\n", "\n#   "}}), "\n");
    const std::string removed = reduced_->Removed();
    if (!removed.empty()) absl::StrAppend(&text, "# Taken out: ", removed, ".\n");
    return absl::StrCat(text, reduced_->Text(name));
  }

  // False if it could not be written.
  bool WriteScenario(const std::string& folder, const std::string& base, const std::string& law) {
    const std::string path = absl::StrCat(folder, "/", base, ".textproto");
    const std::string text = ScenarioText(AsName(base), law);
    const absl::Status status = sim::WriteFileAtomically(path, text);
    if (!status.ok()) {
      CannotKeep("scenario", status.message(), text);
      return false;
    }
    absl::StrAppend(&finding_.text, "  scenario: ", path, "\n");
    const std::string removed = reduced_->Removed();
    if (!removed.empty()) absl::StrAppend(&finding_.text, "    taken out: ", removed, "\n");
    return true;
  }

  void Write(bool complete) {
    sim::TapeFile file = FileOf(scenario_, failure_, finding_.outcome, options_);
    file.decisions = tape_;
    file.is_complete = complete;
    file.complete = failure_.tape;
    if (runner_ == nullptr) NameThings();
    const std::string folder = FromUserFolder(options_.out);
    // By the failure that was found, whatever the tape shows in the end: so it takes the place of the first one.
    const std::string path = TapePath(scenario_, failure_, options_);
    const std::string base = BaseOfTape(path);
    const std::string law = finding_.harness_fault ? "HARNESS" : std::string(LawName(file.law));
    if (reduced_ != nullptr) {
      const bool everywhere = absl::EndsWith(scenario_.name, kCancelEverywhere);
      file.scenario = absl::StrCat(kBesideTheTape, base, ".textproto", everywhere ? kCancelEverywhere : "");
    }
    const std::string text = sim::TapeText(file, runner_->history());
    if (!MakeFolder(folder)) {
      const std::string why = absl::StrCat(folder, ": ", std::strerror(errno));
      if (reduced_ != nullptr) CannotKeep("scenario", why, ScenarioText(AsName(base), law));
      return CannotKeep("tape", why, text);
    }
    if (reduced_ != nullptr && !WriteScenario(folder, base, law)) return CannotKeep("tape", "it needs that", text);
    const absl::Status status = sim::WriteFileAtomically(path, text);
    if (!status.ok()) return CannotKeep("tape", status.message(), text);
    finding_.path = path;
    const std::string run = HowToRun(scenario_, options_);
    absl::StrAppend(&finding_.text, "  tape:   ", path, "\n  replay: ", run, "replay ", path, "\n");
    if (complete) return;
    const std::string both = absl::StrCat(folder, "/", base, ".*");
    absl::StrAppend(&finding_.text, "  keep:   cp ", reduced_ != nullptr ? both : path, " scenarios/regressions/\n");
  }

  // A run of the tape, for the names on it.
  void NameThings() {
    sim::IsolatedRunner::Options options;
    options.isolation = isolation_;
    runner_ = std::make_unique<sim::IsolatedRunner>(program(), options);
    sim::TapeRun run;
    run.tape = tape_;
    run.laws = laws_;
    runner_->Run(run);
  }

  const LoadedScenario& scenario_;
  const sim::CampaignFailure& failure_;
  const Options& options_;
  const sim::LawSet laws_;
  const sim::IsolationOptions isolation_;
  sim::SparseTape tape_;
  sim::ReducibleProgram::Ptr reduced_;  // what the scenario became; null if it is as it was
  std::unique_ptr<sim::IsolatedRunner> runner_;  // of the program
  std::string shrinking_;
  std::string output_;
  Finding finding_;
};

}  // namespace

std::string TapePath(const LoadedScenario& scenario, const sim::CampaignFailure& failure, const Options& options) {
  const bool fault = !failure.outcome.harness_fault.empty();
  const std::string law = fault ? "HARNESS" : std::string(LawName(failure.outcome.violation.law));
  return absl::StrCat(FromUserFolder(options.out), "/", FileName(scenario, law, options, failure.run), kTapeEnding);
}

std::string KeepAtOnce(const LoadedScenario& scenario, const sim::CampaignFailure& failure,
                       const sim::History& history, const Options& options) {
  sim::TapeFile file = FileOf(scenario, failure, failure.outcome, options);
  file.is_complete = true;
  file.complete = failure.tape;
  file.decisions = sim::Sparse(failure.tape.data(), failure.tape.data() + failure.tape.size());
  const std::string path = TapePath(scenario, failure, options);
  const bool kept = MakeFolder(FromUserFolder(options.out)) &&
                    sim::WriteFileAtomically(path, sim::TapeText(file, history)).ok();
  return kept ? path : "";
}

Finding Investigate(const LoadedScenario& scenario, const sim::CampaignFailure& failure, const Options& options) {
  return Investigation(scenario, failure, options).Run();
}

sim::IsolationOptions Isolation(const LoadedScenario& scenario, const Options& options) {
  sim::IsolationOptions isolation;
  isolation.step_limit_ns = options.step_limit_ns;
  isolation.memory = scenario.memory;
  return isolation;
}

void Result::Set(const sim::Outcome& outcome) {
  steps = outcome.steps;
  digest = outcome.digest;
  if (outcome.held()) return;
  const bool fault = !outcome.harness_fault.empty();
  verdict = fault ? "HARNESS_FAULT" : "VIOLATION";
  law = fault ? "" : std::string(LawName(outcome.violation.law));
  reason = fault ? outcome.harness_fault : outcome.violation.reason;
}

std::string Result::Json() const {
  JsonObject json;
  json.Add("scenario", scenario).Add("verdict", verdict).Add("law", law).Add("reason", reason).Add("runs", runs);
  json.Add("first_failure", first_failure).Add("seed", seed).Add("steps", steps).Add("runs_per_s", runs_per_s);
  json.Add("decisions", decisions).Add("tape", tape);
  json.Add("digest", absl::StrCat(absl::Hex(digest, absl::kZeroPad16)));
  if (interrupted) json.AddBool("interrupted", true);
  if (reported_before) json.AddBool("reported_before", true);
  if (campaign != nullptr) AddStatistics(*campaign, &json);
  return json.Text();
}

std::string DescribeOutcome(const sim::Outcome& outcome) {
  if (!outcome.harness_fault.empty()) return absl::StrCat("HARNESS FAULT: ", outcome.harness_fault);
  if (outcome.held()) return "held";
  return absl::StrCat(LawName(outcome.violation.law), " violated at ", sim::FormatTime(outcome.violation.time_ns),
                      ", step ", outcome.violation.step, ": ", outcome.violation.reason);
}

void CopyPrints(std::string* copy) { prints = copy; }

bool Print(const std::string& text) {
  if (prints != nullptr) *prints += text;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return true;
  std::fprintf(stderr, "wavetank: cannot write to stdout: %s\n", std::strerror(errno));
  return false;
}

}  // namespace wavetank
