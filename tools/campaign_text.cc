#include "tools/campaign_text.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace wavetank {
namespace {

std::string Percent(double share) { return absl::StrFormat("%.3g %%", 100 * share); }

bool BoundsTheRate(const sim::CampaignResult& campaign) {
  return campaign.failures.empty() && campaign.independent_runs > 0 && !campaign.exhausted;
}

}  // namespace

double NewChance(const sim::CampaignResult& campaign) {
  if (campaign.runs == 0) return 1;
  return static_cast<double>(campaign.statistics.singular_runs) / static_cast<double>(campaign.runs);
}

double FailureRateMax(uint64_t runs) {
  if (runs == 0) return 1;
  // (1 - p)^runs = 0.05
  return -std::expm1(std::log(0.05) / static_cast<double>(runs));
}

std::string RunsText(const sim::CampaignResult& campaign) {
  const size_t kinds = campaign.failures.size();
  const std::string failed = absl::StrCat(kinds, kinds == 1 ? " kind of failure" : " kinds of failures");
  return absl::StrCat(campaign.exhausted ? "exhausted " : "", campaign.runs, " runs, ",
                      kinds == 0 ? "all held" : failed, " (", campaign.RunsPerSecond(), " runs/s)",
                      campaign.interrupted ? ", interrupted" : "");
}

std::string StatisticsText(const sim::CampaignResult& campaign) {
  const sim::CampaignStatistics& statistics = campaign.statistics;
  if (statistics.end_states == 0) return "";
  const char* at_least = statistics.full ? "at least " : "";
  std::string text = absl::StrCat(at_least, statistics.end_states, " end states, ", at_least, statistics.handoffs,
                                  " hand-offs");
  if (campaign.exhausted) return text;
  absl::StrAppend(&text, "; the next run shows something new with a chance of ", Percent(NewChance(campaign)));
  if (BoundsTheRate(campaign)) {
    const bool all = campaign.independent_runs == campaign.runs;
    absl::StrAppend(&text, "; fewer than ", Percent(FailureRateMax(campaign.independent_runs)),
                    all ? " of such runs" : " of such runs that learn nothing", " fail (95 %)");
  }
  return text;
}

std::string MarksText(const sim::CampaignResult& campaign) {
  std::string text;
  for (const sim::MarkStatistics& mark : campaign.marks) {
    absl::StrAppend(&text, text.empty() ? "reached: " : ", ", mark.text, " in ", mark.runs);
    if (&mark == &campaign.marks.front()) absl::StrAppend(&text, " runs");
  }
  return text;
}

void AddStatistics(const sim::CampaignResult& campaign, JsonObject* json) {
  if (!campaign.marks.empty()) {
    std::vector<std::string> names;
    for (const sim::MarkStatistics& mark : campaign.marks) names.push_back(mark.text);
    json->Add("marks", absl::StrJoin(names, ", "));
  }
  if (campaign.statistics.end_states == 0) return;
  json->Add("end_states", campaign.statistics.end_states).Add("handoffs", campaign.statistics.handoffs);
  json->Add("singular_runs", campaign.statistics.singular_runs);
  if (campaign.statistics.full) json->AddBool("more_than_counted", true);
  for (const auto& arm : campaign.runs_by) json->Add(absl::StrCat("runs_", arm.first), arm.second);
  if (campaign.exhausted) {
    json->AddBool("exhausted", true);
    return;
  }
  json->AddNumber("new_chance", NewChance(campaign));
  if (BoundsTheRate(campaign)) json->AddNumber("failure_rate_max", FailureRateMax(campaign.independent_runs));
}

}  // namespace wavetank
