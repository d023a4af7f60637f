// Fuzzes one program: many runs in child processes, until something fails.
//
//   1. Runs are numbered from 1; run i draws from (base seed, i) alone. `jobs` processes take the numbers in turn, and
//      the failure with the smallest number is reported: the same one, however many processes search.
//   2. A process that dies loses nothing: its run is a failure (CRASH) with its tape. One that dies while it makes its
//      strategy's profile is started again, and its strategy goes without. One that somebody kills (SIGKILL) makes its
//      run once more, and is to blame only if that ends in the same way.
//   3. Every `check_every`-th run is replayed, the first of them in a process that was started anew as well; a digest
//      that differs is a harness fault.
//   4. A campaign that is interrupted ends with what it has found, and one that is killed goes on from its last
//      checkpoint: what it says in the end is what it would have said without.
#ifndef SIM_EXPLORE_CAMPAIGN_H_
#define SIM_EXPLORE_CAMPAIGN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/explore/campaign_state.h"
#include "sim/explore/isolated_worker.h"
#include "sim/explore/lesson.h"
#include "sim/world/runner.h"

namespace sim {

struct CampaignProgress {
  uint64_t runs;
  int64_t elapsed_ns;
};

// A mark (sim/world/mark.h), and how many runs have come to it.
struct MarkStatistics {
  std::string text;
  uint64_t runs = 0;
};

struct CampaignOptions {
  uint64_t seed = 1;
  uint64_t first_run = 1;
  uint64_t runs = 0;         // the last run's number is first_run + runs - 1; 0: no limit
  int64_t duration_ns = 0;   // of the host's time; 0: no limit
  uint32_t jobs = 1;
  uint64_t shard = 0, shards = 1;  // only runs with run % shards == shard
  LawSet laws = LawSet::All();
  std::string strategy = "random";
  uint64_t check_every = 100;
  bool statistics = true;   // count what runs show; costs some percent of the time
  bool keep_going = false;  // collect the first failure of every kind instead of stopping at the first of all
  std::vector<Lesson> corpus;  // what strategies that learn know from the start
  IsolationOptions isolation;
  std::function<void(const CampaignProgress&)> progress;  // a few times a second
  std::function<bool()> interrupted;                      // asked a few times a second, and after signals

  // Goes on from there. Options must be equal but for jobs and limits. Not owned, not looked at after the beginning.
  const CampaignState* resume = nullptr;
  int64_t checkpoint_every_ns = 10'000'000'000;  // of the host's time; more if one takes more than a percent of it
  // Is given the state every now and then, at the end, and when there is a failure, before `found` is told.
  std::function<void(const CampaignState&)> checkpoint;
  // As soon as there is a failure of a new kind, or an earlier one of a kind; `history` knows the names of its run.
  std::function<void(const CampaignFailure&, const History& history)> found;
};

struct CampaignResult {
  uint64_t runs = 0;
  uint64_t steps = 0;    // of all runs
  uint64_t independent_runs = 0;  // those whose decisions do not depend on what other runs have shown
  uint64_t checked = 0;  // runs that were replayed
  uint64_t digest = 0;   // of all runs, in no particular order: the same for any number of jobs
  std::vector<std::pair<std::string, uint64_t>> runs_by;  // strategy, for those made of several
  int64_t elapsed_ns = 0;
  bool interrupted = false;
  bool exhausted = false;  // the strategy had no more runs: see `enumerate`
  CampaignStatistics statistics;
  std::vector<MarkStatistics> sometimes;  // what the program says its campaigns come to, in its order
  std::vector<MarkStatistics> marks;      // all that were reached
  std::vector<Lesson> corpus;  // of strategies that learn: what they began with, and what they learned, by run
  std::vector<CampaignFailure> failures;  // by run number; of each kind the first

  uint64_t RunsPerSecond() const;
  // What is wrong with a campaign that held without having come to all that it must: 'sometimes "queued" was never
  // reached in 2000 runs', a line each. Empty: nothing. Fewer runs than kEnoughRuns say nothing, unless there are no
  // more: a scenario should come to its marks in one run of a hundred.
  static constexpr uint64_t kEnoughRuns = 1000;
  std::string NeverReached() const;
};

// What there is to say of a campaign in this state.
CampaignResult ResultOf(const CampaignState& state, const std::string& strategy);

CampaignResult RunCampaign(const Program& program, const CampaignOptions& options);

}  // namespace sim

#endif  // SIM_EXPLORE_CAMPAIGN_H_
