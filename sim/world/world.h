// The kernel of a simulated world: clock, scheduler, decisions, history, laws. It knows nothing of HTTP, nor of a
// network (sim/net adds one): what is tested in it is a Subject.
#ifndef SIM_WORLD_WORLD_H_
#define SIM_WORLD_WORLD_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "sim/oracle/law.h"
#include "sim/world/decisions.h"
#include "sim/world/history.h"
#include "sim/world/scheduler.h"

namespace sim {

// What a world is made of. Belongs to the host and outlives the worlds made from it.
struct WorldConfig {
  Offers offers;
  // Values that the alternatives of a label stand for, for the labels that have menus: nanoseconds for delays, bytes
  // for sizes. The first is the dullest.
  std::array<std::vector<int64_t>, kLabelCount> menus;
  int64_t chaos_ns = 60'000'000'000;  // the chaos window: afterwards the network heals
  uint64_t chaos_steps = 20'000;      // ... or after so many steps
  uint64_t max_steps = 1'000'000;     // a run that is not at rest by then breaks NO-SPIN
};

// The first broken law of a run.
struct Violation {
  LawId law = LawId::kNone;
  std::string reason;  // in words
  int64_t time_ns = 0;  // since the start
  uint64_t step = 0;
};

// Called after each step, before the laws look: for what is counted in steps.
class StepHook {
 public:
  virtual ~StepHook() = default;
  virtual void AfterStep() = 0;
};

// What is not simulated: a network of the operating system's. It makes sources ready.
class Outside {
 public:
  virtual ~Outside() = default;
  // Takes in what has happened out there. With `wait`, which is asked for where nothing else can go on, it waits until
  // something has, or until it is sure that nothing is under way.
  virtual void Poll(bool wait) = 0;
};

// Tables in the world's memory whose entries begin with a name, and of whose order nothing depends on more than that
// among entries of one name. Where states are compared they count as sorted by name.
class NamedTables {
 public:
  virtual ~NamedTables() = default;
  using Visit = absl::FunctionRef<void(const void* entries, size_t entry_size, size_t count)>;
  virtual void VisitTables(Visit visit) const = 0;
};

class World {
 public:
  // Nothing is owned. `violation` is a host's object, filled in when a law of `judges` is broken.
  World(const WorldConfig& config, LawSet judges, ChoiceSource& source, History& history, Violation& violation)
      : config_(config),
        judges_(judges),
        history_(history),
        violation_(violation),
        decisions_(config.offers, source, history.tape()),
        loop_(decisions_, history) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Scheduler& loop() { return loop_; }
  const Scheduler& loop() const { return loop_; }
  History& history() { return history_; }
  const WorldConfig& config() const { return config_; }
  bool healed() const { return healed_; }

  // Decisions. Choose() is in [0, count); ChooseFrom() is a value of `menu`, which is not empty, the first if the label
  // is not offered; ChooseFromMenu() is one of the label's menu, and `dullest` if that is empty.
  uint32_t Choose(Label label, Name asker, uint32_t count) { return decisions_.Choose(label, asker, count); }
  int64_t ChooseFromMenu(Label label, Name asker, int64_t dullest = 0) {
    const std::vector<int64_t>& menu = config_.menus[static_cast<size_t>(label)];
    return menu.empty() ? dullest : ChooseFrom(label, asker, menu);
  }
  template <class Value>
  Value ChooseFrom(Label label, Name asker, const std::vector<Value>& menu) {
    const MenuAlternatives<Value> alternatives(menu);
    return menu[decisions_.Choose(label, asker, static_cast<uint32_t>(menu.size()), &alternatives)];
  }
  bool offers(Label label) const { return decisions_.offers(label); }
  bool can_go_on() const { return decisions_.ok(); }
  // The run is over: whatever teardown asks is answered by 0 and not recorded.
  void EndDecisions() { decisions_.WithdrawAll(); }

  void Record(TraceKind kind, Name name, uint64_t a = 0, uint32_t b = 0) {
    history_.Record(kind, loop_.now_ns(), name, a, b);
  }
  int64_t elapsed_ns() const { return loop_.now_ns() - Scheduler::kStartNs; }

  // Names, rendered. For reports: use them in a HostScope.
  std::string Text(Name name) const { return history_.Render(name); }

  // Laws are not owned and outlive the run. Laws that want every step cost time in every step.
  void AddLaw(Law& law, bool every_step = false, bool every_lull = false);
  // Not owned; null takes it back.
  void set_step_hook(StepHook* hook) { step_hook_ = hook; }
  const StepHook* step_hook() const { return step_hook_; }
  // Not owned; null, which is what a simulated world has, takes it back.
  void set_outside(Outside* outside) { outside_ = outside; }
  Outside* outside() const { return outside_; }
  // Not owned.
  void set_tables(const NamedTables* tables) { tables_ = tables; }
  const NamedTables* tables() const { return tables_; }
  bool judges(LawId law) const { return judges_.Has(law); }
  void Violate(LawId law, absl::FunctionRef<std::string()> describe);
  bool violated() const { return violation_.law != LawId::kNone; }

  // Phases; called by the Runner.
  enum class Phase : uint8_t { kChaos, kHealed, kQuiet, kClosing, kClosed };
  Phase phase() const { return phase_; }
  void EnterPhase(Phase phase);
  void AfterStep() {
    if (step_hook_ != nullptr) step_hook_->AfterStep();
    for (Law* law : step_laws_) law->AtStep();
  }
  void LullLaws() {
    for (Law* law : lull_laws_) law->AtLull();
  }
  void ForEachLaw(void (Law::*moment)()) {
    for (Law* law : laws_) (law->*moment)();
  }

 private:
  const WorldConfig& config_;
  LawSet judges_;
  History& history_;
  Violation& violation_;
  Decisions decisions_;
  Scheduler loop_;
  std::vector<Law*> laws_;
  std::vector<Law*> step_laws_;
  std::vector<Law*> lull_laws_;
  StepHook* step_hook_ = nullptr;
  Outside* outside_ = nullptr;
  const NamedTables* tables_ = nullptr;
  Phase phase_ = Phase::kChaos;
  bool healed_ = false;
};

}  // namespace sim

#endif  // SIM_WORLD_WORLD_H_
