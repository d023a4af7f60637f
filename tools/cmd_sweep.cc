#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "sim/explore/site_survey.h"
#include "sim/explore/sweep.h"
#include "tools/commands.h"
#include "tools/finding.h"
#include "tools/json.h"
#include "tools/sites.h"

namespace wavetank {
namespace {

constexpr uint64_t kDefaultRuns = 10;
constexpr uint64_t kSurveyRuns = 200;
constexpr char kReasons[] = "/scenarios/unreached_sites.txt";

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

std::string FileText(const std::string& path) {
  std::ifstream stream(path);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

int ReportSites(const sim::SiteSurvey& survey, const std::string& root, const Options& options) {
  const std::vector<Place> places = ClientPlaces(root);
  if (places.empty()) return UsageError("there are no sources of the client here");
  const SiteReport report = CompareSites(places, survey.places(), FileText(root + kReasons));
  std::string text = absl::StrCat("sites: ", report.places, " places in client/ where a task can wait, ",
                                  report.reached, " waited at, ", report.listed, " never, for a reason, ",
                                  report.wrong.size(), " wrong (", survey.runs(), " runs)\n");
  for (const std::string& wrong : report.wrong) absl::StrAppend(&text, "  ", wrong, "\n");
  if (options.full) {
    for (const std::string& never : report.never) absl::StrAppend(&text, "  ", never, "\n");
  }
  const int status = report.wrong.empty() ? kHeld : kViolation;
  if (!options.json) return Print(text) ? status : kHarness;
  std::fputs(text.c_str(), stderr);
  JsonObject json;
  json.Add("sites", report.places).Add("reached", report.reached).Add("listed", report.listed);
  json.Add("wrong", report.wrong.size()).Add("runs", survey.runs());
  return Print(json.Text() + "\n") ? status : kHarness;
}

// Of a scenario as it is, and with all of its tasks cancelled: what is waited for in cleaning up belongs to it.
bool Survey(const Catalog& catalog, const std::string& name, const Options& options, sim::SiteSurvey* survey,
            std::vector<std::string>* errors) {
  const uint64_t runs = options.sites && options.runs_given ? options.runs : kSurveyRuns;
  for (const char* ending : {"", kCancelEverywhere}) {
    LoadedScenario scenario;
    if (!catalog.Load(absl::StrCat(name, ending), &scenario, errors)) return false;
    // With TLS tasks wait where they do without it.
    const uint64_t wanted = scenario.costly ? std::min<uint64_t>(runs, 5) : runs;
    survey->Run(*scenario.program, scenario.memory, wanted, options.seed);
  }
  return true;
}

}  // namespace

int SweepCommand(const Catalog& catalog, const Options& options) {
  std::vector<std::string> names = options.operands;
  if (names.empty() && !options.default_scenario.empty()) names.push_back(options.default_scenario);
  const bool everything = names.empty();
  if (everything) {
    for (const CatalogEntry& entry : catalog.List()) {
      if (entry.kind != CatalogEntry::Kind::kCanary) names.push_back(entry.name);
    }
  }
  if (names.empty()) return UsageError("there are no scenarios here; name one");
  int worst = kHeld;
  sim::SiteSurvey survey;
  std::vector<std::string> errors;
  for (const std::string& name : names) {
    if ((everything || options.sites) && !Survey(catalog, name, options, &survey, &errors)) return BadInput(errors);
    if (options.sites) continue;
    LoadedScenario scenario;
    if (!catalog.Load(absl::StrCat(name, kCancelEverywhere), &scenario, &errors)) return BadInput(errors);
    worst = std::max(worst, SweepOne(scenario, options).Run());
  }
  if (everything || options.sites) worst = std::max(worst, ReportSites(survey, catalog.Root(), options));
  return worst;
}

}  // namespace wavetank
