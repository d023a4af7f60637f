// The garbage collector of the users: destroys what they have abandoned, at a moment that they do not choose.
//
// A user who abandons a handle (a response, a task, the session) neither closes nor destroys it. The collector draws
// once for each, with the label "gc.collect" and the handle as asker, when that is done for him:
//   0 .. n-1   after so many steps of the world as the label's menu says;
//   n          once the session was closed;
//   n+1        after the loop has stopped: unregistering is legal then, and nothing runs any more.
// Collecting is a step of its own, one for each handle. Which of those that are due goes first is drawn with the label
// "gc.order". When nothing but timeouts is left to happen, what is due after steps is due: see RunDry().
#ifndef SIM_WORKLOAD_COLLECTOR_H_
#define SIM_WORKLOAD_COLLECTOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "client/net/event_loop.h"
#include "sim/net/wire_observer.h"
#include "sim/world/world.h"

namespace sim {

class Collector final : private StepHook {
 public:
  // What is allowed to be drawn: a session that waits for its responses when it is closed needs them to be collected.
  struct Options {
    bool after_loop = true;
  };

  // Nothing is owned.
  Collector(World& world, WorkloadObserver& observer, Options options);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  ~Collector();  // collects what is left

  // Takes a handle over. `Handle` is destroyed by being collected; `name` is what the observer is told.
  template <class Handle>
  void Abandon(Name name, Handle handle) {
    Take(std::make_unique<Box<Handle>>(name, std::move(handle)));
  }

  // Nothing is left to happen but timeouts: what is due after steps is due now, and with `closing` what is due after
  // the session. False if there is nothing of it.
  bool RunDry(bool closing);
  // The loop has stopped: collects everything, without steps.
  void LoopStopped();

  size_t size() const { return garbage_.size(); }

 private:
  enum class When : uint8_t { kSteps, kAfterSession, kAfterLoop };

  struct Garbage {
    explicit Garbage(Name name) : name(name) {}
    virtual ~Garbage() = default;
    const Name name;
    When when = When::kSteps;
    uint64_t due_step = 0;  // kSteps
  };
  template <class Handle>
  struct Box final : Garbage {
    Box(Name name, Handle handle) : Garbage(name), handle(std::move(handle)) {}
    Handle handle;
  };

  void AfterStep() override;
  void Take(std::unique_ptr<Garbage> garbage);
  bool IsDue(const Garbage& garbage) const;
  void PostIfDue();
  void CollectOne();                // of those that are due
  void Destroy(size_t index);       // of garbage_

  World& world_;
  WorkloadObserver& observer_;
  const Options options_;
  const Name name_;
  Source source_;
  client::Runnable collect_;
  std::vector<std::unique_ptr<Garbage>> garbage_;  // in the order in which it was abandoned
  bool all_due_ = false;  // the loop has stopped
};

}  // namespace sim

#endif  // SIM_WORKLOAD_COLLECTOR_H_
