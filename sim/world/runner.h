// Runs a program once, from an empty arena to the closed rest.
#ifndef SIM_WORLD_RUNNER_H_
#define SIM_WORLD_RUNNER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "sim/choice/choice_source.h"
#include "sim/oracle/law.h"
#include "sim/world/arena.h"
#include "sim/world/edge_log.h"
#include "sim/world/history.h"
#include "sim/world/subject.h"

namespace sim {

enum class Memory : uint8_t { kArena, kHeap };

struct RunOptions {
  LawSet laws = LawSet::All();
  bool keep_trace = false;
  uint64_t run = 0;  // its number, for the watchdog
  TraceListener* listener = nullptr;  // is told what happens up to the end of the run
  bool describe_end = false;
  EdgeLog* edges = nullptr;           // gets the edges of the run, in builds that count them
};

struct Outcome {
  Violation violation;      // law == kNone: everything held
  std::string harness_fault;  // not empty: the run says nothing (a replay that did not fit, no rest in time)
  uint64_t steps = 0;
  uint64_t decisions = 0;   // entries of the tape
  uint64_t digest = 0;      // of every event of the run
  int64_t elapsed_ns = 0;   // virtual
  std::string end;          // of a run that held and was to describe its end: Subject::DescribeEnd()

  bool held() const { return violation.law == LawId::kNone && harness_fault.empty(); }
};

// Warm memory for one run after the other.
class Runner {
 public:
  struct Options {
    Memory memory = SIM_HAS_ARENA ? Memory::kArena : Memory::kHeap;
    Arena::Options arena;
  };

  Runner() : Runner(Options{}, std::make_shared<History>()) {}
  Runner(const Options& options, std::shared_ptr<History> history);

  Outcome Run(const Program& program, ChoiceSource& source, const RunOptions& options);

  // Of the last run.
  History& history() { return *history_; }
  Arena* arena() { return arena_.get(); }  // null on the heap

 private:
  std::shared_ptr<History> history_;
  std::unique_ptr<Arena> arena_;
};

}  // namespace sim

#endif  // SIM_WORLD_RUNNER_H_
