// Who keeps whom alive, in words: the second half of the report of a leak, beside the place of the allocation.
//
//   connection#1 -> error 'disconnected: the body ended early' -> response user/download -> connection#1
//
//   1. A picture is taken of all named objects of a loop, of what they hold, and of the errors among it. It must not be
//      looked at when any of them may have gone.
//   2. An object on a cycle is told by the shortest cycle through it, which begins with whoever keeps an error. Any
//      other is told by the shortest path from a cycle, or from somebody whom nobody known holds.
//   3. It allocates: use it in a HostScope.
#ifndef SIM_WORLD_RETAINERS_H_
#define SIM_WORLD_RETAINERS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/references.h"

namespace sim {

class Retainers {
 public:
  using Words = absl::FunctionRef<std::string(client::Name)>;  // how a name is called

  explicit Retainers(const client::NamedObjects& objects);

  // A line for each cycle, and for whoever is on none; none if nothing lives.
  std::vector<std::string> Describe(Words words) const;
  // What keeps `name` alive; nothing if it is not known.
  std::vector<std::string> DescribeOne(client::Name name, Words words) const;

 private:
  class Collect;
  struct Node {
    const client::NamedObject* object = nullptr;  // or
    const client::ClientError* error = nullptr;
    std::vector<size_t> holds;
  };
  using Path = std::vector<size_t>;  // of nodes, each holding the next

  size_t NodeOf(const client::NamedObject& object) const;
  size_t NodeOf(const client::ClientError& error);
  // From `from` by what is held (or, backward, by who holds) to the first node that `wanted` accepts, both included;
  // empty if there is none. `from` itself is accepted only when it is come back to.
  Path Search(size_t from, bool backward, absl::FunctionRef<bool(size_t)> wanted) const;
  Path CycleThrough(size_t node) const;  // begins and ends with the same node; empty if it is on none
  std::vector<Path> Keeping(size_t node) const;
  std::string Text(const Path& path, Words words) const;
  std::string Text(const Node& node, Words words) const;

  std::vector<Node> nodes_;  // the objects first, in the order in which they were made
  size_t objects_ = 0;
};

}  // namespace sim

#endif  // SIM_WORLD_RETAINERS_H_
