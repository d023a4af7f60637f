// Holds the simulated network to the real one: the same scenario, with the same client and the same scripted servers,
// is run on both, and whatever its users may live to see on real sockets must be among what the simulation lets them
// see.
//
// What is compared is how the tasks of the workload ended, and with which errors, any two of them together (all of them
// have too many ways to end for a sample to show them), numbers left out: how many bytes had come before a connection
// broke depends on how the kernel cut them. On both networks all other decisions (whose step is next, what servers and
// users do) are drawn at random; faults of the network happen in the simulation alone. The laws judge both.
//
// All runs are made in child processes: one that crashes or hangs is a run that broke CRASH.
#ifndef SIM_EXPLORE_FIDELITY_H_
#define SIM_EXPLORE_FIDELITY_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sim/explore/isolated_worker.h"
#include "sim/oracle/law.h"
#include "sim/world/subject.h"

namespace sim {

struct FidelityOptions {
  uint64_t real_runs = 50;
  uint64_t simulated_runs = 200;  // at first
  // What those did not show is looked for in so many.
  uint64_t simulated_runs_max = 100'000;
  uint64_t seed = 1;
  LawSet laws = LawSet::All();
  IsolationOptions isolation;  // its memory is where simulated worlds live; the others are on the heap
};

struct FidelityResult {
  bool ok = false;
  uint64_t real_runs = 0;
  uint64_t simulated_runs = 0;
  uint64_t real_ends = 0;  // different ones, of all tasks together
  uint64_t simulated_ends = 0;
  std::string text;    // "50 runs on real sockets ended in 2 ways, as ...", or what went wrong
  std::string output;  // what the child printed when it died
};

// The same program, on the simulated network and on a real one.
FidelityResult CheckFidelity(const Program& simulated, const Program& real, const FidelityOptions& options);

// Some run on the real network breaks one of `expected`, before any other of options.laws: the bug is one of the
// client's, not of the simulated network. Real sockets are on the heap, where the teardown of a broken run may crash:
// then that is what it broke, whatever the laws.
FidelityResult CheckCaughtForReal(const Program& real, LawSet expected, const FidelityOptions& options);

// How a run ended (Outcome::end) without its numbers: "1 024 of 163 840 bytes" is "# of # bytes".
std::string WithoutNumbers(absl::string_view end);

}  // namespace sim

#endif  // SIM_EXPLORE_FIDELITY_H_
