// All behaviours of a program whose steps say what they touch, but of orders that differ only in steps that do not
// depend on each other only one: dynamic partial-order reduction with sleep sets, over visited states.
//
//   Flanagan, Godefroid: "Dynamic partial-order reduction for model checking software", POPL 2005: which other source
//   must be tried at a state is found out from the steps that were taken, where two of them race.
//   Abdulla, Aronis, Jonsson, Sagonas: "Optimal dynamic partial order reduction", POPL 2014: with sleep sets it must be
//   one with whom the steps that do not come behind the first of the two can begin (source sets); whichever of the
//   sources that POPL 2005 allows is not enough, since only steps that were taken are looked at.
//   Godefroid: "Partial-order methods for the verification of concurrent systems", LNCS 1032, 1996: sleep sets.
//   Yang, Chen, Gopalakrishnan, Kirby: "Efficient stateful dynamic partial order reduction", SPIN 2008: what is not
//   gone into again, since its state was seen, has a summary of what its steps touched, which race as if they were
//   taken.
//
//   1. Two steps depend on each other if they are of one source, if one makes the source of the other ready, or if
//      their footprints meet (sim/world/footprint.h). The relation is about steps that were taken, and what they did
//      touch. It is sound if the footprints say all that a step reads and writes, its control flow included: then a
//      step that is independent of its neighbour reads the same with it before or behind it, so it does the same and
//      touches the same, and either order comes to the same state. A subject that gives a footprint answers for that;
//      reduction_test.cc takes every pair of steps at every state of the small toys in both orders. What a step touches
//      is never guessed from what its source did before (as POS and SURW do).
//   2. Of each class of orders that differ only in neighbouring independent steps one is taken to its end, so that the
//      states at the end are all there, each broken law and each deadlock; the states between them are not.
//   3. A state that is come to again is gone into again only if fewer sources are asleep than were then.
//   4. It is for programs that offer nothing but the order of sources, arm no timers, and in which nobody is ready
//      again once nobody was: kUnfit otherwise, and where a state leads back to itself.
#ifndef SIM_EXPLORE_REDUCED_SEARCH_H_
#define SIM_EXPLORE_REDUCED_SEARCH_H_

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "sim/choice/choice_source.h"
#include "sim/explore/searched_world.h"
#include "sim/explore/state_search.h"
#include "sim/explore/state_table.h"
#include "sim/world/footprint.h"

namespace sim {

// Answers "loop.next" with the source that is wanted, and everything else with 0.
class WantSource final : public ChoiceSource {
 public:
  void Want(Name source) { wanted_ = source; }
  uint32_t Choose(const Question& question) override;

 private:
  Name wanted_;
};

class ReducedSearch {
 public:
  using Limits = StateSearch::Limits;  // without the bound
  using Counts = StateSearch::Counts;
  using Status = StateSearch::Status;

  ReducedSearch(const Program& program, const Limits& limits, std::shared_ptr<History> history);
  ReducedSearch(const ReducedSearch&) = delete;
  ReducedSearch& operator=(const ReducedSearch&) = delete;

  // Whether the subjects of `program` say what their steps touch, and it asks nothing but who is next.
  static bool CanReduce(const Program& program, std::shared_ptr<History> history);

  // Goes `transitions` further, if it does not end before.
  Status Advance(uint64_t transitions);

  const Counts& counts() const { return counts_; }
  const absl::btree_set<uint64_t>& end_states() const { return end_states_; }
  const Outcome& outcome() const { return searched_.outcome(); }  // kViolated, kFault

 private:
  static constexpr uint32_t kSources = 16;
  using Set = uint32_t;  // of sources
  using Clock = std::array<uint16_t, kSources>;  // of each source, the last step that came before; from 1, 0: none
  using Summary = std::array<Footprint, kSources>;

  struct Step {
    uint32_t source = 0;
    Footprint footprint;
    Clock clock{};
  };
  // A state on the way, and the step that is taken from it.
  struct Level {
    SearchedWorld::Place place;  // where more than one was ready
    Fingerprint state;
    Set ready = 0, wanted = 0, done = 0, asleep = 0;
    Summary next{};    // what the next step touches, of those that are asleep or done
    Summary future{};  // what was touched from here on
    Clock last{};      // the last step of each source
    Clock waker{};     // the step that made it ready, since its last one
    Step step;
    bool is_kept = false;  // in states_
  };

  Level& level(size_t i) { return *levels_[i]; }
  Level& Push();
  uint32_t SourceOf(Name name);
  Set Ready();
  // What the world has come to: false if it is cut off, at once or because everybody is asleep.
  bool Enter(Level& now);
  bool Visit(Level& now);
  void Pop();
  Status Take(uint32_t source);
  Status End(bool alive);
  // What is asleep behind the step from `before`, and who was made ready by it.
  void Inherit(const Level& before, Level& now);
  void FindRaces(Level& before);
  void FindRacesWith(const Summary& future, const Level& now);
  // The step from levels_[i] races with one behind it: sees to it that somebody is tried there with whom the steps can
  // begin that do not have to come behind that one. These are among those of the levels up to `end`, or, if none of
  // them is, it is one of `later`.
  void Reverse(size_t i, size_t end, Set later);
  uint32_t Intern(const Summary& summary);

  const Limits limits_;
  SearchedWorld searched_;
  WantSource source_;
  Counts counts_{};
  bool built_ = false;
  Status status_ = Status::kGoesOn;
  std::vector<Name> names_;  // of the sources
  std::vector<std::unique_ptr<Level>> levels_;  // those behind depth_ are spare
  size_t depth_ = 0;
  uint64_t memory_ = 0;  // bytes of snapshots on levels
  StateTable states_;
  absl::btree_map<std::array<uint64_t, 2 * kSources>, uint32_t> summary_numbers_;
  std::vector<Summary> summaries_;
  absl::btree_set<uint64_t> end_states_;
  std::vector<size_t> races_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_REDUCED_SEARCH_H_
