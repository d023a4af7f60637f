// --seed=git: the base seed of the commit that is checked out, so that every commit is searched elsewhere, and a
// failure of CI is found again wherever that commit is.
#ifndef TOOLS_GIT_SEED_H_
#define TOOLS_GIT_SEED_H_

#include <cstdint>
#include <string>

namespace wavetank {

// The first 48 bits of HEAD's hash, in the repository that `folder` is in. False with an error if there is none.
bool GitSeed(const std::string& folder, uint64_t* seed, std::string* error);

}  // namespace wavetank

#endif  // TOOLS_GIT_SEED_H_
