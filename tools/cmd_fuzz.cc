#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sim/explore/campaign.h"
#include "sim/explore/corpus_folder.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/strategy.h"
#include "sim/report/timeline.h"
#include "tools/campaign_keeper.h"
#include "tools/campaign_text.h"
#include "tools/commands.h"
#include "tools/finding.h"
#include "tools/harness_canary.h"
#include "tools/interrupts.h"
#include "tools/out_folder.h"

namespace wavetank {
namespace {

constexpr uint64_t kDefaultRuns = 5000;

using TapeOfKind = std::map<std::string, std::string>;  // path by kind of failure

// One line on a terminal, nothing elsewhere.
class ProgressLine {
 public:
  ProgressLine(const std::string& scenario, const sim::CampaignOptions& options)
      : scenario_(scenario), options_(options), terminal_(isatty(STDERR_FILENO) == 1) {}

  void Show(const sim::CampaignProgress& progress) {
    if (!terminal_ || progress.elapsed_ns - shown_at_ns_ < 200'000'000) return;
    shown_at_ns_ = progress.elapsed_ns;
    const uint64_t ms = static_cast<uint64_t>(progress.elapsed_ns / 1'000'000);
    const uint64_t rate = ms == 0 ? 0 : progress.runs * 1000 / ms;
    std::string left;
    if (options_.duration_ns != 0) {
      const int64_t left_ns = std::max<int64_t>(0, options_.duration_ns - progress.elapsed_ns);
      left = absl::StrCat(left_ns / 1'000'000'000, " s left");
    } else if (rate > 0 && options_.runs > progress.runs) {
      left = absl::StrCat((options_.runs - progress.runs) / options_.shards / rate, " s left");
    }
    std::fprintf(stderr, "\r\033[K%s: %llu runs, %llu/s, %s", scenario_.c_str(),
                 static_cast<unsigned long long>(progress.runs), static_cast<unsigned long long>(rate), left.c_str());
    std::fflush(stderr);
  }

  void Clear() {
    if (terminal_) std::fputs("\r\033[K", stderr);
  }

 private:
  const std::string& scenario_;
  const sim::CampaignOptions& options_;
  bool terminal_;
  int64_t shown_at_ns_ = 0;
};

uint32_t Processors() {
  const long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? static_cast<uint32_t>(count) : 1;
}

// Bazel's way of sharding a test.
void TakeShardFromEnvironment(Options* options) {
  const char* index = std::getenv("TEST_SHARD_INDEX");
  const char* total = std::getenv("TEST_TOTAL_SHARDS");
  if (options->shard_given || index == nullptr || total == nullptr) return;
  if (!absl::SimpleAtoi(index, &options->shard) || !absl::SimpleAtoi(total, &options->shards) || options->shards == 0) {
    options->shard = 0;
    options->shards = 1;
  }
  // The shards are its processes.
  if (options->jobs == 0 && options->shards > 1) options->jobs = 1;
  if (const char* status = std::getenv("TEST_SHARD_STATUS_FILE")) std::ofstream touch(status);
}

class Fuzz {
 public:
  Fuzz(const Catalog& catalog, const Options& options) : catalog_(catalog), options_(options) {
    TakeShardFromEnvironment(&options_);
    if (options_.strategy.empty()) options_.strategy = "portfolio";
  }

  int Run() {
    std::vector<LoadedScenario> scenarios;
    if (options_.shards > 1 && sim::MakeStrategy(options_.strategy)->sequential()) {
      return UsageError(absl::StrCat("--strategy=", options_.strategy, " cannot be sharded"));
    }
    if (!options_.corpus.empty() && !sim::MakeStrategy(options_.strategy)->learns()) {
      return UsageError(absl::StrCat("--strategy=", options_.strategy, " has no corpus; guided and portfolio have"));
    }
    const int status = Load(&scenarios);
    if (status != kHeld) return status;
    const std::string error = options_.corpus.empty() ? "" : WhyNotWritable(FromUserFolder(options_.corpus));
    if (!error.empty()) return UsageError("--corpus: " + error);
    if (!OpenKeepers(scenarios)) return kUsage;
    CatchInterrupts();
    const std::string blind = LookForCanary(catalog_.Canary(), CampaignFor(scenarios[0], 0));
    if (!blind.empty() && !Interrupted()) {
      std::fprintf(stderr, "wavetank: %s\n", blind.c_str());
      return kHarness;
    }
    int64_t left_ns = options_.duration_ns;  // for all that are still to come
    int worst = kHeld;
    for (size_t i = 0; i < scenarios.size() && !Interrupted(); ++i) {
      const int64_t start = sim::HostNanos() - (keepers_.empty() ? 0 : keepers_[i]->elapsed_ns());
      const auto behind = static_cast<int64_t>(scenarios.size() - i);
      const int64_t share = options_.duration_ns == 0 ? 0 : std::max<int64_t>(1'000'000, left_ns / behind);
      worst = std::max(worst, One(scenarios[i], share, keepers_.empty() ? nullptr : keepers_[i].get()));
      left_ns -= sim::HostNanos() - start;
    }
    return worst;
  }

 private:
  int Load(std::vector<LoadedScenario>* scenarios) {
    std::vector<std::string> names = options_.operands;
    if (names.empty() && !options_.default_scenario.empty()) names.push_back(options_.default_scenario);
    if (names.empty()) {
      for (const CatalogEntry& entry : catalog_.List()) {
        if (entry.kind != CatalogEntry::Kind::kCanary) names.push_back(entry.name);
      }
    }
    if (names.empty()) return UsageError("there are no scenarios here; name one");
    std::vector<std::string> errors;
    for (const std::string& name : names) {
      LoadedScenario scenario;
      std::vector<std::string> own;
      if (catalog_.Load(name, &scenario, &own)) scenarios->push_back(std::move(scenario));
      errors.insert(errors.end(), own.begin(), own.end());
    }
    return errors.empty() ? kHeld : BadInput(errors);
  }

  // With --out the state of every campaign is kept there. Whatever is wrong with that is said before anything is run.
  bool OpenKeepers(const std::vector<LoadedScenario>& scenarios) {
    if (!options_.out_given) return true;
    const std::string folder = FromUserFolder(options_.out);
    std::string error = WhyNotWritable(folder);
    for (size_t i = 0; i < scenarios.size() && error.empty(); ++i) {
      keepers_.push_back(std::make_unique<CampaignKeeper>(folder, scenarios[i], options_));
      error = keepers_.back()->Open(options_.resume);
    }
    if (!error.empty()) std::fprintf(stderr, "wavetank: --out: %s\n", error.c_str());
    return error.empty();
  }

  sim::CampaignOptions CampaignFor(const LoadedScenario& scenario, int64_t duration_ns) const {
    sim::CampaignOptions campaign;
    campaign.seed = options_.seed;
    campaign.runs = options_.runs_given ? options_.runs : duration_ns != 0 ? 0 : kDefaultRuns;
    campaign.duration_ns = duration_ns;
    campaign.jobs = options_.jobs != 0 ? options_.jobs : Processors();
    campaign.shard = options_.shard;
    campaign.shards = options_.shards;
    campaign.laws = options_.Judges(scenario.laws);
    campaign.strategy = options_.strategy;
    campaign.keep_going = options_.keep_going;
    campaign.isolation = Isolation(scenario, options_);
    campaign.interrupted = Interrupted;
    campaign.checkpoint_every_ns = options_.checkpoint_ns;
    return campaign;
  }

  // `keeper` may be null.
  int One(const LoadedScenario& scenario, int64_t duration_ns, CampaignKeeper* keeper) {
    sim::CampaignOptions campaign = CampaignFor(scenario, duration_ns);
    ProgressLine line(scenario.name, campaign);
    campaign.progress = [&line](const sim::CampaignProgress& progress) { line.Show(progress); };
    TapeOfKind kept;
    if (keeper != nullptr) {
      for (const sim::CampaignFailure& failure : keeper->failures()) {
        kept[KindOfFailure(failure.outcome)] = TapePath(scenario, failure, options_);
      }
    }
    campaign.found = [&](const sim::CampaignFailure& failure, const sim::History& history) {
      const std::string path = KeepAtOnce(scenario, failure, history, options_);
      line.Clear();
      if (options_.keep_going) SayFound(scenario, failure, path);
      // A job that was ahead had found it in a later run. Killed at any time, the last that was said is there.
      const std::string overtaken = std::exchange(kept[KindOfFailure(failure.outcome)], path);
      if (!overtaken.empty() && overtaken != path) unlink(overtaken.c_str());
    };
    sim::CorpusFolder corpus(FromUserFolder(options_.corpus), *scenario.program, scenario.name, campaign.laws,
                             campaign.isolation);
    if (!options_.corpus.empty()) {
      std::vector<std::string> messages;
      campaign.corpus = corpus.Load(&messages);
      for (const std::string& message : messages) std::fprintf(stderr, "wavetank: %s\n", message.c_str());
    }
    const std::vector<sim::Lesson> on_disk = campaign.corpus;
    if (keeper != nullptr) keeper->Attach(&campaign);
    sim::CampaignResult result = sim::RunCampaign(*scenario.program, campaign);
    line.Clear();
    if (keeper != nullptr && keeper->resumes()) {
      result.corpus.insert(result.corpus.end(), on_disk.begin(), on_disk.end());
    }
    std::string error;
    if (!options_.corpus.empty() && !corpus.Save(result.corpus, options_.seed, &error)) {
      std::fprintf(stderr, "wavetank: the corpus cannot be written: %s\n", error.c_str());
      return kHarness;
    }
    RemoveUnreported(scenario, result, kept);
    return Tell(scenario, result, keeper);
  }

  void SayFound(const LoadedScenario& scenario, const sim::CampaignFailure& failure, const std::string& path) const {
    std::fprintf(stderr, "%s: run %llu: %s%s%s\n", scenario.name.c_str(), static_cast<unsigned long long>(failure.run),
                 DescribeOutcome(failure.outcome).c_str(), path.empty() ? "" : "; tape, not yet shrunk: ",
                 path.c_str());
  }

  // A campaign that stops at its first failure may have found others in later runs.
  void RemoveUnreported(const LoadedScenario& scenario, const sim::CampaignResult& result, TapeOfKind kept) const {
    for (const sim::CampaignFailure& failure : result.failures) kept.erase(KindOfFailure(failure.outcome));
    for (const auto& [kind, path] : kept) unlink(path.c_str());
  }

  int Tell(const LoadedScenario& scenario, const sim::CampaignResult& result, CampaignKeeper* keeper) {
    int worst = kHeld;
    for (const sim::CampaignFailure& failure : result.failures) {
      if (keeper != nullptr && keeper->WasReported(failure)) {
        worst = std::max(worst, KnownBefore(scenario, result, failure));
        continue;
      }
      worst = std::max(worst, Failed(scenario, result, failure));
      if (keeper != nullptr) keeper->Report(failure);
    }
    if (result.failures.empty()) {
      worst = Held(scenario, result);
    } else if (!options_.json && (options_.keep_going || result.interrupted)) {
      Print(Summary(scenario, result));
    }
    if (keeper == nullptr) return worst;
    Result summary = Common(scenario, result);
    if (!result.failures.empty()) {
      summary.Set(result.failures[0].outcome);
      summary.first_failure = result.failures[0].run;
      summary.tape = TapePath(scenario, result.failures[0], options_);
    }
    summary.steps = result.steps;
    summary.digest = result.digest;
    summary.campaign = &result;
    keeper->Close(!result.interrupted, summary.Json());
    return keeper->failed() && worst == kHeld ? kHarness : worst;
  }

  Result Common(const LoadedScenario& scenario, const sim::CampaignResult& campaign) const {
    Result result;
    result.scenario = scenario.name;
    result.runs = campaign.runs;
    result.seed = options_.seed;
    result.runs_per_s = campaign.RunsPerSecond();
    result.interrupted = campaign.interrupted;
    // Where a failure has ended the campaign, how many runs came behind it depends on the number of jobs.
    if (campaign.failures.empty() || options_.keep_going) result.campaign = &campaign;
    return result;
  }

  int Held(const LoadedScenario& scenario, const sim::CampaignResult& campaign) {
    Result result = Common(scenario, campaign);
    result.steps = campaign.steps;
    result.digest = campaign.digest;
    const std::string never = campaign.NeverReached();
    if (!never.empty()) {
      result.verdict = "VIOLATION";
      result.law = "SOMETIMES";
      result.reason = never;
    }
    std::string text = Summary(scenario, campaign);
    for (const absl::string_view line : absl::StrSplit(never, '\n', absl::SkipEmpty())) {
      absl::StrAppend(&text, scenario.name, ": ", line, "\n");
    }
    if (!Print(options_.json ? result.Json() + "\n" : text)) return kHarness;
    return never.empty() ? kHeld : kViolation;
  }

  static std::string Summary(const LoadedScenario& scenario, const sim::CampaignResult& campaign) {
    std::string text = absl::StrCat(scenario.name, ": ", RunsText(campaign), "\n");
    for (const std::string& line : {StatisticsText(campaign), MarksText(campaign)}) {
      if (!line.empty()) absl::StrAppend(&text, "  ", line, "\n");
    }
    return text;
  }

  // What the campaign that this one goes on with has reported is not investigated again.
  int KnownBefore(const LoadedScenario& scenario, const sim::CampaignResult& campaign,
                  const sim::CampaignFailure& failure) {
    Result result = Common(scenario, campaign);
    result.Set(failure.outcome);
    result.first_failure = failure.run;
    result.tape = TapePath(scenario, failure, options_);
    result.reported_before = true;
    const std::string text = absl::StrCat(scenario.name, ": ", DescribeOutcome(failure.outcome),
                                          "\n  reported before: run ", failure.run, ", ", result.tape, "\n");
    if (!Print(options_.json ? result.Json() + "\n" : text)) return kHarness;
    return failure.outcome.harness_fault.empty() ? kViolation : kHarness;
  }

  int Failed(const LoadedScenario& scenario, const sim::CampaignResult& campaign, const sim::CampaignFailure& failure) {
    const Finding finding = Investigate(scenario, failure, options_);
    Result result = Common(scenario, campaign);
    result.Set(finding.outcome);
    result.first_failure = failure.run;
    result.decisions = finding.decisions;
    result.tape = finding.path;
    if (options_.json) std::fputs(finding.text.c_str(), stderr);
    if (!Print(options_.json ? result.Json() + "\n" : finding.text)) return kHarness;
    return finding.status();
  }

  const Catalog& catalog_;
  Options options_;
  std::vector<std::unique_ptr<CampaignKeeper>> keepers_;  // one for each scenario, or none
};

}  // namespace

int FuzzCommand(const Catalog& catalog, const Options& options) { return Fuzz(catalog, options).Run(); }

}  // namespace wavetank
