// A series of bugs of depth 1 to 5, to tell search strategies apart.
//
// The depth of a bug is how many events must come in a certain order for it to happen (Burckhardt et al., ASPLOS 2010).
// Two tasks, of 22 and 6 steps, and two bystanders of 6 steps each:
//
//   depth 1      the second task ends before the first begins
//   depth d > 1  a chain of d events, turn by turn: the first one is late in the first task, the second one early in
//                the second task, and each must come before whoever made the one before it makes another step
//
// Equal chances lose: the shorter task is as good as never so late. Records what touches the chain.
#ifndef SIM_TOYS_DEPTH_TOY_H_
#define SIM_TOYS_DEPTH_TOY_H_

#include <memory>

#include "sim/world/subject.h"
#include "sim/world/world.h"

namespace sim {

inline constexpr int kDepthToyMax = 5;

std::unique_ptr<Subject> MakeDepthToy(World& world, int depth);

}  // namespace sim

#endif  // SIM_TOYS_DEPTH_TOY_H_
