// The bulk transfer of kernel_transfer.h by the simulated network, in virtual time.
#ifndef TOOLS_FIDELITY_SIMULATED_TRANSFER_H_
#define TOOLS_FIDELITY_SIMULATED_TRANSFER_H_

#include <cstdint>

#include "tools/fidelity/conditions.h"

namespace tools {

enum class Model : uint8_t {
  kPlain,         // as in scenarios: delay, rate, window and buffer
  kAcknowledged,  // and acknowledgements that take their way, slow start, and headers: Link::Options::tcp
};

// From the first byte that is written, on a connection that stands, to the last one that is read, in ns.
int64_t SimulatedTransferNs(const Conditions& conditions, Model model);

}  // namespace tools

#endif  // TOOLS_FIDELITY_SIMULATED_TRANSFER_H_
