// Which way a run takes through the code of client/ and sim/: the edges of its control flow, one after the other. Two
// runs that part show where, down to the line.
//
// Only builds with --config=edges (clang) have it; elsewhere nothing is ever logged. What is logged is an address as
// the linker knows it, so that two processes of the same file can be compared.
#ifndef SIM_WORLD_EDGE_LOG_H_
#define SIM_WORLD_EDGE_LOG_H_

#include <cstdint>
#include <string>

namespace sim {

// Lies in memory that processes share; starts out as zeros.
struct EdgeLog {
#if defined(SIM_EDGES)
  static constexpr bool kBuiltIn = true;
#else
  static constexpr bool kBuiltIn = false;
#endif
  static constexpr uint64_t kCapacity = uint64_t{1} << 25;

  uint64_t count;  // of edges; those above the capacity are counted and not kept
  uint32_t edges[kCapacity];

  uint64_t kept() const { return count < kCapacity ? count : kCapacity; }
};

// Logs what runs while it is open. Null: nothing.
class EdgeScope {
 public:
  explicit EdgeScope(EdgeLog* log);
  EdgeScope(const EdgeScope&) = delete;
  EdgeScope& operator=(const EdgeScope&) = delete;
  ~EdgeScope();
};

// "client/connector.cc:120 in Connector::Release()": the line of ours that the edge is in, and the one that was inlined
// there if the edge is in such a one. Starts llvm-symbolizer; without it, the bare address.
std::string EdgeText(uint32_t edge);

// Where two runs part; empty if their logs are the same as far as they go.
std::string DescribeFork(const EdgeLog& run, const EdgeLog& replay);

}  // namespace sim

#endif  // SIM_WORLD_EDGE_LOG_H_
