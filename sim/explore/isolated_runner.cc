#include "sim/explore/isolated_runner.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "sim/choice/bytes_source.h"
#include "sim/choice/random_source.h"
#include "sim/choice/replay_source.h"
#include "sim/explore/decision_text.h"
#include "sim/explore/outcome_record.h"

namespace sim {
namespace {

constexpr uint64_t kDecisionsMax = uint64_t{1} << 20;  // as many as a history's tape holds

// Moves what the heap gives out from here on: blocks of many sizes, every other one given back.
void MakeHeapNoisy() {
  static std::vector<void*> kept;
  std::vector<void*> freed;
  for (size_t i = 0; i < 1000; ++i) (i % 3 == 0 ? kept : freed).push_back(std::malloc(24 + i * 40 % 2000));
  for (void* block : freed) std::free(block);
}

std::string DescribeMisfit(const ReplaySource::Misfit& misfit, const History& history) {
  const std::string asked = absl::StrCat(LabelName(misfit.asked_label), " of '", history.Render(misfit.asked_by),
                                         "' with ", misfit.asked_count, " alternatives");
  if (misfit.expected.count == 0) {
    return absl::StrCat("the tape ends at entry ", misfit.entry, ", the run asks for ", asked);
  }
  return absl::StrCat("entry ", misfit.entry, " of the tape answers ", LabelName(misfit.expected.label), " of '",
                      history.Render(misfit.expected.asker), "' with ", misfit.expected.count,
                      " alternatives, the run asks for ", asked);
}

std::string DescribeMisfit(const SparseTape& tape, const SparseSource::Misfit& misfit, const History& history) {
  const TapeEntry& entry = tape[misfit.decision].entry;
  std::string text = absl::StrCat("decision ", misfit.decision + 1, " of the tape (", LabelName(entry.label));
  if (!entry.asker.empty()) absl::StrAppend(&text, " of ", history.Render(entry.asker));
  absl::StrAppend(&text, ") chose ");
  if (!entry.chosen.empty()) absl::StrAppend(&text, history.Render(entry.chosen), ", ");
  absl::StrAppend(&text, entry.index, " of ", entry.count, "; the run offers ", misfit.asked_count,
                  entry.chosen.empty() ? "" : " others", misfit.offered ? "" : ", so it took 0");
  return text;
}

std::string DescribeDrift(const SparseTape& tape, const SparseSource::Drift& drift, const History& history) {
  if (drift.decision == SparseSource::Drift::kNone) return "";
  const Decision& decision = tape[drift.decision];
  std::string place(LabelName(decision.entry.label));
  if (!decision.entry.asker.empty()) absl::StrAppend(&place, " of ", history.Render(decision.entry.asker));
  absl::StrAppend(&place, ", time ", decision.ordinal + 1);
  std::string text = absl::StrCat("decision ", drift.decision + 1, ": the tape has ", place, ", ");
  if (!decision.entry.chosen.empty()) absl::StrAppend(&text, ChosenText(decision.entry, history), ", ");
  absl::StrAppend(&text, "alternative ", decision.entry.index, " of ", decision.entry.count, "; the run ");
  if (drift.asked_count == 0) return absl::StrCat(text, "does not ask that");
  if (drift.asked_count != decision.entry.count) return absl::StrCat(text, "offers ", drift.asked_count, " there");
  return absl::StrCat(text, "offers others there");
}

}  // namespace

struct IsolatedRunner::Board {
  // For a process that is started anew.
  Options options;
  uint64_t recipe_size;
  char recipe[kRecipeMax];

  // The request.
  LawSet laws;
  bool strict, from_bytes, keep_trace, log_edges, describe_end;
  uint64_t random_from, seed;
  uint64_t size;  // of `decisions`, or of `bytes`

  // The answer.
  OutcomeRecord outcome;
  uint64_t misfits, unused, fitting;
  TextRecord<1024> misfit, drift;
  TextRecord<64 << 10> end;

  Decision decisions[kDecisionsMax];
  char bytes[kBytesMax];
};

namespace {

SharedMemory::Kind KindFor(const IsolatedRunner::Options& options) {
  return options.fresh ? SharedMemory::Kind::kForAnyone : SharedMemory::Kind::kForForks;
}

std::shared_ptr<History> HistoryIn(const SharedMemory* memory) {
  History::Options options;
  if (memory != nullptr) options.fd = memory->fd();
  return std::make_shared<History>(options);
}

}  // namespace

IsolatedRunner::IsolatedRunner(const Program& program, const Options& options)
    : program_(program),
      options_(options),
      board_memory_(std::make_unique<SharedMemory>(sizeof(Board), KindFor(options))),
      board_(static_cast<Board*>(board_memory_->data())),
      edges_(EdgeLog::kBuiltIn ? std::make_unique<SharedMemory>(sizeof(EdgeLog), KindFor(options)) : nullptr),
      history_memory_(options.fresh ? std::make_unique<SharedMemory>(History::SizeOf({}), KindFor(options)) : nullptr),
      history_(HistoryIn(history_memory_.get())),
      worker_(options.isolation, *history_) {
  if (!options.fresh) return;
  const std::string recipe = program.Recipe();
  CHECK(CanStartAnew(program));
  board_->options = options;
  board_->recipe_size = recipe.size();
  recipe.copy(board_->recipe, recipe.size());
}

// On the other side.
IsolatedRunner::IsolatedRunner(const Program& program, const FreshDescriptors& fds, int board)
    : program_(program),
      board_memory_(std::make_unique<SharedMemory>(sizeof(Board), board)),
      board_(static_cast<Board*>(board_memory_->data())),
      edges_(fds.edges >= 0 ? std::make_unique<SharedMemory>(sizeof(EdgeLog), fds.edges) : nullptr),
      history_memory_(std::make_unique<SharedMemory>(History::SizeOf({}), fds.history)),
      history_(HistoryIn(history_memory_.get())),
      worker_(board_->options.isolation, *history_) {
  options_ = board_->options;
}

IsolatedRunner::~IsolatedRunner() { worker_.Kill(); }

int IsolatedRunner::ServeFresh(const FreshDescriptors& fds, ProgramMaker maker) {
  std::string recipe;
  {
    const SharedMemory memory(sizeof(Board), dup(fds.board));
    const Board& board = *static_cast<const Board*>(memory.data());
    recipe.assign(board.recipe, board.recipe_size);
  }
  const std::shared_ptr<const Program> program = maker(recipe);
  if (program == nullptr) {
    std::fprintf(stderr, "there is no such program: %s\n", recipe.c_str());
    return 2;
  }
  IsolatedRunner runner(*program, fds, fds.board);
  IsolatedWorker::Child child(fds.socket);
  runner.Serve(child);
  return 0;
}

void IsolatedRunner::Start() {
  if (!options_.fresh) return worker_.Start([this](IsolatedWorker::Child& child) { Serve(child); });
  worker_.Start([this](IsolatedWorker::Child& child) {
    BecomeFresh({child.socket(), board_memory_->fd(), history_memory_->fd(), edges_ == nullptr ? -1 : edges_->fd()});
  });
}

void IsolatedRunner::Serve(IsolatedWorker::Child& child) {
  if (options_.noisy_heap) MakeHeapNoisy();
  Runner runner({options_.isolation.memory, options_.arena}, history_);
  while (child.WaitForRequest()) {
    RunOnce(runner);
    child.Answer();
  }
}

void IsolatedRunner::RunOnce(Runner& runner) {
  RunOptions run{board_->laws, board_->keep_trace, 0};
  if (board_->log_edges && edges_ != nullptr) run.edges = static_cast<EdgeLog*>(edges_->data());
  run.describe_end = board_->describe_end;
  board_->misfits = board_->unused = 0;
  board_->misfit.size = board_->drift.size = 0;
  board_->fitting = 0;
  if (board_->from_bytes) {
    BytesSource source(absl::string_view(board_->bytes, board_->size));
    Answer(runner.Run(program_, source, run));
    return;
  }
  const SparseTape tape(board_->decisions, board_->decisions + board_->size);
  if (board_->strict) {
    std::vector<TapeEntry> entries;
    for (const Decision& decision : tape) entries.push_back(decision.entry);
    ReplaySource source(std::move(entries), ReplaySource::Mode::kStrict);
    Answer(runner.Run(program_, source, run));
    board_->misfits = source.misfits();
    board_->unused = source.used_up() ? 0 : 1;
    if (source.misfits() > 0) board_->misfit.Set(DescribeMisfit(source.first_misfit(), *history_));
    return;
  }
  RandomSource random;
  random.Seed(board_->seed);
  SparseSource source(tape, &random, board_->random_from);
  Answer(runner.Run(program_, source, run));
  board_->misfits = source.misfits();
  board_->unused = source.unused();
  if (source.misfits() > 0) board_->misfit.Set(DescribeMisfit(tape, source.first_misfit(), *history_));
  board_->drift.Set(DescribeDrift(tape, source.drift(), *history_));
  for (uint64_t i = 0; i < std::min<uint64_t>(tape.size(), 64); ++i) {
    if (source.fits(i)) board_->fitting |= uint64_t{1} << i;
  }
}

void IsolatedRunner::Answer(const Outcome& outcome) {
  board_->outcome.Set(outcome);
  board_->end.Set(outcome.end);
}

void IsolatedRunner::Send(const TapeRun& run) {
  board_->laws = run.laws;
  board_->strict = run.strict;
  board_->keep_trace = run.keep_trace;
  board_->random_from = run.random_from;
  board_->seed = run.seed;
  board_->from_bytes = run.from_bytes;
  board_->log_edges = run.log_edges;
  board_->describe_end = run.describe_end;
  if (run.from_bytes) {
    CHECK_LE(run.bytes.size(), kBytesMax);
    board_->size = run.bytes.copy(board_->bytes, run.bytes.size());
  } else {
    SendTape(run);
  }
  // In this process too: it reads the trace afterwards.
  history_->BeginRun(0, run.keep_trace);
  worker_.Ask();
}

void IsolatedRunner::SendTape(const TapeRun& run) {
  board_->size = run.strict ? run.complete.size() : run.tape.size();
  CHECK_LE(board_->size, kDecisionsMax);
  for (uint64_t i = 0; i < board_->size; ++i) {
    board_->decisions[i] = run.strict ? Decision{run.complete[i], 0} : run.tape[i];
  }
}

TapeRunReport IsolatedRunner::Run(const TapeRun& run) {
  if (!worker_.running()) Start();
  Send(run);
  while (worker_.running() && !worker_.TakeAnswer()) IsolatedWorker::Wait({&worker_}, 100'000'000);
  if (!worker_.running()) return Crashed();
  TapeRunReport report;
  report.outcome = board_->outcome.Get();
  report.outcome.end = board_->end.Get();
  report.misfits = board_->misfits;
  report.unused = board_->unused;
  report.misfit = board_->misfit.Get();
  report.drift = board_->drift.Get();
  report.fitting = board_->fitting;
  return report;
}

TapeRunReport IsolatedRunner::Crashed() {
  TapeRunReport report;
  report.outcome = CrashOutcome(worker_.ending(), *history_);
  report.output = worker_.ending().output;
  return report;
}

Outcome CrashOutcome(const IsolatedWorker::Ending& ending, const History& history) {
  Outcome outcome;
  outcome.violation.law = LawId::kCrash;
  outcome.violation.reason = ending.reason;
  outcome.violation.step = outcome.steps = history.steps();
  outcome.decisions = history.tape().size();
  if (history.trace_size() > 0) {
    outcome.elapsed_ns = history.trace(history.trace_size() - 1).time_ns - Scheduler::kStartNs;
    outcome.violation.time_ns = outcome.elapsed_ns;
  }
  return outcome;
}

SparseTape RecordedSparse(const History& history) { return Sparse(history.tape().begin(), history.tape().end()); }

std::vector<TapeEntry> RecordedComplete(const History& history) {
  return std::vector<TapeEntry>(history.tape().begin(), history.tape().end());
}

}  // namespace sim
