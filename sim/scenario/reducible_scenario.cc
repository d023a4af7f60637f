#include "sim/scenario/reducible_scenario.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "sim/scenario/cancel_everywhere.h"
#include "sim/scenario/loader.h"
#include "sim/scenario/written_storm.h"

namespace sim {
namespace {

// Names stay, so that a tape finds whom it means; and what the scenario is about.
const EditRules& Rules() {
  static const auto& rules = *new EditRules{
      {"name", "id", "host", "method", "label", "memory", "canary", "assert"},
      {"port", "status", "informational", "code", "close_code", "client_max_window_bits", "server_max_window_bits"}};
  return rules;
}

void KeepKnown(const std::set<std::string>& known, google::protobuf::RepeatedPtrField<std::string>* ids) {
  for (int i = ids->size(); i-- > 0;) {
    if (known.count(ids->Get(i)) == 0) ids->DeleteSubrange(i, 1);
  }
}

// What means a task that is no more.
void DropDangling(Scenario* scenario) {
  std::set<std::string> known;
  const Scenario::Workload& workload = scenario->workload();
  for (const auto& request : workload.request()) known.insert(request.id());
  for (const auto& task : workload.task()) known.insert(task.id());
  for (const auto& storm : workload.storm()) {
    const uint32_t tasks = storm.has_tasks() ? storm.tasks() : 2;
    for (uint32_t i = 1; i <= tasks && i <= 100; ++i) known.insert(absl::StrCat(storm.id(), "-", i));
  }
  if (scenario->has_expect()) {
    KeepKnown(known, scenario->mutable_expect()->mutable_completed());
    KeepKnown(known, scenario->mutable_expect()->mutable_failed());
    if (scenario->expect().completed().empty() && scenario->expect().failed().empty()) scenario->clear_expect();
  }
  if (!scenario->has_workload()) return;
  for (auto& task : *scenario->mutable_workload()->mutable_task()) {
    for (int i = task.step_size(); i-- > 0;) {
      const Scenario::Step& step = task.step(i);
      const bool gone = (step.has_cancel() && known.count(step.cancel().task()) == 0) ||
                        (step.has_wait() && known.count(step.wait().task()) == 0);
      if (gone) task.mutable_step()->DeleteSubrange(i, 1);
    }
  }
}

}  // namespace

ReducibleProgram::Ptr ReducibleScenario::Parse(absl::string_view text, bool cancel_everywhere) {
  Scenario scenario;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), &scenario)) return nullptr;
  // What a campaign must come to is nothing that one failure is about.
  scenario.clear_sometimes();
  auto original = std::make_shared<const Scenario>(scenario);
  return Make(std::move(scenario), std::move(original), cancel_everywhere);
}

ReducibleProgram::Ptr ReducibleScenario::Make(Scenario scenario, std::shared_ptr<const Scenario> original,
                                              bool cancel_everywhere) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(scenario, &text);
  LoadResult loaded = LoadScenarioText(text, "shrunk");
  if (loaded.program == nullptr) return nullptr;
  std::shared_ptr<ReducibleScenario> made(new ReducibleScenario);
  made->cancel_everywhere_ = cancel_everywhere;
  made->program_ = cancel_everywhere
                       ? std::make_unique<const ScenarioProgram>(CancelEverywhere(loaded.program->plan()))
                       : std::unique_ptr<const ScenarioProgram>(std::move(loaded.program));
  made->edits_ = EditsOf(scenario, Rules());
  made->scenario_ = std::move(scenario);
  made->original_ = std::move(original);
  return made;
}

ReducibleProgram::Ptr ReducibleScenario::Reduce(size_t reduction) const {
  Scenario scenario = scenario_;
  Apply(edits_[reduction], &scenario);
  DropDangling(&scenario);
  return Make(std::move(scenario), original_, cancel_everywhere_);
}

ReducibleProgram::Ptr ReducibleScenario::WrittenDown(const History& history, SparseTape* tape) const {
  Scenario scenario = scenario_;
  if (!WriteStorms(program_->plan(), history, &scenario, tape)) return nullptr;
  DropDangling(&scenario);
  return Make(std::move(scenario), original_, cancel_everywhere_);
}

std::string ReducibleScenario::Text(absl::string_view name) const {
  Scenario scenario = scenario_;
  scenario.set_name(std::string(name));
  // What the museum says is of the whole scenario.
  scenario.clear_history();
  return PrettyText(scenario);
}

std::string ReducibleScenario::Removed() const {
  Scenario before = *original_, after = scenario_;
  for (Scenario* scenario : {&before, &after}) {
    scenario->clear_history();
    scenario->clear_tags();
  }
  return RemovedFrom(before, after);
}

}  // namespace sim
