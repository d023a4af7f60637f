// The search behind Prove(), in this process. See prover.h.
#ifndef SIM_EXPLORE_STATE_SEARCH_H_
#define SIM_EXPLORE_STATE_SEARCH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "sim/choice/choice_source.h"
#include "sim/explore/fingerprint_set.h"
#include "sim/explore/searched_world.h"

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
    uint32_t bound = kNoBound;  // decisions of a run that are not 0, at most; below FingerprintSet::kMostLeft
    Sameness sameness = Sameness::kShape;
  };
  // What was found so far; plain bytes.
  struct Counts {
    uint64_t states, transitions, runs, end_states, steps, depth, explored_ppm;
  };
  enum class Status : uint8_t { kGoesOn, kExhausted, kViolated, kTooManyStates, kTooMuchMemory, kStepsCount, kFault,
                              kUnfit };  // for a reduction

  // `program` is not owned. `history` gets the tape of the state that is looked at.
  StateSearch(const Program& program, const Limits& limits, std::shared_ptr<History> history);
  StateSearch(const StateSearch&) = delete;
  StateSearch& operator=(const StateSearch&) = delete;

  // Goes `transitions` further, if it does not end before.
  Status Advance(uint64_t transitions);

  const Counts& counts() const { return counts_; }
  const absl::btree_set<uint64_t>& end_states() const { return end_states_; }
  // kExhausted: the bound had no effect; every run there is was judged.
  bool complete() const { return !source_.was_bound(); }
  const Outcome& outcome() const { return searched_.outcome(); }  // kViolated, kFault

 private:
  // A share of all random walks, in 2^-126.
  using Weight = unsigned __int128;
  static constexpr Weight kAll = Weight{1} << 126;
  // Questions behind a choice of who is next, within which ways are taken again from the beginning.
  static constexpr size_t kAskedMax = 6;

  struct Level {
    SearchedWorld::Place place;
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
  void Count(Weight weight);

  const Limits limits_;
  SearchedWorld searched_;
  TurnSource source_;
  Counts counts_{};
  bool built_ = false;
  std::vector<TurnSource::Node> root_;  // what was asked before the first turn
  std::vector<std::unique_ptr<Level>> levels_;  // those behind depth_ are spare
  size_t depth_ = 0;
  uint64_t memory_ = 0;  // bytes of snapshots on levels
  Weight explored_ = 0;
  FingerprintSet seen_;
  absl::btree_set<uint64_t> end_states_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_STATE_SEARCH_H_
