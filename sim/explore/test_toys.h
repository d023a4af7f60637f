// Toys that end their process, for the tests of what survives it.
#ifndef SIM_EXPLORE_TEST_TOYS_H_
#define SIM_EXPLORE_TEST_TOYS_H_

#include "sim/toys/toy.h"

namespace sim {

// By name, for test_main.cc; null if there is none.
const Program* FindTestToy(absl::string_view name);

// Two tasks; CHECKs if the second one overtakes the first, in about half of the schedules.
const Program& CrashingToy();

// One task that dereferences null.
const Program& SegfaultingToy();

// One task that allocates until nothing is left.
const Program& GreedyToy();

// One task that reads memory that it has given back; one that adds too much. For the sanitizers: elsewhere they hold.
const Program& UseAfterFreeToy();
const Program& OverflowingToy();

// Three tasks that count to 40, and one that breaks EXPECT unless it sees the first ahead of the second: one reordering
// is enough, a random run has a hundred.
const Program& OneReorderingToy();

// Two tasks that spin until the third has had two turns: it ends under every schedule that is fair.
const Program& SpinningToy();

// Breaks EXPECT in its second step; asks and records in its destructor, which an arena forgets and the heap runs.
const Program& ToyThatAsksAtItsEnd();

// Two tasks with three suspensions each, which "task.cancel" may end in three ways; breaks EXPECT if the second one is
// ended in the third way at its second suspension.
const Program& CancellableToy();

// One task with two suspensions: 1 ends it, 2 starts another, which has three and must not be cancelled at the last.
const Program& BringingToy();

// A door is open for one turn of its keeper, and nobody is to come twice in that time: one decision, at one moment.
const Program& DoorToy();

// The same with somebody who passes by before: the moment comes a few questions later.
const Program& ChangedDoorToy();

// The same with a keeper who never opens.
const Program& ClosedDoorToy();

// Draws ten values below 20; breaks EXPECT if one of them is 7 or more.
const Program& MenuToy();

// Two tasks; the mark is set if the second one overtakes the first. Wants it; or another one, which is never set.
const Program& MarkedToy();
const Program& NeverMarkedToy();

// Five values below 20 are drawn, until one is not 7; each 7 is a mark, and the fifth breaks EXPECT: one random run in
// three millions.
const Program& LadderToy();

}  // namespace sim

#endif  // SIM_EXPLORE_TEST_TOYS_H_
