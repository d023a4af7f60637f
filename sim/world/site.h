// Call stacks in words, for the allocation site of a leak.
#ifndef SIM_WORLD_SITE_H_
#define SIM_WORLD_SITE_H_

#include <string>
#include <vector>

namespace sim {

// "" if there are no frames; otherwise " from Inner < Outer < ...", our own functions first and without the
// allocator's.
std::string SiteText(const std::vector<void*>& frames);

}  // namespace sim

#endif  // SIM_WORLD_SITE_H_
