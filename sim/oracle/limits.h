// What the client was told to keep to, as the laws need to know it.
#ifndef SIM_ORACLE_LIMITS_H_
#define SIM_ORACLE_LIMITS_H_

#include <cstdint>

namespace sim {

struct Limits {
  uint32_t limit = 0;           // sockets; 0 = no limit
  uint32_t limit_per_host = 0;  // sockets of one key; 0 = no limit
  // Bytes. Where the user asks for more than the high-water mark in one exact read, the most that he asks for.
  uint64_t read_high_water = 128 << 10;
  uint64_t max_read = 64 << 10;             // bytes of one DataReceived() at most
  uint64_t write_high_water = 64 << 10;     // bytes of requests that wait in the client for the network
  int64_t keepalive_ns = 15'000'000'000;    // how long a connection may lie idle
  int64_t close_bound_ns = 60'000'000'000;  // how long closing everything may take, virtual
};

}  // namespace sim

#endif  // SIM_ORACLE_LIMITS_H_
