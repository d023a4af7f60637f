// The search behind Prove(), in this process. See prover.h.
#ifndef SIM_EXPLORE_STATE_SEARCH_H_
#define SIM_EXPLORE_STATE_SEARCH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/choice/choice_source.h"
#include "sim/explore/fingerprint_set.h"
#include "sim/world/arena.h"
#include "sim/world/driver.h"
#include "sim/world/fingerprint.h"
#include "sim/world/history.h"
#include "sim/world/runner.h"

namespace sim {

// Answers the questions of one turn, or of several: the same answers in front, then zeros; and knows the next way. Of
// its answers at most so many are not 0.
class TurnSource final : public ChoiceSource {
 public:
  struct Node {
    uint32_t index, count;
    bool free;  // others than 0 may be tried
  };

  // `path` is not owned; it is filled in where it does not say.
  void Play(std::vector<Node>& path, uint32_t deviations_left) {
    path_ = &path;
    asked_ = 0;
    deviations_left_ = deviations_left;
  }
  uint32_t Choose(const Question& question) override;
  size_t asked() const { return asked_; }
  uint32_t deviations_left() const { return deviations_left_; }
  // Somewhere others than 0 were not tried.
  bool was_bound() const { return was_bound_; }

  // The next way, depth first; false if that was the last one.
  static bool Next(std::vector<Node>& path);

 private:
  std::vector<Node>* path_ = nullptr;
  size_t asked_ = 0;
  uint32_t deviations_left_ = 0;
  bool was_bound_ = false;
};

class StateSearch {
 public:
  static constexpr uint32_t kNoBound = ~0u;

  struct Limits {
    LawSet laws;
    uint64_t states_max;
    uint64_t memory_max;  // bytes of snapshots
    uint32_t bound = kNoBound;  // decisions of a run that are not 0, at most
  };
  // What was found so far; plain bytes.
  struct Counts {
    uint64_t states, transitions, runs, end_states, steps, depth, explored_ppm;
  };
  enum class Status : uint8_t { kGoesOn, kExhausted, kViolated, kTooManyStates, kTooMuchMemory, kStepsCount, kFault };

  // `program` is not owned. `history` gets the tape of the state that is looked at.
  StateSearch(const Program& program, const Limits& limits, std::shared_ptr<History> history);
  StateSearch(const StateSearch&) = delete;
  StateSearch& operator=(const StateSearch&) = delete;

  // Goes `transitions` further, if it does not end before.
  Status Advance(uint64_t transitions);

  const Counts& counts() const { return counts_; }
  // kExhausted: the bound had no effect; every run there is was judged.
  bool complete() const { return !source_.was_bound(); }
  const Outcome& outcome() const { return outcome_; }  // kViolated, kFault

 private:
  // A share of all random walks, in 2^-126.
  using Weight = unsigned __int128;
  static constexpr Weight kAll = Weight{1} << 126;
  // Questions behind a choice of who is next, within which ways are taken again from the beginning.
  static constexpr size_t kAskedMax = 6;

  struct Level {
    Arena::Snapshot snapshot;
    History::Point point;
    std::vector<TurnSource::Node> path;
    Weight weight;
    uint32_t deviations_left;
    bool begun;
  };

  // From an empty arena: what is asked before the first turn is a way of its own.
  void Build();
  void Push(Weight weight);
  Status Explore(Level& level);
  // Turns until somebody has a choice of who is next; false if the run is over.
  bool GoOn();
  Status End(Weight weight);
  Status Fault(const char* what);
  void Count(Weight weight);

  const Program& program_;
  const Limits limits_;
  const std::shared_ptr<History> history_;
  Arena arena_;
  TurnSource source_;
  Outcome outcome_;
  Counts counts_{};
  bool built_ = false;
  std::vector<TurnSource::Node> root_;  // what was asked before the first turn
  World* world_ = nullptr;
  Subject* subject_ = nullptr;
  Driver* driver_ = nullptr;
  std::unique_ptr<Fingerprinter> fingerprinter_;
  std::vector<std::unique_ptr<Level>> levels_;  // those behind depth_ are spare
  size_t depth_ = 0;
  uint64_t memory_ = 0;  // bytes of snapshots on levels
  Weight explored_ = 0;
  FingerprintSet seen_;
  FingerprintSet ends_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_STATE_SEARCH_H_
