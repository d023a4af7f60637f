// A scenario as a Program: makes worlds in which our client, driven by a workload, meets scripted servers on a
// simulated network, under the laws.
#ifndef SIM_SCENARIO_SCENARIO_PROGRAM_H_
#define SIM_SCENARIO_SCENARIO_PROGRAM_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/http/tls_server.h"
#include "sim/net/sim_network.h"
#include "sim/scenario/plan.h"
#include "sim/world/subject.h"

namespace sim {

class ScenarioProgram final : public Program {
 public:
  // Makes the network of a world. Nothing that it is given is owned.
  using NetworkMaker = std::unique_ptr<WorldNetwork> (*)(World& world, WireObserver& wire,
                                                         const SimNetwork::Config& config);
  static std::unique_ptr<WorldNetwork> MakeSimNetwork(World& world, WireObserver& wire,
                                                      const SimNetwork::Config& config);

  explicit ScenarioProgram(ScenarioPlan plan) : ScenarioProgram(std::move(plan), MakeSimNetwork) {}
  ScenarioProgram(ScenarioPlan plan, NetworkMaker make_network);

  const std::string& name() const override { return plan_.name; }
  const WorldConfig& config() const override { return plan_.world; }
  const std::vector<Sometimes>& sometimes() const override { return plan_.sometimes; }
  std::unique_ptr<Subject> Make(World& world) const override;
  // Says nothing of another network.
  std::string Recipe() const override { return make_network_ == MakeSimNetwork ? plan_.recipe : ""; }

  // Laws that the scenario's `assert` leaves in force; to be intersected with those of the command line.
  LawSet laws() const { return plan_.laws; }
  Memory memory() const { return plan_.memory; }
  ScenarioPlan::Canary canary() const { return plan_.canary; }
  const ScenarioPlan& plan() const { return plan_; }

 private:
  const ScenarioPlan plan_;
  const TlsCredentials credentials_;  // if a server speaks TLS
  const NetworkMaker make_network_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_PROGRAM_H_
