#include "sim/explore/campaign.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "sim/explore/campaign_job.h"
#include "sim/explore/classroom.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/strategy.h"

namespace sim {
namespace {

constexpr uint64_t kNoEnd = ~uint64_t{0} - (uint64_t{1} << 32);
constexpr int64_t kLastRunNs = 1'000'000'000;  // how long a run under way may take when the campaign ends

class Campaign {
 public:
  Campaign(const Program& program, const CampaignOptions& options)
      : options_(options), queue_(new (MapShared(sizeof(RunQueue))) RunQueue()) {
    const uint64_t shards = std::max<uint64_t>(options.shards, 1);
    uint64_t first = std::max<uint64_t>(options.first_run, 1);
    queue_->last = options.runs == 0 ? kNoEnd : first + options.runs - 1;
    while (first % shards != options.shard % shards) ++first;
    queue_->next = first;
    queue_->stride = shards;
    const std::unique_ptr<Strategy> strategy = MakeStrategy(options.strategy);
    sequential_ = strategy->sequential();
    const uint64_t jobs = sequential_ ? 1 : std::max<uint32_t>(options.jobs, 1);
    if (options.statistics) sightings_ = std::make_unique<CampaignSightings>();
    if (strategy->learns()) OpenClassrooms(jobs, {options.seed, first, shards});
    CHECK_LE(program.sometimes().size(), Program::kSometimesMax);
    for (const Sometimes& sometimes : program.sometimes()) sometimes_.push_back(sometimes.text);
    if (options.resume != nullptr) TakeUp(*options.resume);
    for (uint64_t i = 0; i < jobs; ++i) {
      Classroom* classroom = classrooms_.empty() ? nullptr : &classrooms_[i];
      jobs_.push_back(std::make_unique<CampaignJob>(
          JobContext{program, options, queue_, sightings_.get(), classroom}));
      workers_.push_back(&jobs_.back()->worker());
    }
  }
  ~Campaign() {
    jobs_.clear();
    UnmapShared(queue_, sizeof(RunQueue));
  }

  CampaignResult Run() {
    start_ns_ = checkpoint_ns_ = HostNanos();
    const std::vector<TapeEntry>& after = state_.last_tape;
    const bool out_of_time = options_.duration_ns != 0 && base_ns_ >= options_.duration_ns;
    const bool over = out_of_time || queue_->next > queue_->last || queue_->exhausted != 0;
    for (auto& job : jobs_) {
      if (over) break;
      job->Start(0, sequential_ && !after.empty() ? &after : nullptr);
    }
    bool ragged = false;  // a run was cut off
    int64_t stopped_at = 0;
    while (AnyRunning()) {
      IsolatedWorker::Wait(workers_, queue_->pause != 0 ? 1'000'000 : 100'000'000);
      const int64_t now = HostNanos();
      for (auto& job : jobs_) {
        if (job->under_way() && !job->worker().running()) Ended(*job);
      }
      if (stopped_at == 0 && ShouldStop(Elapsed())) {
        stopped_at = now;
        queue_->stop = 1;
      }
      if (stopped_at != 0 && now - stopped_at > kLastRunNs) {
        ragged = ragged || AnyRunning();
        for (auto& job : jobs_) job->worker().Kill();
      }
      if (options_.checkpoint && stopped_at == 0) KeepCheckpoints(now);
      if (options_.progress) options_.progress({Totals().runs, Elapsed()});
    }
    CampaignState last = Now();
    if (!ragged) {
      state_ = std::move(last);
      if (options_.checkpoint) options_.checkpoint(state_);
    }
    return Result(ragged ? last : state_);
  }

 private:
  void OpenClassrooms(uint64_t jobs, const Classroom::Plan& plan) {
    std::vector<LessonLog*> logs;
    // One more: of those who worked here before.
    for (uint64_t i = 0; i < jobs + 1; ++i) {
      logs_.push_back(std::make_unique<LessonLog>());
      logs.push_back(logs_.back().get());
    }
    logs_.back()->set_epochs_done(LessonLog::kAllEpochs);
    for (uint64_t i = 0; i < jobs + 1; ++i) classrooms_.emplace_back(logs, i, plan);
  }

  void TakeUp(const CampaignState& state) {
    state_ = state;
    base_ = state.totals;
    base_ns_ = state.elapsed_ns;
    if (state.next_run != 0) queue_->next = state.next_run;
    queue_->exhausted = state.exhausted ? 1 : 0;
    if (sightings_ != nullptr) {
      sightings_->end_states.AddAll(state.end_states);
      sightings_->handoffs.AddAll(state.handoffs);
      if (state.full) sightings_->end_states.set_full();
    }
    if (!logs_.empty()) {
      for (const Lesson& lesson : state.lessons) logs_.back()->Append(lesson);
      state_.lessons.clear();  // Gather() will read them again
    }
    failures_ = state.failures;
    if (options_.keep_going) return;
    for (const CampaignFailure& failure : failures_) queue_->last = std::min<uint64_t>(queue_->last, failure.run);
  }

  bool AnyRunning() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const IsolatedWorker* w) { return w->running(); });
  }

  int64_t Elapsed() const { return base_ns_ + HostNanos() - start_ns_; }

  bool ShouldStop(int64_t elapsed_ns) {
    if (options_.interrupted && options_.interrupted()) interrupted_ = true;
    return interrupted_ || (options_.duration_ns != 0 && elapsed_ns >= options_.duration_ns);
  }

  void Ended(CampaignJob& job) {
    switch (job.TakeEnding()) {
      case CampaignJob::Ending::kDone:
        return;
      case CampaignJob::Ending::kEarly:
        return job.Restart();
      case CampaignJob::Ending::kIdle: {
        const std::vector<TapeEntry> after(job.history().tape().begin(), job.history().tape().end());
        return job.Start(0, sequential_ && job.run() != 0 ? &after : nullptr);
      }
      case CampaignJob::Ending::kDisturbed:
        if (!sequential_) return job.Start(job.run());
        break;  // the tape of the run before is gone
      case CampaignJob::Ending::kFailed:
        break;
    }
    Failed(job);
  }

  void Failed(CampaignJob& job) {
    CampaignFailure failure = job.Failure();
    const uint64_t run = failure.run;
    if (!options_.keep_going && run < queue_->last) queue_->last = run;
    if (options_.keep_going && run != 0 && queue_->next <= queue_->last && queue_->stop == 0) {
      job.Start(0, sequential_ ? &failure.tape : nullptr);
    } else {
      job.Leave();
    }
    if (!KeepFirst(failure, &failures_)) return;
    state_.failures = failures_;
    if (options_.checkpoint) options_.checkpoint(state_);
    if (options_.found) options_.found(failure, job.history());
  }

  // Stops all jobs between two runs for a moment, and remembers what they know.
  void KeepCheckpoints(int64_t now) {
    if (queue_->pause == 0) {
      if (now - checkpoint_ns_ < checkpoint_every_ns_) return;
      queue_->pause = 1;
      return;
    }
    for (const auto& job : jobs_) {
      if (job->under_way() && !job->waits()) return;
    }
    state_ = Now();
    queue_->pause = 0;
    options_.checkpoint(state_);
    checkpoint_ns_ = HostNanos();
    checkpoint_every_ns_ = std::max(options_.checkpoint_every_ns, 100 * (checkpoint_ns_ - now));
  }

  CampaignTotals Totals() const {
    CampaignTotals totals = base_;
    for (const auto& job : jobs_) totals.Add(job->Totals());
    return totals;
  }

  // While nobody is in the middle of a run.
  CampaignState Now() {
    CampaignState state;
    state.next_run = queue_->next;
    state.elapsed_ns = Elapsed();
    state.totals = Totals();
    state.sometimes = sometimes_;
    state.exhausted = queue_->exhausted != 0;
    if (sightings_ != nullptr) {
      state.end_states = sightings_->end_states.Sightings();
      state.handoffs = sightings_->handoffs.Sightings();
      state.full = sightings_->end_states.full() || sightings_->handoffs.full();
    }
    state.lessons = std::move(state_.lessons);
    if (!classrooms_.empty()) classrooms_.back().Gather(&state.lessons);
    if (sequential_) {
      const History& history = jobs_[0]->history();
      state.last_tape.assign(history.tape().begin(), history.tape().end());
      if (jobs_[0]->run() == 0) state.last_tape = state_.last_tape;
    }
    state.failures = failures_;
    return state;
  }

  CampaignResult Result(const CampaignState& state) {
    CampaignResult result = ResultOf(state, options_.strategy);
    result.interrupted = interrupted_;
    if (!classrooms_.empty()) KeepCorpus(&result.corpus);
    // Jobs that were ahead may have found others; which ones depends on their number.
    if (!options_.keep_going && result.failures.size() > 1) result.failures.resize(1);
    return result;
  }

  // What was learned, and what was known before.
  void KeepCorpus(std::vector<Lesson>* corpus) {
    const std::unique_ptr<Strategy> strategy = MakeStrategy("guided");
    for (const Lesson& lesson : options_.corpus) {
      strategy->Learn(lesson);
      corpus->push_back(lesson);
    }
    classrooms_.front().Collect(*strategy, corpus);
  }

  const CampaignOptions& options_;
  RunQueue* queue_;
  std::vector<std::string> sometimes_;
  bool sequential_ = false;
  bool interrupted_ = false;
  CampaignTotals base_;  // of the campaign that goes on here
  int64_t base_ns_ = 0;
  int64_t start_ns_ = 0, checkpoint_ns_ = 0;
  int64_t checkpoint_every_ns_ = options_.checkpoint_every_ns;
  CampaignState state_;  // of the last checkpoint; its failures are always those of now
  std::vector<CampaignFailure> failures_;
  std::unique_ptr<CampaignSightings> sightings_;
  std::vector<std::unique_ptr<LessonLog>> logs_;
  std::vector<Classroom> classrooms_;  // of the jobs, and one for this process, if the strategy learns
  std::vector<std::unique_ptr<CampaignJob>> jobs_;
  std::vector<IsolatedWorker*> workers_;
};

}  // namespace

uint64_t CampaignResult::RunsPerSecond() const {
  if (elapsed_ns <= 0) return 0;
  const auto scaled = static_cast<unsigned __int128>(runs) * 1'000'000'000;
  return static_cast<uint64_t>(scaled / static_cast<uint64_t>(elapsed_ns));
}

std::string CampaignResult::NeverReached() const {
  std::string text;
  if (runs < kEnoughRuns && !exhausted) return text;
  for (const MarkStatistics& mark : sometimes) {
    if (mark.runs != 0) continue;
    if (!text.empty()) text += '\n';
    absl::StrAppend(&text, "sometimes \"", mark.text, "\" was never reached in ", runs, " runs");
  }
  return text;
}

CampaignResult ResultOf(const CampaignState& state, const std::string& strategy) {
  CampaignResult result;
  result.runs = state.totals.runs;
  result.steps = state.totals.steps;
  result.independent_runs = state.totals.independent;
  result.checked = state.totals.checked;
  result.digest = state.totals.digest;
  const std::vector<std::string> arms = MakeStrategy(strategy)->arms();
  for (size_t i = 0; i < arms.size(); ++i) result.runs_by.emplace_back(arms[i], state.totals.arms[i]);
  result.elapsed_ns = state.elapsed_ns;
  result.exhausted = state.exhausted;
  result.statistics = state.Statistics();
  for (size_t i = 0; i < state.sometimes.size(); ++i) {
    result.sometimes.push_back({state.sometimes[i], state.totals.sometimes[i]});
  }
  for (size_t i = 0; i < kMarkCount; ++i) {
    if (state.totals.marks[i] == 0) continue;
    result.marks.push_back({std::string(MarkName(static_cast<MarkId>(i))), state.totals.marks[i]});
  }
  result.failures = state.failures;
  std::sort(result.failures.begin(), result.failures.end(),
            [](const CampaignFailure& a, const CampaignFailure& b) { return a.run < b.run; });
  return result;
}

CampaignResult RunCampaign(const Program& program, const CampaignOptions& options) {
  Campaign campaign(program, options);
  return campaign.Run();
}

}  // namespace sim
