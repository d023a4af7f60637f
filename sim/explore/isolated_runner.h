// Runs tapes of one program in a child process, one after the other; a crash or a hang is an outcome like any other.
//
// The child stays warm between runs and is forked anew after it died. A round trip costs some microseconds more than a
// run in this process.
#ifndef SIM_EXPLORE_ISOLATED_RUNNER_H_
#define SIM_EXPLORE_ISOLATED_RUNNER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/explore/fresh_process.h"
#include "sim/explore/isolated_worker.h"
#include "sim/explore/shared_memory.h"
#include "sim/explore/sparse_tape.h"
#include "sim/world/runner.h"

namespace sim {

struct TapeRun {
  SparseTape tape;
  // Strict replay of a complete tape instead; `tape` is not looked at.
  bool strict = false;
  std::vector<TapeEntry> complete;
  // Or these bytes (sim/choice/bytes_source.h), at most kBytesMax of them.
  bool from_bytes = false;
  std::string bytes;

  LawSet laws = LawSet::All();
  bool keep_trace = false;
  bool log_edges = false;  // in builds that have them: see EdgeLog
  bool describe_end = false;  // outcome.end is wanted
  // From this question on (from 0), what the tape leaves open is drawn at random instead of being 0.
  uint64_t random_from = SparseSource::kNever;
  uint64_t seed = 0;
};

struct TapeRunReport {
  Outcome outcome;       // law kCrash, with the reason in its first line, if the child died
  uint64_t misfits = 0;  // decisions that did not fit; strict: 1 if the replay ended there
  uint64_t unused = 0;   // decisions that nobody asked for
  std::string misfit;    // the first one, in words
  std::string drift;     // where the run first was not as the tape has it, in words; not of strict replay
  uint64_t fitting = 0;  // a bit for each of the first 64 decisions whose place was as the tape has it
  std::string output;    // what the child printed when it died
};

class IsolatedRunner {
 public:
  struct Options {
    IsolationOptions isolation;
    Arena::Options arena;
    bool noisy_heap = false;  // the child's heap begins elsewhere: another process, as far as addresses go
    // The child is not a fork but started anew; requires CanStartAnew(program).
    bool fresh = false;
  };
  static constexpr size_t kBytesMax = size_t{1} << 21;
  static constexpr size_t kRecipeMax = (size_t{1} << 20) + 100;

  // `program` is not owned.
  IsolatedRunner(const Program& program, const Options& options);
  IsolatedRunner(const IsolatedRunner&) = delete;
  IsolatedRunner& operator=(const IsolatedRunner&) = delete;
  ~IsolatedRunner();

  TapeRunReport Run(const TapeRun& run);

  // Of the last run: its tape, names, and trace if it was kept.
  History& history() { return *history_; }
  const Program& program() const { return program_; }
  // Of the last run that logged them; null in builds that cannot.
  const EdgeLog* edges() const { return edges_ == nullptr ? nullptr : static_cast<const EdgeLog*>(edges_->data()); }

  // The other side, in a process that was started anew: returns its exit status.
  static int ServeFresh(const FreshDescriptors& descriptors, ProgramMaker maker);

 private:
  struct Board;  // shared with the child

  IsolatedRunner(const Program& program, const FreshDescriptors& descriptors, int board);
  void Start();
  void Serve(IsolatedWorker::Child& child);
  void RunOnce(Runner& runner);
  void Answer(const Outcome& outcome);
  void Send(const TapeRun& run);
  void SendTape(const TapeRun& run);
  TapeRunReport Crashed();

  const Program& program_;
  Options options_;
  std::unique_ptr<SharedMemory> board_memory_;
  Board* board_;
  std::unique_ptr<SharedMemory> edges_;
  std::unique_ptr<SharedMemory> history_memory_;  // null where only forks share it
  std::shared_ptr<History> history_;
  IsolatedWorker worker_;
};

// What a child's death says about its run: CRASH, at the step where it died.
Outcome CrashOutcome(const IsolatedWorker::Ending& ending, const History& history);

// The tape of the last run.
SparseTape RecordedSparse(const History& history);
std::vector<TapeEntry> RecordedComplete(const History& history);

}  // namespace sim

#endif  // SIM_EXPLORE_ISOLATED_RUNNER_H_
