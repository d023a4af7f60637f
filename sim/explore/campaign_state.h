// What a campaign knows at a moment when all of its runs up to some number are done and none behind it has begun.
//
// That is enough to go on from there, in another process and with another number of jobs, as if nothing had happened;
// and to be added to what the other shards of the same campaign know.
#ifndef SIM_EXPLORE_CAMPAIGN_STATE_H_
#define SIM_EXPLORE_CAMPAIGN_STATE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/choice/tape.h"
#include "sim/explore/lesson.h"
#include "sim/explore/shared_counts.h"
#include "sim/world/mark.h"
#include "sim/world/runner.h"
#include "sim/world/subject.h"

namespace sim {

struct CampaignFailure {
  uint64_t run = 0;
  Outcome outcome;
  std::vector<TapeEntry> tape;  // complete
};

// What two failures have in common that are reported as one: the law, and of crashes the class (isolated_worker.h). Of
// harness faults there is one kind.
std::string KindOfFailure(const Outcome& outcome);

// Keeps `failure` if there is none of its kind, or only one of a later run. Returns whether it was kept.
bool KeepFirst(CampaignFailure failure, std::vector<CampaignFailure>* failures);

// What a campaign has seen, and how much it has not (Good: "The population frequencies of species and the estimation
// of population parameters", Biometrika 1953). A key is a hand-off between two sources, or an end state:
// sim/explore/coverage.h.
struct CampaignStatistics {
  uint64_t end_states = 0;
  uint64_t handoffs = 0;
  // Runs that have shown something that no other run has. Over all runs: the chance that the next one does.
  uint64_t singular_runs = 0;
  bool full = false;  // there were too many to count them all
};

struct CampaignTotals {
  static constexpr size_t kArmsMax = 16;

  uint64_t runs = 0;
  uint64_t independent = 0;  // those whose decisions do not depend on what other runs have shown
  uint64_t steps = 0;
  uint64_t checked = 0;  // runs that were replayed
  uint64_t digest = 0;   // a sum: the same for any number of jobs
  std::array<uint64_t, kArmsMax> arms{};  // runs, by Strategy::arm()
  std::array<uint64_t, Program::kSometimesMax> sometimes{};  // runs that have come to what the program names
  std::array<uint64_t, kMarkCount> marks{};                  // ... and to each mark there is

  void Add(const CampaignTotals& other);
};

struct CampaignState {
  uint64_t next_run = 0;  // those before it are done; 0: none
  int64_t elapsed_ns = 0;
  CampaignTotals totals;
  std::vector<std::string> sometimes;  // what the program says its campaigns come to
  bool exhausted = false;
  bool full = false;  // there were more keys than these
  std::vector<Sighting> end_states, handoffs;  // by key
  std::vector<Lesson> lessons;                 // by run
  std::vector<TapeEntry> last_tape;            // of strategies that go on from there
  std::vector<CampaignFailure> failures;       // of each kind the first; one may be of a run behind next_run

  CampaignStatistics Statistics() const;

  // Adds other runs of the same campaign: those of another shard. At most `keys_max` end states and hand-offs each are
  // kept; what is left out is said by `full`. Lessons are not joined: what shards have learned is in their corpora.
  void Merge(const CampaignState& other, size_t keys_max);
};

}  // namespace sim

#endif  // SIM_EXPLORE_CAMPAIGN_STATE_H_
