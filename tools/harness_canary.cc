#include "tools/harness_canary.h"

#include "absl/strings/str_cat.h"

namespace wavetank {
namespace {

constexpr uint64_t kRuns = 256;  // of each shard; about half of them fail

}  // namespace

std::string LookForCanary(const sim::Program& canary, const sim::CampaignOptions& campaign) {
  sim::CampaignOptions options;
  options.seed = campaign.seed;
  options.jobs = campaign.jobs;
  options.shard = campaign.shard;
  options.shards = campaign.shards;
  options.runs = kRuns * options.shards;
  options.isolation.step_limit_ns = campaign.isolation.step_limit_ns;
  const sim::CampaignResult result = sim::RunCampaign(canary, options);
  if (result.failures.empty()) {
    return absl::StrCat("the harness is blind: the canary, which must fail, held in ", result.runs, " runs");
  }
  const sim::Outcome& outcome = result.failures[0].outcome;
  if (outcome.harness_fault.empty() && outcome.violation.law == sim::LawId::kProgress) return "";
  return absl::StrCat("the harness is blind: the canary, which must break PROGRESS, ended with ",
                      LawName(outcome.violation.law), outcome.harness_fault);
}

}  // namespace wavetank
