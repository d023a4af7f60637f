// An Outcome as plain bytes, for memory that two processes share.
#ifndef SIM_EXPLORE_OUTCOME_RECORD_H_
#define SIM_EXPLORE_OUTCOME_RECORD_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sim/world/runner.h"

namespace sim {

// Text that is cut at its size.
template <size_t N>
struct TextRecord {
  uint32_t size;
  char bytes[N];

  void Set(absl::string_view text) {
    size = static_cast<uint32_t>(text.size() < N ? text.size() : N);
    text.copy(bytes, size);
  }
  // The size comes from a process that may have written anywhere.
  std::string Get() const { return std::string(bytes, size < N ? size : N); }
};

struct OutcomeRecord {
  LawId law;
  int64_t violation_time_ns;
  uint64_t violation_step;
  uint64_t steps, decisions, digest;
  int64_t elapsed_ns;
  TextRecord<32 << 10> reason;
  TextRecord<32 << 10> harness_fault;

  void Set(const Outcome& outcome);
  Outcome Get() const;
};

}  // namespace sim

#endif  // SIM_EXPLORE_OUTCOME_RECORD_H_
