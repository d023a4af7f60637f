// What a campaign says about itself: how much it has seen, and how little that proves.
#ifndef TOOLS_CAMPAIGN_TEXT_H_
#define TOOLS_CAMPAIGN_TEXT_H_

#include <cstdint>
#include <string>

#include "sim/explore/campaign.h"
#include "tools/json.h"

namespace wavetank {

// "500 runs, all held (9000 runs/s)", "exhausted 39 runs, all held (...)", "500 runs, 2 kinds of failures (...)",
// without a newline.
std::string RunsText(const sim::CampaignResult& campaign);

// "12 end states, 340 hand-offs; ...", one line; empty if nothing was counted.
std::string StatisticsText(const sim::CampaignResult& campaign);

// "reached: queued in 498 runs, reused in 12", one line; empty if no mark was (sim/world/mark.h).
std::string MarksText(const sim::CampaignResult& campaign);

// The statistics as members: end_states, handoffs, singular_runs, new_chance, runs_NAME of each strategy; where
// everything held and was drawn independently also failure_rate_max; marks, those that were reached, by name.
void AddStatistics(const sim::CampaignResult& campaign, JsonObject* json);

// By Good and Turing: the chance that one more run shows something that none has shown.
double NewChance(const sim::CampaignResult& campaign);

// After `runs` independent runs without a failure: what the failure rate is below with 95 % confidence (about 3/runs).
double FailureRateMax(uint64_t runs);

}  // namespace wavetank

#endif  // TOOLS_CAMPAIGN_TEXT_H_
