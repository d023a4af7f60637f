// One of the processes of a campaign, seen from the one that watches: it takes the number of a run, makes the run, and
// says so, until there are no more.
#ifndef SIM_EXPLORE_CAMPAIGN_JOB_H_
#define SIM_EXPLORE_CAMPAIGN_JOB_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/explore/campaign.h"
#include "sim/explore/classroom.h"
#include "sim/explore/coverage.h"
#include "sim/explore/isolated_worker.h"
#include "sim/explore/outcome_record.h"
#include "sim/explore/shared_counts.h"
#include "sim/explore/strategy.h"
#include "sim/world/history.h"
#include "sim/world/runner.h"

namespace sim {

// Memory that this process shares with the children that it forks; zeros at first.
void* MapShared(size_t bytes);
void UnmapShared(void* memory, size_t bytes);

// Where the jobs take their numbers from: first, first + stride, ... up to `last`. All of them in ascending order, so
// that all runs before `next` are done when nobody is in the middle of one.
struct RunQueue {
  std::atomic<uint64_t> next, last, stride;
  std::atomic<uint64_t> stop;       // 1: take no more
  std::atomic<uint64_t> pause;      // 1: take none now
  std::atomic<uint64_t> exhausted;  // 1: the strategy has no more runs
  std::atomic<uint64_t> anew;       // 1: a run was replayed in a process that was started anew
};

// What all jobs of a campaign have seen.
struct CampaignSightings {
  SharedCounts end_states, handoffs;
};

// What all jobs use, and none owns.
struct JobContext {
  const Program& program;
  const CampaignOptions& options;
  RunQueue* queue;
  CampaignSightings* sightings;  // null: nobody counts
  Classroom* classroom;          // of this job; null: the strategy does not learn
};

class CampaignJob {
 public:
  explicit CampaignJob(const JobContext& context);
  ~CampaignJob();

  // Starts a process. `again`: a run that was begun and is to be made first; 0: none.
  // `after`: the tape of the run before, for strategies that go on from there.
  void Start(uint64_t again = 0, const std::vector<TapeEntry>* after = nullptr);
  // As the last time.
  void Restart() { Launch(); }

  // How it has ended, to be asked when it has.
  enum class Ending {
    kDone,       // there are no more runs
    kFailed,     // run() failed, in a way that it could tell or by dying
    kEarly,      // it died before its first run
    kDisturbed,  // killed from outside, in the middle of run(): once may be an accident
    kIdle,       // died between two runs
  };
  Ending TakeEnding();

  // kFailed.
  CampaignFailure Failure();
  uint64_t run() const { return board_->current; }

  // There will be no more runs of it.
  void Leave() {
    if (context_.classroom != nullptr) context_.classroom->Leave();
  }

  // It has taken no number that it is not done with, and takes none while the queue is paused.
  bool waits() const { return board_->waits != 0; }
  // Of the runs that are done.
  CampaignTotals Totals() const;

  IsolatedWorker& worker() { return worker_; }
  const History& history() const { return *history_; }
  bool under_way() const { return under_way_; }  // started, and its end not yet taken

 private:
  struct Account {
    uint64_t run;  // the last one that is in the totals
    CampaignTotals totals;
  };
  // Shared with the child.
  struct Board {
    std::atomic<uint64_t> current;    // the last run that was taken
    std::atomic<uint64_t> waits;      // 1: see waits()
    std::atomic<uint64_t> preparing;  // 1: the strategy's profile is being made
    std::atomic<uint64_t> failed;     // 1: `outcome` and the history's tape are those of run `current`
    std::atomic<uint64_t> committed;  // how often accounts were written; the lowest bit says which one is valid
    Account accounts[2];
    OutcomeRecord outcome;
  };

  // What the last run has come to.
  struct Reached {
    std::array<bool, Program::kSometimesMax> sometimes{};
    std::array<bool, kMarkCount> marks{};
  };

  Account& account() const { return board_->accounts[board_->committed & 1]; }
  void Launch();
  void Search();
  void Prepare(Strategy& strategy, Runner& runner);
  // The number of the next run; 0 if there is none.
  uint64_t TakeNumber();
  bool Make(Runner& runner, Strategy& strategy, uint64_t run);
  void CountMarks();
  void Count(uint64_t run, const Outcome& outcome, const Strategy& strategy, bool checked);
  // By the parent: a run whose process died before it could.
  void CountLost(uint64_t run);
  void Replay(Runner& runner, uint64_t run, Outcome* outcome);
  bool SameInAFreshProcess(const std::vector<TapeEntry>& tape, uint64_t digest);
  RunOptions Options(uint64_t run);

  JobContext context_;
  std::shared_ptr<History> history_;
  IsolatedWorker worker_;
  Board* board_;
  bool under_way_ = false;
  bool blind_ = false;
  bool spared_ = false;        // it was killed outside a run before
  uint64_t disturbed_ = 0;     // the run in which it was killed the last time
  uint64_t again_ = 0;         // of the last Start()
  uint64_t started_after_ = 0;  // the last run before it
  bool resumes_ = false;
  std::vector<TapeEntry> after_;
  HandoffCoverage coverage_;
  Reached reached_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_CAMPAIGN_JOB_H_
