// Programs that the harness must not let pass: if one of them holds, the harness is broken.
//
//   must_fail       breaks EXPECT in about half of its schedules, not in the first one
//   must_stall      two tasks wait for each other's lock in about half of the schedules: PROGRESS
//   must_hang       a step that never returns; only under a watchdog, in a process of its own
//   clock_order     its trace depends on the host's clock: differs from run to run
//   hash_order      ... on the order of an absl::flat_hash_set: differs with the base address, and between processes
//   pointer_order   ... on addresses, taken modulo the size of a table: differs with the base address and on the heap
//   salt_order      ... on a number drawn when the process started, before main(), as the seeds of hash tables are:
//                   differs only in a process that was started anew
//
// The last four break no law; it is the determinism check that must report them.
#ifndef SIM_TOYS_CANARIES_H_
#define SIM_TOYS_CANARIES_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "sim/world/subject.h"

namespace sim {

// Null if there is no such canary. Lives as long as the process.
const Program* FindCanary(absl::string_view name);

std::vector<absl::string_view> CanaryNames();

}  // namespace sim

#endif  // SIM_TOYS_CANARIES_H_
