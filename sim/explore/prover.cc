#include "sim/explore/prover.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "sim/choice/enumerate_source.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/outcome_record.h"
#include "sim/explore/reduced_search.h"
#include "sim/explore/state_search.h"

namespace sim {
namespace {

using Status = StateSearch::Status;

constexpr uint64_t kTransitionsAtOnce = 256;

// Shared with the child.
struct Board {
  std::atomic<uint64_t> stop;
  Status status;  // of the last search that began
  bool complete;
  bool is_reduced;
  int64_t bound;  // that was exhausted
  StateSearch::Counts exhausted;  // with that bound
  StateSearch::Counts last;       // of the last search that began
  OutcomeRecord outcome;
};

std::string WhyStopped(Status status, const ProveOptions& options) {
  switch (status) {
    case Status::kTooManyStates: return absl::StrCat("the limit of ", options.states_max, " states");
    case Status::kTooMuchMemory: return absl::StrCat("the limit of ", options.memory_max >> 20, " MiB of snapshots");
    case Status::kStepsCount: return "the chaos window ended by its number of steps, which no state knows";
    case Status::kGoesOn: return "the time was up";
    case Status::kExhausted:
    case Status::kViolated:
    case Status::kFault:
    case Status::kUnfit: break;
  }
  return "";
}

class Proof {
 public:
  Proof(const Program& program, const ProveOptions& options)
      : program_(program),
        options_(options),
        history_(std::make_shared<History>()),
        worker_(options.isolation, *history_) {
    void* memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    board_ = new (memory) Board();
    board_->bound = -1;
  }
  Proof(const Proof&) = delete;
  Proof& operator=(const Proof&) = delete;
  ~Proof() {
    worker_.Kill();
    munmap(board_, sizeof(Board));
  }

  ProveResult Run() {
    start_ns_ = HostNanos();
    worker_.Start([this](IsolatedWorker::Child&) { Search(); });
    bool interrupted = false;
    while (worker_.running()) {
      IsolatedWorker::Wait({&worker_}, 100'000'000);
      interrupted = interrupted || (options_.interrupted && options_.interrupted());
      if (interrupted) board_->stop = 1;
    }
    ProveResult result = Collect(interrupted);
    result.elapsed_ns = HostNanos() - start_ns_;
    return result;
  }

 private:
  static constexpr uint32_t kSmallBound = 2;

  // In the child.
  void Search() {
    const int64_t quarter_ns = options_.duration_ns == 0 ? 0 : start_ns_ + options_.duration_ns / 4;
    const int64_t end_ns = options_.duration_ns == 0 ? 0 : start_ns_ + options_.duration_ns;
    if (options_.memory == Memory::kHeap) return Enumerate(end_ns);
    for (uint32_t bound = 0; bound < FingerprintSet::kMostLeft; ++bound) {
      if (options_.bound >= 0 && bound > options_.bound) return;
      if (bound == kSmallBound + 1 && options_.bound < 0) {
        if (options_.reduces && ReducedSearch::CanReduce(program_, history_) && Ended(Reduced(end_ns))) return;
        if (Ended(One(StateSearch::kNoBound, quarter_ns))) return;
      }
      if (Ended(One(bound, end_ns)) || board_->status != Status::kExhausted) return;
    }
  }

  // Without snapshots: every run from its beginning.
  void Enumerate(int64_t end_ns) {
    Runner runner({.memory = Memory::kHeap}, history_);
    for (uint64_t bound = 0; options_.bound < 0 || bound <= static_cast<uint64_t>(options_.bound); ++bound) {
      EnumerateSource source(bound);
      board_->last = {};
      do {
        if (board_->stop != 0 || (end_ns != 0 && HostNanos() >= end_ns)) return;
        const Outcome outcome = runner.Run(program_, source, {.laws = options_.laws, .run = board_->last.runs});
        ++board_->last.runs;
        board_->last.steps += outcome.steps;
        board_->last.depth = std::max<uint64_t>(board_->last.depth, outcome.decisions);
        if (outcome.held()) continue;
        board_->status = outcome.harness_fault.empty() ? Status::kViolated : Status::kFault;
        board_->outcome.Set(outcome);
        return;
      } while (source.Next());
      // Where no run has so many deviations, none has more.
      const bool whole = bound > 0 && board_->exhausted.runs == board_->last.runs;
      board_->bound = static_cast<int64_t>(bound);
      board_->exhausted = board_->last;
      board_->complete = whole;
      if (whole) return;
    }
  }

  // Nothing more is to be found.
  bool Ended(Status status) const {
    return status == Status::kViolated || status == Status::kFault || board_->complete || board_->stop != 0;
  }

  Status One(uint32_t bound, int64_t until_ns) {
    StateSearch search(program_,
                       {options_.laws, options_.states_max, options_.memory_max, bound, options_.sameness}, history_);
    if (Advance(search, until_ns) != Status::kExhausted) return board_->status;
    board_->complete = search.complete();
    board_->bound = bound == StateSearch::kNoBound ? board_->bound : bound;
    return board_->status;
  }

  Status Reduced(int64_t until_ns) {
    const StateSearch::Limits limits = {options_.laws, options_.states_max, options_.memory_max};
    ReducedSearch search(program_, limits, history_);
    if (Advance(search, until_ns) == Status::kExhausted) board_->complete = board_->is_reduced = true;
    return board_->status;
  }

  template <class Search>
  Status Advance(Search& search, int64_t until_ns) {
    Status status = Status::kGoesOn;
    while (status == Status::kGoesOn && board_->stop == 0 && (until_ns == 0 || HostNanos() < until_ns)) {
      status = search.Advance(kTransitionsAtOnce);
      board_->last = search.counts();
    }
    board_->status = status;
    if (status == Status::kExhausted) board_->exhausted = search.counts();
    board_->outcome.Set(search.outcome());
    return status;
  }

  ProveResult Collect(bool interrupted) {
    const Status status = board_->status;
    const bool crashed = worker_.ending().crashed;
    const bool failed = crashed || status == Status::kViolated || status == Status::kFault;
    const StateSearch::Counts& counts = failed || board_->bound < 0 ? board_->last : board_->exhausted;
    ProveResult result;
    result.exhausted = board_->complete;
    result.bound = board_->bound;
    result.is_reduced = board_->is_reduced;
    if (!result.exhausted) result.stopped = interrupted ? "interrupted" : WhyStopped(status, options_);
    result.states = counts.states;
    result.transitions = counts.transitions;
    result.runs = counts.runs;
    result.end_states = counts.end_states;
    result.steps = counts.steps;
    result.depth = counts.depth;
    result.explored_ppm = counts.explored_ppm;
    if (!failed) return result;
    result.outcome = crashed ? CrashOutcome(worker_.ending(), *history_) : board_->outcome.Get();
    result.tape = RecordedComplete(*history_);
    return result;
  }

  const Program& program_;
  const ProveOptions& options_;
  const std::shared_ptr<History> history_;
  IsolatedWorker worker_;
  Board* board_;
  int64_t start_ns_ = 0;
};

}  // namespace

uint64_t ProveResult::StatesPerSecond() const {
  const uint64_t us = static_cast<uint64_t>(elapsed_ns / 1000);
  return us == 0 ? 0 : states * 1'000'000 / us;
}

ProveResult Prove(const Program& program, const ProveOptions& options) { return Proof(program, options).Run(); }

}  // namespace sim
