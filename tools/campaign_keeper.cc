#include "tools/campaign_keeper.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/choice/prng.h"
#include "sim/explore/tape_file.h"
#include "tools/out_folder.h"

namespace wavetank {
namespace {

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

}  // namespace

uint64_t ProgramDigest(const LoadedScenario& scenario) {
  static const uint64_t build = FileDigest("/proc/self/exe");
  return sim::Mix(build ^ sim::Mix(scenario.text_digest));
}

CampaignKeeper::CampaignKeeper(const std::string& folder, const LoadedScenario& scenario, const Options& options)
    : folder_(folder) {
  std::vector<sim::LawId> judged = options.laws;
  std::sort(judged.begin(), judged.end());
  file_.identity = {scenario.name, ProgramDigest(scenario), options.seed, options.strategy, judged,
                    options.keep_going};
  file_.parts = {{options.shard, options.shards, 0, false}};
  stem_ = absl::StrCat(folder, "/", FlatName(scenario.name), "-",
                       absl::Hex(file_.identity.Digest() >> 32, absl::kZeroPad8));
  if (options.shards > 1) absl::StrAppend(&stem_, "-", options.shard, "-of-", options.shards);
}

std::string CampaignKeeper::Open(bool resume) {
  const std::string path = stem_ + kCampaignEnding;
  if (!Exists(path)) return resume ? LookForOthers() : "";
  sim::CampaignFile found;
  std::string error;
  if (!sim::LoadCampaign(path, &found, &error)) return error;
  if (found.parts.size() != 1) return absl::StrCat(path, ": is a sum of shards, which cannot go on");
  if (resume) {
    file_ = std::move(found);
    resumes_ = true;
    return "";
  }
  if (found.parts[0].done || found.state.totals.runs == 0) return "";
  return absl::StrCat(path, ": holds a campaign that was cut off after ", found.state.totals.runs,
                      " runs; --resume goes on with it");
}

// There is no such campaign here: then there may be no other one of that scenario either, which must be what was meant.
std::string CampaignKeeper::LookForOthers() const {
  for (const std::string& path : FilesEndingIn(folder_, kCampaignEnding)) {
    sim::CampaignFile other;
    std::string error;
    if (!sim::LoadCampaign(path, &other, &error)) return error;
    if (other.identity.scenario != file_.identity.scenario) continue;
    const std::string difference = sim::Difference(other.identity, file_.identity);
    if (!difference.empty()) return absl::StrCat(path, ": cannot be resumed: it has ", difference);
  }
  return "";
}

void CampaignKeeper::Attach(sim::CampaignOptions* campaign) {
  if (resumes_) {
    campaign->resume = &file_.state;
    campaign->corpus = file_.corpus;
  } else {
    file_.corpus = campaign->corpus;
  }
  campaign->checkpoint = [this](const sim::CampaignState& state) {
    // It may be the very state that the campaign was resumed with.
    if (&state != &file_.state) file_.state = state;
    file_.parts[0].next_run = state.next_run;
    file_.parts[0].done = false;
    Save();
  };
}

bool CampaignKeeper::WasReported(const sim::CampaignFailure& failure) const {
  const std::string kind = sim::KindOfFailure(failure.outcome);
  return std::count(file_.reported.begin(), file_.reported.end(), kind) != 0;
}

void CampaignKeeper::Report(const sim::CampaignFailure& failure) {
  file_.reported.push_back(sim::KindOfFailure(failure.outcome));
  Save();
}

void CampaignKeeper::Close(bool done, const std::string& json) {
  file_.parts[0].done = done;
  Save();
  const absl::Status status = sim::WriteFileAtomically(stem_ + ".json", json + "\n");
  if (!status.ok()) Say(std::string(status.message()));
}

void CampaignKeeper::Save() {
  const absl::Status status = sim::SaveCampaign(stem_ + kCampaignEnding, file_);
  if (!status.ok()) Say(std::string(status.message()));
}

void CampaignKeeper::Say(const std::string& error) {
  if (error_.empty()) {
    std::fprintf(stderr, "wavetank: the state of the campaign cannot be kept: %s\n", error.c_str());
  }
  error_ = error;
}

}  // namespace wavetank
