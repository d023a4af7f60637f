// wavetank merge DIR... --out=DIR: what campaigns have left in several folders, as if they had been one.
//
//   1. Statistics of shards of the same campaign are added exactly; those of different campaigns stay apart.
//   2. Of failures of one kind (the law, and of crashes the class) of a scenario the one of the earliest run is kept,
//      as one campaign over all runs would.
//   3. Corpora are run, and as many of their tapes kept as show everything that all of them show.
//
// The folders are left as they are. What cannot be read is an error, before anything is written.
#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/str_replace.h"
#include "sim/explore/campaign_file.h"
#include "sim/explore/corpus_folder.h"
#include "sim/explore/tape_file.h"
#include "tools/campaign_keeper.h"
#include "tools/campaign_text.h"
#include "tools/commands.h"
#include "tools/finding.h"
#include "tools/out_folder.h"

namespace wavetank {
namespace {

constexpr size_t kKeysMax = size_t{1} << 24;  // end states, and hand-offs, of a sum: 256 MiB each

struct FoundTape {
  std::string path;
  sim::TapeFile tape;
};

std::string Canonical(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) != nullptr ? std::string(resolved) : path;
}

sim::Outcome OutcomeOf(const sim::TapeFile& tape) {
  sim::Outcome outcome;
  outcome.violation.law = tape.law;
  (tape.law == sim::LawId::kNone ? outcome.harness_fault : outcome.violation.reason) = tape.reason;
  outcome.digest = tape.digest;
  return outcome;
}

std::string Text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

// The flat name of the scenario that the failure was found in, whose tape may be of what is left of it.
std::string OriginOf(const FoundTape& found) {
  if (!absl::StartsWith(found.tape.scenario, kBesideTheTape)) return FlatName(found.tape.scenario);
  const std::string base = BaseOfTape(found.path);
  return base.substr(0, base.rfind(absl::StrCat("_", FlatLaw(std::string(LawName(found.tape.law))), "_")));
}

class Merge {
 public:
  Merge(const Catalog& catalog, const Options& options)
      : catalog_(catalog), options_(options), out_(FromUserFolder(options.out)) {}

  int Run() {
    if (options_.operands.empty() || !options_.out_given) return UsageError("merge needs folders and --out=DIR");
    for (const std::string& operand : options_.operands) Read(FromUserFolder(operand));
    if (errors_.empty() && campaigns_.empty() && failures_.empty() && corpora_.empty()) {
      errors_.push_back("there is nothing in these folders that a campaign has left");
    }
    if (errors_.empty()) LoadScenarios();
    if (errors_.empty()) {
      const std::string error = WhyNotWritable(out_);
      if (!error.empty()) errors_.push_back("--out: " + error);
    }
    if (!errors_.empty()) return BadInput(errors_);
    if (!WriteFailures() || !WriteCorpora() || !WriteCampaigns()) return BadInput(errors_);
    return Tell();
  }

 private:
  void Read(const std::string& folder) {
    struct stat info;
    if (stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
      errors_.push_back(absl::StrCat(folder, ": is not a folder"));
      return;
    }
    if (Canonical(folder) == Canonical(out_)) {
      errors_.push_back(absl::StrCat(folder, ": is --out as well"));
      return;
    }
    for (const std::string& path : FilesEndingIn(folder, kCampaignEnding)) ReadCampaign(path);
    for (const std::string& path : FilesEndingIn(folder, kTapeEnding)) ReadFailure(path);
    const std::string corpus = absl::StrCat(folder, "/corpus");
    for (const std::string& path : FilesEndingIn(corpus, "")) ReadCorpus(corpus, path);
  }

  void ReadCampaign(const std::string& path) {
    sim::CampaignFile file;
    std::string error;
    if (!sim::LoadCampaign(path, &file, &error)) {
      errors_.push_back(error);
      return;
    }
    // By name first: in this order they are told.
    const std::string key = absl::StrCat(file.identity.scenario, "\n", absl::Hex(file.identity.Digest()));
    const auto sum = campaigns_.find(key);
    if (sum == campaigns_.end()) {
      campaigns_.emplace(key, std::move(file));
    } else if (!sim::AddParts(file, kKeysMax, &sum->second)) {
      errors_.push_back(absl::StrCat(path, ": has runs that are in another of these folders as well"));
    }
  }

  void ReadFailure(const std::string& path) {
    FoundTape found{path, {}};
    if (!sim::LoadTape(path, &found.tape, &errors_)) return;
    const std::string kind = absl::StrCat(OriginOf(found), "\n", sim::KindOfFailure(OutcomeOf(found.tape)));
    const auto known = failures_.find(kind);
    const auto rank = [](const sim::TapeFile& tape) { return std::make_pair(tape.run, tape.decisions.size()); };
    if (known == failures_.end()) {
      failures_.emplace(kind, std::move(found));
    } else if (rank(found.tape) < rank(known->second.tape)) {
      known->second = std::move(found);
    }
  }

  // The folder of one scenario in `corpus`, named by its tapes.
  void ReadCorpus(const std::string& corpus, const std::string& path) {
    const std::vector<std::string> tapes = FilesEndingIn(path, kTapeEnding);
    sim::TapeFile tape;
    if (!tapes.empty() && sim::LoadTape(tapes[0], &tape, &errors_)) corpora_[tape.scenario].push_back(corpus);
  }

  void LoadScenarios() {
    for (const auto& corpus : corpora_) catalog_.Load(corpus.first, &scenarios_[corpus.first], &errors_);
  }

  bool WriteFailures() {
    for (auto& [kind, found] : failures_) {
      const std::string base = BaseOfTape(found.path);
      std::string name = base;
      // Another kind by the same law in a run of another shard.
      if (std::count(taken_.begin(), taken_.end(), name) != 0) absl::StrAppend(&name, "_", found.tape.run);
      taken_.push_back(name);
      const std::string path = absl::StrCat(out_, "/", name, kTapeEnding);
      const std::string text =
          absl::StrReplaceAll(Text(found.path), {{absl::StrCat(kBesideTheTape, base, ".textproto"),
                                                  absl::StrCat(kBesideTheTape, name, ".textproto")}});
      absl::Status status;
      if (absl::StartsWith(found.tape.scenario, kBesideTheTape)) {
        const std::string folder = found.path.substr(0, found.path.rfind('/'));
        status = sim::WriteFileAtomically(absl::StrCat(out_, "/", name, ".textproto"),
                                          Text(absl::StrCat(folder, "/", base, ".textproto")));
      }
      if (status.ok()) status = sim::WriteFileAtomically(path, text);
      if (!status.ok()) return errors_.push_back(std::string(status.message())), false;
      found.path = path;
    }
    return true;
  }

  bool WriteCorpora() {
    for (const auto& [name, folders] : corpora_) {
      const LoadedScenario& scenario = scenarios_[name];
      const sim::IsolationOptions isolation = Isolation(scenario, options_);
      std::vector<sim::Lesson> lessons;
      std::vector<std::string> messages;
      for (const std::string& folder : folders) {
        sim::CorpusFolder corpus(folder, *scenario.program, name, scenario.laws, isolation);
        const std::vector<sim::Lesson> own = corpus.Load(&messages);
        lessons.insert(lessons.end(), own.begin(), own.end());
      }
      sim::CorpusFolder sum(out_ + "/corpus", *scenario.program, name, scenario.laws, isolation);
      for (const std::string& message : messages) std::fprintf(stderr, "wavetank: %s\n", message.c_str());
      std::string error;
      if (!sum.Save(lessons, 0, &error)) return errors_.push_back(error), false;
    }
    return true;
  }

  bool WriteCampaigns() {
    for (const auto& [key, file] : campaigns_) {
      const std::string stem = absl::StrCat(out_, "/", FlatName(file.identity.scenario), "-",
                                            absl::Hex(file.identity.Digest() >> 32, absl::kZeroPad8));
      absl::Status status = sim::SaveCampaign(stem + kCampaignEnding, file);
      if (status.ok()) status = sim::WriteFileAtomically(stem + ".json", Json(file) + "\n");
      if (!status.ok()) return errors_.push_back(std::string(status.message())), false;
    }
    return true;
  }

  std::string Json(const sim::CampaignFile& file) const {
    const sim::CampaignResult campaign = sim::ResultOf(file.state, file.identity.strategy);
    Result result;
    result.scenario = file.identity.scenario;
    result.runs = campaign.runs;
    result.seed = file.identity.seed;
    result.runs_per_s = campaign.RunsPerSecond();
    result.campaign = &campaign;
    if (!campaign.failures.empty()) {
      const sim::CampaignFailure& first = campaign.failures[0];
      result.Set(first.outcome);
      result.first_failure = first.run;
      const std::string kind = sim::KindOfFailure(first.outcome);
      const auto tape = failures_.find(absl::StrCat(FlatName(result.scenario), "\n", kind));
      if (tape != failures_.end()) result.tape = tape->second.path;
    }
    result.steps = campaign.steps;
    result.digest = campaign.digest;
    return result.Json();
  }

  // "of 8 shards; shard 3 was cut off before run 4012; shard 5 is not here".
  static std::string PartsText(const sim::CampaignFile& file) {
    std::vector<std::string> texts;
    const uint64_t shards = file.parts[0].shards;
    for (uint64_t shard = 0; shard < shards; ++shard) {
      const auto part = std::find_if(file.parts.begin(), file.parts.end(),
                                     [shard](const auto& p) { return p.shard == shard; });
      if (part == file.parts.end()) {
        texts.push_back(absl::StrCat("shard ", shard, " is not here"));
      } else if (!part->done) {
        texts.push_back(absl::StrCat("shard ", shard, " was cut off before run ", part->next_run, ": resume it"));
      }
    }
    std::string text = absl::StrCat("seed ", file.identity.seed, ", ", file.identity.strategy, ", ", shards,
                                    shards == 1 ? " shard" : " shards");
    return texts.empty() ? text : absl::StrCat(text, "; ", absl::StrJoin(texts, "; "));
  }

  int Tell() {
    std::string text;
    int worst = kHeld;
    for (const auto& [key, file] : campaigns_) {
      const sim::CampaignResult campaign = sim::ResultOf(file.state, file.identity.strategy);
      if (options_.json) {
        absl::StrAppend(&text, Json(file), "\n");
        continue;
      }
      absl::StrAppend(&text, file.identity.scenario, ": ", RunsText(campaign), "\n  ", PartsText(file), "\n");
      const std::string statistics = StatisticsText(campaign);
      if (!statistics.empty()) absl::StrAppend(&text, "  ", statistics, "\n");
      const std::string marks = MarksText(campaign);
      if (!marks.empty()) absl::StrAppend(&text, "  ", marks, "\n");
      for (const absl::string_view line : absl::StrSplit(campaign.NeverReached(), '\n', absl::SkipEmpty())) {
        absl::StrAppend(&text, file.identity.scenario, ": ", line, "\n");
        worst = std::max(worst, kViolation);
      }
    }
    for (const auto& [kind, found] : failures_) {
      const sim::TapeFile& tape = found.tape;
      const bool fault = tape.law == sim::LawId::kNone;
      worst = std::max(worst, fault ? kHarness : kViolation);
      absl::StrAppend(options_.json ? &errors_.emplace_back() : &text, OriginOf(found), ": ",
                      fault ? "HARNESS FAULT" : LawName(tape.law), ": ", tape.reason.substr(0, tape.reason.find('\n')),
                      "\n  run ", tape.run, " of seed ", tape.seed, ", ", found.path, "\n");
    }
    for (const std::string& line : errors_) std::fputs(line.c_str(), stderr);
    return Print(text) ? worst : kHarness;
  }

  const Catalog& catalog_;
  const Options& options_;
  const std::string out_;
  std::vector<std::string> errors_;
  absl::btree_map<std::string, sim::CampaignFile> campaigns_;            // by scenario and identity
  absl::btree_map<std::string, FoundTape> failures_;                     // by scenario and kind
  absl::btree_map<std::string, std::vector<std::string>> corpora_;       // by scenario, the folders that have one
  absl::btree_map<std::string, LoadedScenario> scenarios_;               // of the corpora
  std::vector<std::string> taken_;                                       // names of failures that are written
};

}  // namespace

int MergeCommand(const Catalog& catalog, const Options& options) { return Merge(catalog, options).Run(); }

}  // namespace wavetank
