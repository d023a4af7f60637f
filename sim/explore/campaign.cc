#include "sim/explore/campaign.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "sim/choice/prng.h"
#include "sim/choice/replay_source.h"
#include "sim/explore/classroom.h"
#include "sim/explore/coverage.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/outcome_record.h"
#include "sim/explore/shared_counts.h"
#include "sim/explore/strategy.h"

namespace sim {
namespace {

// Shared with one child.
struct Board {
  std::atomic<uint64_t> stop;  // 1: end after the current run
  std::atomic<uint64_t> last;  // runs after this one are not wanted
  std::atomic<uint64_t> current;  // run
  std::atomic<uint64_t> preparing;  // 1: the strategy's profile is being made
  std::atomic<uint64_t> runs, independent, steps, checked, digest;
  std::atomic<uint64_t> exhausted;  // 1: there are no more runs
  std::atomic<uint64_t> failed;  // 1: `outcome` and the history's tape are those of run `current`
  OutcomeRecord outcome;
};

// The numbers of one job's runs: every stride-th from `first` on.
struct RunNumbers {
  uint64_t first, stride, last;
};

// What all jobs of a campaign have seen.
struct Sightings {
  SharedCounts end_states, handoffs;
};

class Job {
 public:
  Job(const Program& program, const CampaignOptions& options, RunNumbers numbers, Sightings* sightings,
      Classroom* classroom)
      : program_(program),
        options_(options),
        sightings_(sightings),
        classroom_(classroom),
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

  // `after`: the tape of the run before, for strategies that go on from there.
  void Start(uint64_t from, const std::vector<TapeEntry>* after = nullptr) {
    from_ = from;
    resumes_ = after != nullptr;
    if (resumes_) after_ = *after;
    // Whatever ends a process while it makes its profile would end the next one, too: they all go on without one.
    if (board_->preparing != 0) blind_ = true;
    under_way = true;
    board_->failed = 0;
    board_->current = 0;
    board_->preparing = 0;
    // The counters of a child that died are kept; those of the new one go on from there.
    worker_.Start([this](IsolatedWorker::Child&) { Search(); });
  }

  // The first of its runs that is replayed is replayed in a process that was started anew, too.
  void StartAnewOnce() { starts_anew_ = true; }

  // To be called when the child has ended: it died before its first run.
  bool died_early() const { return board_->preparing != 0; }
  uint64_t from() const { return from_; }

  // There will be no more runs of it.
  void Leave() {
    if (classroom_ != nullptr) classroom_->Leave();
  }

  IsolatedWorker& worker() { return worker_; }
  Board& board() { return *board_; }
  const History& history() const { return *history_; }
  const RunNumbers& numbers() const { return numbers_; }
  bool under_way = false;  // started, and its end not yet looked at

 private:
  void Search() {
    Runner runner({options_.isolation.memory, {}}, history_);
    const std::unique_ptr<Strategy> strategy = MakeStrategy(options_.strategy);
    Prepare(*strategy, runner);
    if (strategy->sequential() && resumes_ && !strategy->ResumeAfter(after_)) board_->exhausted = 1;
    for (uint64_t run = from_; run <= board_->last && board_->stop == 0; run += numbers_.stride) {
      if (board_->exhausted != 0) return;
      if (classroom_ != nullptr && !classroom_->Enter(run, *strategy, [&] { return Waits(run); })) break;
      board_->current = run;
      coverage_.BeginRun();
      Outcome outcome = runner.Run(program_, strategy->ForRun(options_.seed, run), Options(run));
      ++board_->runs;
      if (strategy->independent()) ++board_->independent;
      board_->steps += outcome.steps;
      board_->digest += Mix(outcome.digest ^ run);
      if (sightings_ != nullptr) Count(run);
      if (classroom_ != nullptr && outcome.held()) {
        classroom_->Tell(run, *strategy, coverage_.keys(), history_->tape());
      }
      const bool check = options_.check_every != 0 && run % options_.check_every == 0;
      if (outcome.held() && check) Replay(runner, run, &outcome);
      if (outcome.held()) {
        if (!strategy->Advance()) board_->exhausted = 1;
        continue;
      }
      board_->outcome.Set(outcome);
      board_->failed = 1;
      return;
    }
    if (classroom_ != nullptr) classroom_->Leave();
  }

  // While run `run` waits for other jobs: alive, and still wanted.
  bool Waits(uint64_t run) {
    history_->Beat();
    return run <= board_->last && board_->stop == 0;
  }

  void Prepare(Strategy& strategy, Runner& runner) {
    for (const Lesson& lesson : options_.corpus) strategy.Learn(lesson);
    if (!strategy.wants_profile() || blind_) return;
    board_->preparing = 1;
    strategy.Use(MakeProfile(program_, runner, options_.laws, options_.seed));
    board_->preparing = 0;
  }

  RunOptions Options(uint64_t run) {
    RunOptions options{options_.laws, false, run};
    if (sightings_ != nullptr || classroom_ != nullptr) options.listener = &coverage_;
    return options;
  }

  void Count(uint64_t run) {
    sightings_->end_states.Add(coverage_.end_state(), run);
    for (const uint64_t key : coverage_.keys()) sightings_->handoffs.Add(key, run);
  }

  void Replay(Runner& runner, uint64_t run, Outcome* outcome) {
    std::vector<TapeEntry> tape = RecordedComplete(*history_);
    ReplaySource source(tape, ReplaySource::Mode::kStrict);
    const Outcome again = runner.Run(program_, source, {options_.laws, false, run});
    ++board_->checked;
    std::string where;
    if (!again.held() || again.digest != outcome->digest) {
      where = " differs when its tape is replayed";
    } else if (!SameInAFreshProcess(tape, outcome->digest)) {
      where = " differs when its tape is replayed in a process that was started anew";
    } else {
      return;
    }
    outcome->harness_fault = absl::StrCat("NONDETERMINISTIC: run ", run, where);
    history_->tape().Clear();
    for (const TapeEntry& entry : tape) history_->tape().Append(entry);
  }

  // Looked at once in a campaign: it costs as much as some hundred runs.
  bool SameInAFreshProcess(const std::vector<TapeEntry>& tape, uint64_t digest) {
    if (!starts_anew_ || !CanStartAnew(program_)) return true;
    starts_anew_ = false;
    IsolatedRunner::Options options;
    options.isolation = options_.isolation;
    options.fresh = true;
    TapeRun run;
    run.strict = true;
    run.complete = tape;
    run.laws = options_.laws;
    IsolatedRunner runner(program_, options);
    const TapeRunReport report = runner.Run(run);
    return report.outcome.held() && report.outcome.digest == digest;
  }

  const Program& program_;
  const CampaignOptions& options_;
  Sightings* sightings_;  // null: nobody counts
  Classroom* classroom_;  // null: the strategy does not learn
  RunNumbers numbers_;
  bool starts_anew_ = false;
  std::shared_ptr<History> history_;
  IsolatedWorker worker_;
  Board* board_ = nullptr;
  uint64_t from_ = 0;
  bool blind_ = false;
  bool resumes_ = false;
  std::vector<TapeEntry> after_;
  HandoffCoverage coverage_;
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
    const std::unique_ptr<Strategy> strategy = MakeStrategy(options.strategy);
    const uint64_t jobs = strategy->sequential() ? 1 : std::max<uint32_t>(options.jobs, 1);
    if (options.statistics) sightings_ = std::make_unique<Sightings>();
    if (strategy->learns()) OpenClassrooms(jobs, {options.seed, first, shards});
    for (uint64_t i = 0; i < jobs; ++i) {
      jobs_.push_back(std::make_unique<Job>(program, options, RunNumbers{first + i * shards, jobs * shards, last},
                                            sightings_.get(), classrooms_.empty() ? nullptr : &classrooms_[i]));
      workers_.push_back(&jobs_.back()->worker());
    }
    jobs_.front()->StartAnewOnce();
  }

  CampaignResult Run() {
    const int64_t start = HostNanos();
    for (auto& job : jobs_) {
      if (job->numbers().first <= job->numbers().last) {
        job->Start(job->numbers().first);
      } else {
        job->Leave();
      }
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
  void OpenClassrooms(uint64_t jobs, const Classroom::Plan& plan) {
    std::vector<LessonLog*> logs;
    for (uint64_t i = 0; i < jobs; ++i) {
      logs_.push_back(std::make_unique<LessonLog>());
      logs.push_back(logs_.back().get());
    }
    for (uint64_t i = 0; i < jobs; ++i) classrooms_.emplace_back(logs, i, plan);
  }

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
    const uint64_t next = run + job.numbers().stride;
    const bool goes_on = options_.keep_going && run != 0 && next <= board.last && board.stop == 0;
    if (goes_on) {
      job.Start(next, &failure.tape);
    } else {
      job.Leave();
    }
    Keep(std::move(failure));
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
      result_.independent_runs += job->board().independent;
      result_.steps += job->board().steps;
      result_.checked += job->board().checked;
      result_.digest += job->board().digest;
      result_.exhausted = result_.exhausted || job->board().exhausted != 0;
    }
    if (!classrooms_.empty()) KeepCorpus();
    if (sightings_ != nullptr) {
      const SharedCounts::Summary end_states = sightings_->end_states.Summarize();
      const SharedCounts::Summary handoffs = sightings_->handoffs.Summarize();
      std::vector<uint64_t> singular;
      std::set_union(end_states.runs.begin(), end_states.runs.end(), handoffs.runs.begin(), handoffs.runs.end(),
                     std::back_inserter(singular));
      singular.erase(std::unique(singular.begin(), singular.end()), singular.end());
      result_.statistics = {end_states.distinct, handoffs.distinct, singular.size(), end_states.full || handoffs.full};
    }
    std::sort(result_.failures.begin(), result_.failures.end(),
              [](const CampaignFailure& a, const CampaignFailure& b) { return a.run < b.run; });
    // Jobs that were ahead may have found others; which ones depends on their number.
    if (!options_.keep_going && result_.failures.size() > 1) result_.failures.resize(1);
  }

  // What was learned, and what was known before.
  void KeepCorpus() {
    const std::unique_ptr<Strategy> strategy = MakeStrategy("guided");
    for (const Lesson& lesson : options_.corpus) {
      strategy->Learn(lesson);
      result_.corpus.push_back(lesson);
    }
    classrooms_.front().Collect(*strategy, &result_.corpus);
  }

  const CampaignOptions& options_;
  CampaignResult result_;
  std::unique_ptr<Sightings> sightings_;
  std::vector<std::unique_ptr<LessonLog>> logs_;
  std::vector<Classroom> classrooms_;  // of the jobs, if the strategy learns
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
