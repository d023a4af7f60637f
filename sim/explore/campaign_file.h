// Campaigns on disk (sim/campaign.proto): written whole beside the old file and renamed, so that whoever is cut off in
// the middle, by kill -9 or for want of power or room, leaves the state before.
#ifndef SIM_EXPLORE_CAMPAIGN_FILE_H_
#define SIM_EXPLORE_CAMPAIGN_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sim/explore/campaign_state.h"
#include "sim/explore/lesson.h"
#include "sim/oracle/law.h"

namespace sim {

// What must be the same for two states to be of one campaign.
struct CampaignIdentity {
  std::string scenario;  // its name
  uint64_t program = 0;  // a digest of its text and of the program that makes the runs
  uint64_t seed = 1;
  std::string strategy;
  std::vector<LawId> judged;  // sorted
  bool keep_going = false;

  // Of all of the above.
  uint64_t Digest() const;
};

// In words what keeps them apart: "seed 1 instead of 2"; empty if they are equal. Of what is told there is one thing.
std::string Difference(const CampaignIdentity& a, const CampaignIdentity& b);

struct CampaignFile {
  struct Part {
    uint64_t shard = 0, shards = 1;
    uint64_t next_run = 0;
    bool done = false;
  };

  CampaignIdentity identity;
  std::vector<Part> parts;  // one; of a sum several
  std::vector<Lesson> corpus;  // what strategies that learn began with
  CampaignState state;
  std::vector<std::string> reported;  // kinds of those failures that people have been told of (KindOfFailure)
};

absl::Status SaveCampaign(const std::string& path, const CampaignFile& file);

// False with `path: what is wrong` if there is no such file, or another one, or one by another version of this.
bool LoadCampaign(const std::string& path, CampaignFile* file, std::string* error);

// Adds another shard of the same campaign, or several. False if they have runs in common. See CampaignState::Merge().
bool AddParts(const CampaignFile& other, size_t keys_max, CampaignFile* sum);

}  // namespace sim

#endif  // SIM_EXPLORE_CAMPAIGN_FILE_H_
