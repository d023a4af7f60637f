// A scenario that shrinks: parts of its text are taken out, menus cut short, amounts lowered.
//
// What goes is found by reflection (sim/scenario/message_edits.h); what stays is the short list in the source: names
// and what is asserted. What a removed task leaves behind (its place in `expect`, who waits for it) goes with it. The
// loader says whether the rest makes sense. What a storm drew can be written down as steps: written_storm.h.
#ifndef SIM_SCENARIO_REDUCIBLE_SCENARIO_H_
#define SIM_SCENARIO_REDUCIBLE_SCENARIO_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/explore/reducible_program.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/message_edits.h"
#include "sim/scenario/scenario_program.h"

namespace sim {

class ReducibleScenario final : public ReducibleProgram {
 public:
  // Null if the text is no scenario. With `cancel_everywhere` its tasks are cancelled anywhere, see there.
  static Ptr Parse(absl::string_view text, bool cancel_everywhere);

  const Program& program() const override { return *program_; }
  size_t reductions() const override { return edits_.size(); }
  Ptr Reduce(size_t reduction) const override;
  bool IsCoarse(size_t reduction) const override { return edits_[reduction].coarse(); }
  Ptr WrittenDown(const History& history, SparseTape* tape) const override;
  std::string Text(absl::string_view name) const override;
  std::string Removed() const override;

 private:
  ReducibleScenario() = default;

  static Ptr Make(Scenario scenario, std::shared_ptr<const Scenario> original, bool cancel_everywhere);

  Scenario scenario_;
  std::shared_ptr<const Scenario> original_;
  bool cancel_everywhere_ = false;
  std::unique_ptr<const ScenarioProgram> program_;
  std::vector<MessageEdit> edits_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_REDUCIBLE_SCENARIO_H_
