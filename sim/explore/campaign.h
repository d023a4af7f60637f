// Fuzzes one program: many runs in child processes, until something fails.
//
//   1. Runs are numbered from 1; run i draws from (base seed, i) alone. `jobs` processes take the numbers in turn, and
//      the failure with the smallest number is reported: the same one, however many processes search.
//   2. A process that dies loses nothing: its run is a failure (CRASH) with its tape. One that dies while it makes its
//      strategy's profile is started again, and its strategy goes without.
//   3. Every `check_every`-th run is replayed; a digest that differs is a harness fault.
//   4. A campaign that is interrupted ends with what it has found.
#ifndef SIM_EXPLORE_CAMPAIGN_H_
#define SIM_EXPLORE_CAMPAIGN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/explore/isolated_worker.h"
#include "sim/explore/sparse_tape.h"
#include "sim/world/runner.h"

namespace sim {

struct CampaignProgress {
  uint64_t runs;
  int64_t elapsed_ns;
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
  bool keep_going = false;  // collect the first failure of every kind instead of stopping at the first of all
  IsolationOptions isolation;
  std::function<void(const CampaignProgress&)> progress;  // a few times a second
  std::function<bool()> interrupted;                      // asked a few times a second, and after signals
};

struct CampaignFailure {
  uint64_t run = 0;
  Outcome outcome;
  std::vector<TapeEntry> tape;  // complete
};

struct CampaignResult {
  uint64_t runs = 0;
  uint64_t steps = 0;    // of all runs
  uint64_t checked = 0;  // runs that were replayed
  uint64_t digest = 0;   // of all runs, in no particular order: the same for any number of jobs
  int64_t elapsed_ns = 0;
  bool interrupted = false;
  std::vector<CampaignFailure> failures;  // by run number; of each kind the first

  uint64_t RunsPerSecond() const;
};

CampaignResult RunCampaign(const Program& program, const CampaignOptions& options);

}  // namespace sim

#endif  // SIM_EXPLORE_CAMPAIGN_H_
