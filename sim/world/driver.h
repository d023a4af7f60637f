// Takes a world from its first step to the closed rest, one turn at a time: hurt, heal, rest.
//
// All of its state is in the world's memory, itself included, and nothing of it on the stack between two turns, so that
// a copy of the memory taken there can be gone back to.
//
//   auto* driver = new Driver(world, subject, history);   // in the world's ArenaScope
//   driver->Start();
//   while (driver->Turn()) {
//   }
#ifndef SIM_WORLD_DRIVER_H_
#define SIM_WORLD_DRIVER_H_

#include "sim/world/history.h"
#include "sim/world/subject.h"
#include "sim/world/world.h"

namespace sim {

class Driver {
 public:
  // Nothing is owned.
  Driver(World& world, Subject& subject, History& history)
      : world_(world), subject_(subject), loop_(world.loop()), history_(history) {}
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  void Start() { subject_.Start(); }

  // One step; or, where nothing is ready, whatever comes next: the clock moves, or a phase ends. False if the run is
  // over: it came to its end, a law was broken, the choices cannot go on, or it took too many steps.
  bool Turn();

  // The run came to its end. If it is over and did not, and no law was broken, it says nothing.
  bool finished() const { return finished_; }
  // The chaos window ended by its number of steps: how it went on depends on how many it had taken.
  bool chaos_ran_out() const { return chaos_ran_out_; }

 private:
  bool Step();
  bool EndPhase();
  bool Chaos() const { return world_.phase() == World::Phase::kChaos; }

  World& world_;
  Subject& subject_;
  Scheduler& loop_;
  History& history_;
  bool finished_ = false;
  bool chaos_ran_out_ = false;
};

}  // namespace sim

#endif  // SIM_WORLD_DRIVER_H_
