// A world in an arena of its own that a search takes from turn to turn, and back.
#ifndef SIM_EXPLORE_SEARCHED_WORLD_H_
#define SIM_EXPLORE_SEARCHED_WORLD_H_

#include <cstdint>
#include <memory>

#include "sim/choice/choice_source.h"
#include "sim/world/arena.h"
#include "sim/world/driver.h"
#include "sim/world/fingerprint.h"
#include "sim/world/history.h"
#include "sim/world/runner.h"

namespace sim {

class SearchedWorld {
 public:
  enum class Ending : uint8_t { kHeld, kViolated, kStepsCount, kFault };

  struct Place {
    Arena::Snapshot snapshot;
    History::Point point;
  };

  // `program` is not owned. `history` gets the tape of the state that is looked at.
  SearchedWorld(const Program& program, LawSet laws, Sameness sameness, std::shared_ptr<History> history)
      : program_(program), laws_(laws), sameness_(sameness), history_(std::move(history)), arena_(Arena::Options{}) {}
  SearchedWorld(const SearchedWorld&) = delete;
  SearchedWorld& operator=(const SearchedWorld&) = delete;

  // From an empty arena to the first turn. `source` is not owned.
  void Build(ChoiceSource& source, uint64_t run);

  World& world() { return *world_; }
  Subject& subject() { return *subject_; }
  History& history() { return *history_; }

  // See Driver::Turn().
  bool Turn() {
    ArenaScope scope(&arena_);
    return driver_->Turn();
  }
  Fingerprint Take() { return fingerprinter_->Take(); }

  void Mark(Place* place) const;
  void GoBack(const Place& place);

  // The run is over: judges it, and destroys the world if everything held. `end_state` is that of the subject then.
  Ending End(uint64_t* end_state);
  const Outcome& outcome() const { return outcome_; }  // kViolated, kFault

 private:
  Ending Fault(const char* what);

  const Program& program_;
  const LawSet laws_;
  const Sameness sameness_;
  const std::shared_ptr<History> history_;
  Arena arena_;
  Outcome outcome_;
  World* world_ = nullptr;
  Subject* subject_ = nullptr;
  Driver* driver_ = nullptr;
  std::unique_ptr<Fingerprinter> fingerprinter_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_SEARCHED_WORLD_H_
