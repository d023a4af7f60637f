// The host's clock, for what watches runs from outside: the watchdog, budgets and rates. Never for a run itself.
#ifndef SIM_EXPLORE_HOST_CLOCK_H_
#define SIM_EXPLORE_HOST_CLOCK_H_

#include <poll.h>
#include <time.h>

#include <cstdint>

namespace sim {

// Monotonic, in nanoseconds.
inline int64_t HostNanos() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);  // tidy: host clock
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Lets others have the processor for a moment.
inline void HostPause() {
  const timespec moment{0, 50'000};
  ppoll(nullptr, 0, &moment, nullptr);
}

}  // namespace sim

#endif  // SIM_EXPLORE_HOST_CLOCK_H_
