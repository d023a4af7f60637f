#include "sim/explore/campaign_job.h"

#include <sys/mman.h>

#include <new>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "sim/choice/prng.h"
#include "sim/choice/replay_source.h"
#include "sim/explore/fresh_process.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/isolated_runner.h"

namespace sim {

void* MapShared(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  return memory;
}

void UnmapShared(void* memory, size_t bytes) { munmap(memory, bytes); }

CampaignJob::CampaignJob(const JobContext& context)
    : context_(context),
      history_(std::make_shared<History>()),
      worker_(context.options.isolation, *history_),
      board_(new (MapShared(sizeof(Board))) Board()) {}

CampaignJob::~CampaignJob() {
  worker_.Kill();
  UnmapShared(board_, sizeof(Board));
}

void CampaignJob::Start(uint64_t again, const std::vector<TapeEntry>* after) {
  resumes_ = after != nullptr;
  if (resumes_) after_ = *after;
  again_ = again;
  Launch();
}

void CampaignJob::Launch() {
  under_way_ = true;
  started_after_ = board_->current;
  board_->failed = 0;
  board_->waits = 0;
  board_->preparing = 0;
  // The totals of a child that died are kept; those of the new one go on from there.
  worker_.Start([this](IsolatedWorker::Child&) { Search(); });
}

CampaignJob::Ending CampaignJob::TakeEnding() {
  under_way_ = false;
  if (board_->failed != 0) return Ending::kFailed;
  if (!worker_.ending().crashed) return Ending::kDone;
  const bool killed = worker_.ending().killed;
  const bool spare = killed && !spared_;
  const uint64_t run = board_->current;
  if (board_->preparing != 0) {
    // Whatever ends a process while it makes its profile would end the next one, too: they all go on without one.
    if (!spare) blind_ = true;
    spared_ = true;
    return Ending::kEarly;
  }
  if (account().run != run) {
    if (!killed || disturbed_ == run) return Ending::kFailed;
    disturbed_ = run;
    return Ending::kDisturbed;
  }
  if (run == started_after_ && !spare) return Ending::kFailed;
  spared_ = spared_ || killed;
  return Ending::kIdle;
}

CampaignFailure CampaignJob::Failure() {
  CampaignFailure failure;
  failure.run = board_->current;
  failure.tape = RecordedComplete(*history_);
  if (board_->failed != 0) {
    failure.outcome = board_->outcome.Get();
    CountLost(failure.run);
    return failure;
  }
  failure.outcome = CrashOutcome(worker_.ending(), *history_);
  CountLost(failure.run);
  return failure;
}

void CampaignJob::CountLost(uint64_t run) {
  if (account().run == run) return;
  ++account().totals.runs;
  account().run = run;
}

CampaignTotals CampaignJob::Totals() const { return account().totals; }

void CampaignJob::Search() {
  Runner runner({context_.options.isolation.memory, {}}, history_);
  const std::unique_ptr<Strategy> strategy = MakeStrategy(context_.options.strategy);
  Prepare(*strategy, runner);
  if (strategy->sequential() && resumes_ && !strategy->ResumeAfter(after_)) context_.queue->exhausted = 1;
  for (uint64_t run = again_ != 0 ? again_ : TakeNumber(); run != 0; run = TakeNumber()) {
    board_->current = run;
    if (!Make(runner, *strategy, run)) break;
  }
  if (board_->failed != 0) return;
  board_->waits = 1;
  Leave();
}

uint64_t CampaignJob::TakeNumber() {
  RunQueue& queue = *context_.queue;
  // Whoever pauses the queue looks at `waits` afterwards: so it is taken back before the queue is looked at again.
  while (queue.pause != 0 && queue.stop == 0) {
    // Others may be waiting to be told that there will be no run before the next one.
    if (context_.classroom != nullptr) context_.classroom->Await(queue.next);
    board_->waits = 1;
    history_->Beat();
    HostPause();
    if (queue.pause == 0) board_->waits = 0;
  }
  if (queue.stop != 0 || queue.exhausted != 0) return 0;
  uint64_t run = queue.next;
  while (run <= queue.last && !queue.next.compare_exchange_weak(run, run + queue.stride)) {
  }
  return run <= queue.last ? run : 0;
}

// False if there are to be no more.
bool CampaignJob::Make(Runner& runner, Strategy& strategy, uint64_t run) {
  Classroom* classroom = context_.classroom;
  const auto wanted = [&] {
    history_->Beat();
    return run <= context_.queue->last;
  };
  if (classroom != nullptr && !classroom->Enter(run, strategy, wanted)) return false;
  coverage_.BeginRun();
  Outcome outcome = runner.Run(context_.program, strategy.ForRun(context_.options.seed, run), Options(run));
  CountMarks();
  if (classroom != nullptr && outcome.held()) {
    coverage_.AddMarks(*history_);
    classroom->Tell(run, strategy, coverage_.keys(), coverage_.places(), history_->tape());
  }
  const uint64_t check_every = context_.options.check_every;
  const bool check = outcome.held() && check_every != 0 && run % check_every == 0;
  if (check) Replay(runner, run, &outcome);
  const bool held = outcome.held();
  if (!held) {
    board_->outcome.Set(outcome);
    board_->failed = 1;
  } else if (!strategy.Advance()) {
    context_.queue->exhausted = 1;
  }
  Count(run, outcome, strategy, check);
  return held;
}

// Before the run is replayed, which forgets what it has come to.
void CampaignJob::CountMarks() {
  reached_ = Reached();
  const std::vector<Sometimes>& sometimes = context_.program.sometimes();
  for (size_t i = 0; i < sometimes.size(); ++i) reached_.sometimes[i] = history_->Reached(sometimes[i]);
  for (size_t i = 0; i < kMarkCount; ++i) reached_.marks[i] = history_->reached(static_cast<MarkId>(i)) > 0;
}

void CampaignJob::Prepare(Strategy& strategy, Runner& runner) {
  for (const Lesson& lesson : context_.options.corpus) strategy.Learn(lesson);
  if (!strategy.wants_profile() || blind_) return;
  board_->preparing = 1;
  strategy.Use(MakeProfile(context_.program, runner, context_.options.laws, context_.options.seed));
  board_->preparing = 0;
}

RunOptions CampaignJob::Options(uint64_t run) {
  RunOptions options{context_.options.laws, false, run};
  if (context_.sightings != nullptr || context_.classroom != nullptr) options.listener = &coverage_;
  return options;
}

// Totals are written beside the old ones, which are valid until then: a process that is killed leaves its run out of
// them altogether.
void CampaignJob::Count(uint64_t run, const Outcome& outcome, const Strategy& strategy, bool checked) {
  if (context_.sightings != nullptr) {
    context_.sightings->end_states.Add(coverage_.end_state(), run);
    for (const uint64_t key : coverage_.keys()) context_.sightings->handoffs.Add(key, run);
  }
  const uint64_t committed = board_->committed;
  Account& written = board_->accounts[(committed + 1) & 1];
  written = account();
  written.run = run;
  CampaignTotals& totals = written.totals;
  ++totals.runs;
  if (strategy.independent()) ++totals.independent;
  totals.steps += outcome.steps;
  totals.digest += Mix(outcome.digest ^ run);
  if (checked) ++totals.checked;
  const size_t arm = strategy.arm();
  if (arm < CampaignTotals::kArmsMax) ++totals.arms[arm];
  for (size_t i = 0; i < totals.sometimes.size(); ++i) totals.sometimes[i] += reached_.sometimes[i];
  for (size_t i = 0; i < kMarkCount; ++i) totals.marks[i] += reached_.marks[i];
  board_->committed = committed + 1;
}

void CampaignJob::Replay(Runner& runner, uint64_t run, Outcome* outcome) {
  std::vector<TapeEntry> tape = RecordedComplete(*history_);
  ReplaySource source(tape, ReplaySource::Mode::kStrict);
  const Outcome again = runner.Run(context_.program, source, {context_.options.laws, false, run});
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
bool CampaignJob::SameInAFreshProcess(const std::vector<TapeEntry>& tape, uint64_t digest) {
  if (!CanStartAnew(context_.program) || context_.queue->anew.exchange(1) != 0) return true;
  IsolatedRunner::Options options;
  options.isolation = context_.options.isolation;
  options.fresh = true;
  TapeRun run;
  run.strict = true;
  run.complete = tape;
  run.laws = context_.options.laws;
  IsolatedRunner runner(context_.program, options);
  const TapeRunReport report = runner.Run(run);
  return report.outcome.held() && report.outcome.digest == digest;
}

}  // namespace sim
