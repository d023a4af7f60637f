// Says of a shrunk tape which decisions matter, and from where on the failure could not be avoided.
//
// A decision matters if the failure goes away when it is taken back. The failure is unavoidable from a point of the run
// on if it also happens in all of 20 runs that go on from there with random decisions.
#ifndef SIM_EXPLORE_EXPLAINER_H_
#define SIM_EXPLORE_EXPLAINER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sim/explore/isolated_worker.h"
#include "sim/explore/sparse_tape.h"
#include "sim/world/runner.h"

namespace sim {

struct Explanation {
  std::vector<std::string> decisions;  // one line for each decision of the tape
  std::vector<bool> matters;           // for each decision
  std::string unavoidable;             // one line; empty if it could be avoided to the end
};

Explanation Explain(const Program& program, const SparseTape& tape, const Violation& failure, LawSet laws,
                    const IsolationOptions& isolation);

// "loop.next: download#1/body runs first (2 of 3 ready)": a decision for people. `history` knows the names.
std::string DescribeDecision(const Decision& decision, const History& history);

}  // namespace sim

#endif  // SIM_EXPLORE_EXPLAINER_H_
