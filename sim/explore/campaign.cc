#include "sim/explore/campaign.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "sim/choice/prng.h"
#include "sim/choice/replay_source.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/outcome_record.h"
#include "sim/explore/strategy.h"

namespace sim {
namespace {

// Shared with one child.
struct Board {
  std::atomic<uint64_t> stop;  // 1: end after the current run
  std::atomic<uint64_t> last;  // runs after this one are not wanted
  std::atomic<uint64_t> current;  // run
  std::atomic<uint64_t> preparing;  // 1: the strategy's profile is being made
  std::atomic<uint64_t> runs, steps, checked, digest;
  std::atomic<uint64_t> failed;  // 1: `outcome` and the history's tape are those of run `current`
  OutcomeRecord outcome;
};

// The numbers of one job's runs: every stride-th from `first` on.
struct RunNumbers {
  uint64_t first, stride, last;
};

class Job {
 public:
  Job(const Program& program, const CampaignOptions& options, RunNumbers numbers)
      : program_(program),
        options_(options),
        numbers_(numbers),
        history_(std::make_shared<History>()),
        worker_(options.isolation, *history_) {
    void* memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    board_ = new (memory) Board();
    board_->last = numbers.last;
  }
  ~Job() {
    worker_.Kill();
    munmap(board_, sizeof(Board));
  }

  void Start(uint64_t from) {
    from_ = from;
    // Whatever ends a process while it makes its profile would end the next one, too: they all go on without one.
    if (board_->preparing != 0) blind_ = true;
    under_way = true;
    board_->failed = 0;
    board_->current = 0;
    board_->preparing = 0;
    // The counters of a child that died are kept; those of the new one go on from there.
    worker_.Start([this](IsolatedWorker::Child&) { Search(); });
  }

  // To be called when the child has ended: it died before its first run.
  bool died_early() const { return board_->preparing != 0; }
  uint64_t from() const { return from_; }

  IsolatedWorker& worker() { return worker_; }
  Board& board() { return *board_; }
  const History& history() const { return *history_; }
  const RunNumbers& numbers() const { return numbers_; }
  bool under_way = false;  // started, and its end not yet looked at

 private:
  void Search() {
    Runner runner({options_.isolation.memory, {}}, history_);
    const std::unique_ptr<Strategy> strategy = MakeStrategy(options_.strategy);
    if (strategy->wants_profile() && !blind_) {
      board_->preparing = 1;
      strategy->Use(MakeProfile(program_, runner, options_.laws, options_.seed));
      board_->preparing = 0;
    }
    for (uint64_t run = from_; run <= board_->last && board_->stop == 0; run += numbers_.stride) {
      board_->current = run;
      Outcome outcome = runner.Run(program_, strategy->ForRun(options_.seed, run), {options_.laws, false, run});
      ++board_->runs;
      board_->steps += outcome.steps;
      board_->digest += Mix(outcome.digest ^ run);
      const bool check = options_.check_every != 0 && run % options_.check_every == 0;
      if (outcome.held() && check) Replay(runner, run, &outcome);
      if (outcome.held()) continue;
      board_->outcome.Set(outcome);
      board_->failed = 1;
      return;
    }
  }

  void Replay(Runner& runner, uint64_t run, Outcome* outcome) {
    std::vector<TapeEntry> tape = RecordedComplete(*history_);
    ReplaySource source(tape, ReplaySource::Mode::kStrict);
    const Outcome again = runner.Run(program_, source, {options_.laws, false, run});
    ++board_->checked;
    if (again.held() && again.digest == outcome->digest) return;
    outcome->harness_fault = absl::StrCat("NONDETERMINISTIC: run ", run, " differs when its tape is replayed");
    history_->tape().Clear();
    for (const TapeEntry& entry : tape) history_->tape().Append(entry);
  }

  const Program& program_;
  const CampaignOptions& options_;
  RunNumbers numbers_;
  std::shared_ptr<History> history_;
  IsolatedWorker worker_;
  Board* board_ = nullptr;
  uint64_t from_ = 0;
  bool blind_ = false;
};

std::string KindOf(const Outcome& outcome) {
  if (!outcome.harness_fault.empty()) return "?";
  std::string kind(LawName(outcome.violation.law));
  if (outcome.violation.law == LawId::kCrash) kind += CrashClass(outcome.violation.reason);
  return kind;
}

class Campaign {
 public:
  Campaign(const Program& program, const CampaignOptions& options) : options_(options) {
    const uint64_t shards = std::max<uint64_t>(options.shards, 1);
    uint64_t first = std::max<uint64_t>(options.first_run, 1);
    const uint64_t last = options.runs == 0 ? ~uint64_t{0} - (uint64_t{1} << 32) : first + options.runs - 1;
    while (first % shards != options.shard % shards) ++first;
    const uint64_t jobs = std::max<uint32_t>(options.jobs, 1);
    for (uint64_t i = 0; i < jobs; ++i) {
      jobs_.push_back(std::make_unique<Job>(program, options, RunNumbers{first + i * shards, jobs * shards, last}));
      workers_.push_back(&jobs_.back()->worker());
    }
  }

  CampaignResult Run() {
    const int64_t start = HostNanos();
    for (auto& job : jobs_) {
      if (job->numbers().first <= job->numbers().last) job->Start(job->numbers().first);
    }
    int64_t stopped_at = 0;
    while (AnyRunning()) {
      IsolatedWorker::Wait(workers_, 100'000'000);
      const int64_t now = HostNanos();
      for (auto& job : jobs_) {
        if (job->under_way && !job->worker().running()) Ended(*job);
      }
      if (stopped_at == 0 && ShouldStop(now - start)) {
        stopped_at = now;
        for (auto& job : jobs_) job->board().stop = 1;
      }
      // A run under way has a moment to end.
      if (stopped_at != 0 && now - stopped_at > 1'000'000'000) {
        for (auto& job : jobs_) {
          job->worker().Kill();
          job->under_way = false;
        }
      }
      if (options_.progress) options_.progress({Runs(), now - start});
    }
    result_.elapsed_ns = HostNanos() - start;
    Summarize();
    return std::move(result_);
  }

 private:
  bool AnyRunning() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const IsolatedWorker* w) { return w->running(); });
  }

  bool ShouldStop(int64_t elapsed_ns) {
    if (options_.interrupted && options_.interrupted()) result_.interrupted = true;
    return result_.interrupted || (options_.duration_ns != 0 && elapsed_ns >= options_.duration_ns);
  }

  // The child of `job` has ended: with a failure, by dying, or because it was done.
  void Ended(Job& job) {
    Board& board = job.board();
    const bool crashed = job.worker().ending().crashed;
    job.under_way = false;
    if (!crashed && board.failed == 0) return;
    if (crashed && job.died_early()) {
      job.Start(job.from());
      return;
    }
    CampaignFailure failure;
    failure.run = board.current;
    failure.outcome = board.failed != 0 ? board.outcome.Get() : CrashOutcome(job.worker().ending(), job.history());
    if (board.failed == 0) ++board.runs;
    failure.tape = RecordedComplete(job.history());
    const uint64_t run = failure.run;
    Keep(std::move(failure));
    const uint64_t next = run + job.numbers().stride;
    if (options_.keep_going && run != 0 && next <= board.last && board.stop == 0) {
      job.Start(next);
      return;
    }
    if (options_.keep_going) return;
    for (auto& other : jobs_) {
      if (run < other->board().last) other->board().last = run;
    }
  }

  void Keep(CampaignFailure failure) {
    const std::string kind = KindOf(failure.outcome);
    for (CampaignFailure& known : result_.failures) {
      if (KindOf(known.outcome) != kind) continue;
      if (failure.run < known.run) known = std::move(failure);
      return;
    }
    result_.failures.push_back(std::move(failure));
  }

  uint64_t Runs() const {
    uint64_t runs = 0;
    for (const auto& job : jobs_) runs += job->board().runs;
    return runs;
  }

  void Summarize() {
    for (const auto& job : jobs_) {
      result_.runs += job->board().runs;
      result_.steps += job->board().steps;
      result_.checked += job->board().checked;
      result_.digest += job->board().digest;
    }
    std::sort(result_.failures.begin(), result_.failures.end(),
              [](const CampaignFailure& a, const CampaignFailure& b) { return a.run < b.run; });
    // Jobs that were ahead may have found others; which ones depends on their number.
    if (!options_.keep_going && result_.failures.size() > 1) result_.failures.resize(1);
  }

  const CampaignOptions& options_;
  CampaignResult result_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<IsolatedWorker*> workers_;
};

}  // namespace

uint64_t CampaignResult::RunsPerSecond() const {
  if (elapsed_ns <= 0) return 0;
  const auto scaled = static_cast<unsigned __int128>(runs) * 1'000'000'000;
  return static_cast<uint64_t>(scaled / static_cast<uint64_t>(elapsed_ns));
}

CampaignResult RunCampaign(const Program& program, const CampaignOptions& options) {
  Campaign campaign(program, options);
  return campaign.Run();
}

}  // namespace sim
