// What is tested in a world: our client and its workload, or a toy without HTTP.
#ifndef SIM_WORLD_SUBJECT_H_
#define SIM_WORLD_SUBJECT_H_

#include <memory>
#include <string>
#include <vector>

#include "sim/world/footprint.h"
#include "sim/world/mark.h"
#include "sim/world/world.h"

namespace sim {

// Lives in the world's memory. Destroyed at the closed rest; by then, or by its destructor, everything is given back.
class Subject {
 public:
  virtual ~Subject() = default;

  // Spawns its tasks; runs nothing.
  virtual void Start() = 0;
  // Faults are over: what was held is to be delivered, what was silent is to be reset.
  virtual void Heal() {}
  // Nothing is left to happen but timeouts: what was put off until later is to happen now. False if there is nothing.
  virtual bool RunDry() { return false; }
  // Whether nothing is put off until later.
  virtual bool Dry() const { return true; }
  // What its users would say of the run, in one number: equal for runs that differ in nothing that they saw. Asked at
  // the closed rest.
  virtual uint64_t EndState() const { return 0; }
  // The same in words, for reports: a line for each of its users.
  virtual std::string DescribeEnd() const { return ""; }
  // What its steps touched since this was cleared, all of it; null: it cannot say. Lives in the world's memory.
  virtual Footprint* footprint() { return nullptr; }
  // The quiet rest was reached: begin to close everything. Runs nothing.
  virtual void Close() {}
  // The closed rest was judged; the loop has stopped. Last chance to destroy what was abandoned.
  virtual void Stopped() {}
};

// Makes subjects. Belongs to the host; one program is run many times.
class Program {
 public:
  virtual ~Program() = default;
  virtual const std::string& name() const = 0;
  virtual const WorldConfig& config() const = 0;
  // What a campaign must come to; at most kSometimesMax.
  static constexpr size_t kSometimesMax = 32;
  virtual const std::vector<Sometimes>& sometimes() const;
  // Called with the world's memory current.
  virtual std::unique_ptr<Subject> Make(World& world) const = 0;
  // What a process that was started anew makes the same program from: a kind, a newline, and what that kind needs.
  // Empty: it cannot (see sim/explore/fresh_process.h).
  virtual std::string Recipe() const { return ""; }
};

}  // namespace sim

#endif  // SIM_WORLD_SUBJECT_H_
