// A connection pool in miniature: servers that write chunks, readers that pause a connection whose request does not
// keep up, requests that take a connection from the pool, read, resume, and end.
//
// The bug: a connection is given back to the pool still paused, and whoever gets it next waits for ever.
#ifndef SIM_TOYS_POOL_TOY_H_
#define SIM_TOYS_POOL_TOY_H_

#include <memory>

#include "sim/world/subject.h"
#include "sim/world/world.h"

namespace sim {

struct PoolToyOptions {
  int connections;  // at most 4
  int requests;     // at most 4
  int chunks;       // of each response, at most 4
  bool fixed;
};

std::unique_ptr<Subject> MakePoolToy(World& world, const PoolToyOptions& options);

}  // namespace sim

#endif  // SIM_TOYS_POOL_TOY_H_
