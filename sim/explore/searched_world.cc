#include "sim/explore/searched_world.h"

#include "absl/strings/str_cat.h"

namespace sim {

void SearchedWorld::Build(ChoiceSource& source, uint64_t run) {
  arena_.Reset();
  history_->BeginRun(run, /*keep_trace=*/false);
  {
    ArenaScope scope(&arena_);
    world_ = new World(program_.config(), laws_, source, *history_, outcome_.violation);
    subject_ = program_.Make(*world_).release();
    driver_ = new Driver(*world_, *subject_, *history_);
    driver_->Start();
  }
  fingerprinter_ = std::make_unique<Fingerprinter>(*world_, *driver_, arena_, sameness_);
}

void SearchedWorld::Mark(Place* place) const {
  arena_.Mark(&place->snapshot);
  place->point = history_->Mark();
}

void SearchedWorld::GoBack(const Place& place) {
  arena_.Rewind(place.snapshot);
  history_->Rewind(place.point);
}

SearchedWorld::Ending SearchedWorld::End(uint64_t* end_state) {
  history_->CountRun();
  if (world_->violated()) return Ending::kViolated;
  if (!world_->can_go_on()) return Fault("the program asks different questions when it is run again");
  if (!driver_->finished()) return Fault("not at rest within its steps, and NO-SPIN does not judge");
  if (driver_->chaos_ran_out()) return Ending::kStepsCount;
  *end_state = subject_->EndState();
  {
    ArenaScope scope(&arena_);
    world_->EndDecisions();
    delete driver_;
    delete subject_;
    delete world_;
  }
  if (arena_.live_blocks() == 0 || !laws_.Has(LawId::kNoOrphan)) return Ending::kHeld;
  outcome_.violation = {LawId::kNoOrphan, absl::StrCat(arena_.live_blocks(), " blocks of memory are left"), 0,
                        history_->steps()};
  return Ending::kViolated;
}

SearchedWorld::Ending SearchedWorld::Fault(const char* what) {
  outcome_.harness_fault = what;
  return Ending::kFault;
}

}  // namespace sim
