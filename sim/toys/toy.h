// Toys: programs of a few tasks without a network, for the tests, the measurements and the canaries of the harness.
//
// A toy is a Subject like the HTTP client's, on the same tasks and the same scheduler, so small that all its executions
// can be counted. It breaks PROGRESS if tasks are left at the quiet rest, and EXPECT if a result is wrong.
#ifndef SIM_TOYS_TOY_H_
#define SIM_TOYS_TOY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "client/async/task.h"
#include "client/async/task_group.h"
#include "client/async/waiter.h"
#include "sim/oracle/law.h"
#include "sim/toys/yield.h"
#include "sim/world/subject.h"
#include "sim/world/world.h"

namespace sim {

using client::Task;

// Wakes those who wait now, and is forgotten if nobody does: a condition variable among tasks.
class ToyEvent {
 public:
  void WakeAll() { waiters_.WakeAll(); }
  void WakeOne() { waiters_.WakeOne(); }

  // Cancel safety: nothing is consumed.
  class Awaiter {
   public:
    explicit Awaiter(ToyEvent& event) : event_(event) {}
    bool await_ready() const { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> handle, client::Site at = client::Site::current()) {
      waiter_.Suspend(handle, at);
      event_.waiters_.PushBack(waiter_);
    }
    void await_resume() const {}

   private:
    ToyEvent& event_;
    client::Waiter waiter_{client::WaitReason{"an event", Name()}};
  };
  Awaiter Wait() { return Awaiter(*this); }

 private:
  client::WaitList waiters_;
};

class Toy : public Subject, private Law {
 public:
  void Start() final { Spawn(); }
  Footprint* footprint() final { return says_what_it_touches_ ? &footprint_ : nullptr; }

 protected:
  explicit Toy(World& world) : Law(world, LawId::kProgress), tasks_(world.loop(), Name()) { world.AddLaw(*this); }

  // Starts the tasks.
  virtual void Spawn() = 0;
  void Spawn(uint32_t number, Task<> task);

  // At the quiet rest, if every task has ended.
  virtual void Judge() {}
  void Expect(bool condition, const char* what);

  using Law::world;

  // For the constructor of a toy all of whose steps note in it whatever they read and write that another task reads or
  // writes, events included; who waits at one writes it. reduction_test.cc checks those that are named there.
  Footprint& SayWhatIsTouched() {
    says_what_it_touches_ = true;
    return footprint_;
  }

 private:
  void AtQuiet() final;
  std::string DescribeStall() const;

  client::TaskGroup tasks_;
  Footprint footprint_;
  bool says_what_it_touches_ = false;
};

// A program whose subject is made by a function.
class ToyProgram final : public Program {
 public:
  using Maker = std::unique_ptr<Subject> (*)(World& world);

  // Offers the order of ready sources.
  ToyProgram(std::string name, Maker maker);

  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override { return maker_(world); }
  std::string Recipe() const override { return "toy\n" + name_; }

 private:
  std::string name_;
  WorldConfig config_;
  Maker maker_;
};

}  // namespace sim

#endif  // SIM_TOYS_TOY_H_
