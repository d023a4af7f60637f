// Processes that are started anew, from the same file, to replay a run: what a fork inherits is different there. Where
// the program, its heap and its stacks lie, what static initialisation has drawn, the environment, the folder.
//
// A main() whose programs are to be replayed so begins with ServeFreshProcess(). Where it does not, or where a program
// has no recipe, only forks replay.
#ifndef SIM_EXPLORE_FRESH_PROCESS_H_
#define SIM_EXPLORE_FRESH_PROCESS_H_

#include <memory>
#include <string>

#include "sim/world/subject.h"

namespace sim {

// The program of a recipe (Program::Recipe()); null if there is none.
using ProgramMaker = std::shared_ptr<const Program> (*)(const std::string& recipe);

// Does not return in a process that was started to replay: it does so until its parent wants no more.
void ServeFreshProcess(int argc, char** argv, ProgramMaker maker);

// Whether `program` can be replayed in a process that is started anew.
bool CanStartAnew(const Program& program);

// Turns this process, a fork, into one that is started anew. What lies behind the descriptors is an IsolatedRunner's.
struct FreshDescriptors {
  int socket, board, history, edges;  // edges: -1 where nobody logs them
};
[[noreturn]] void BecomeFresh(const FreshDescriptors& descriptors);

}  // namespace sim

#endif  // SIM_EXPLORE_FRESH_PROCESS_H_
