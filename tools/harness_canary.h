// The canary of a campaign: a program that is known to fail, searched by the same processes, shards and laws before the
// real one. A harness that does not see it sees nothing.
#ifndef TOOLS_HARNESS_CANARY_H_
#define TOOLS_HARNESS_CANARY_H_

#include <string>

#include "sim/explore/campaign.h"
#include "sim/world/subject.h"

namespace wavetank {

// Empty if `canary` breaks PROGRESS within a few hundred runs, else what happened instead. A few milliseconds.
std::string LookForCanary(const sim::Program& canary, const sim::CampaignOptions& campaign);

}  // namespace wavetank

#endif  // TOOLS_HARNESS_CANARY_H_
