#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sim/explore/campaign.h"
#include "sim/explore/corpus_folder.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/strategy.h"
#include "sim/report/timeline.h"
#include "tools/campaign_text.h"
#include "tools/commands.h"
#include "tools/finding.h"
#include "tools/interrupts.h"

namespace wavetank {
namespace {

constexpr uint64_t kDefaultRuns = 5000;

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
    CatchInterrupts();
    const int64_t deadline = sim::HostNanos() + options_.duration_ns;
    int worst = kHeld;
    for (size_t i = 0; i < scenarios.size() && !Interrupted(); ++i) {
      int64_t share = 0;
      if (options_.duration_ns != 0) {
        const int64_t left_ns = deadline - sim::HostNanos();
        share = std::max<int64_t>(1'000'000, left_ns / static_cast<int64_t>(scenarios.size() - i));
      }
      worst = std::max(worst, One(scenarios[i], share));
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
    return campaign;
  }

  int One(const LoadedScenario& scenario, int64_t duration_ns) {
    sim::CampaignOptions campaign = CampaignFor(scenario, duration_ns);
    ProgressLine line(scenario.name, campaign);
    campaign.progress = [&line](const sim::CampaignProgress& progress) { line.Show(progress); };
    sim::CorpusFolder corpus(FromUserFolder(options_.corpus), *scenario.program, scenario.name, campaign.laws,
                             campaign.isolation);
    if (!options_.corpus.empty()) {
      std::vector<std::string> messages;
      campaign.corpus = corpus.Load(&messages);
      for (const std::string& message : messages) std::fprintf(stderr, "wavetank: %s\n", message.c_str());
    }
    const sim::CampaignResult result = sim::RunCampaign(*scenario.program, campaign);
    line.Clear();
    std::string error;
    if (!options_.corpus.empty() && !corpus.Save(result.corpus, options_.seed, &error)) {
      std::fprintf(stderr, "wavetank: the corpus cannot be written: %s\n", error.c_str());
      return kHarness;
    }
    if (result.failures.empty()) return Held(scenario, result);
    int worst = kHeld;
    for (const sim::CampaignFailure& failure : result.failures) {
      worst = std::max(worst, Failed(scenario, result, failure));
    }
    return worst;
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
    std::string text = absl::StrCat(scenario.name, ": ", RunsText(campaign), "\n");
    const std::string statistics = StatisticsText(campaign);
    if (!statistics.empty()) absl::StrAppend(&text, "  ", statistics, "\n");
    return Print(options_.json ? result.Json() + "\n" : text) ? kHeld : kHarness;
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
};

}  // namespace

int FuzzCommand(const Catalog& catalog, const Options& options) { return Fuzz(catalog, options).Run(); }

}  // namespace wavetank
