// A bulk transfer by the kernel's TCP, over a PacketWire.
#ifndef TOOLS_FIDELITY_KERNEL_TRANSFER_H_
#define TOOLS_FIDELITY_KERNEL_TRANSFER_H_

#include <cstdint>
#include <string>

#include "tools/fidelity/conditions.h"

namespace tools {

// From the first byte that is written, on a connection that stands, to the last one that is read, in ns; the reader
// reads whatever is there. The sender's congestion control is cubic, without Nagle. Notes what window and what buffer
// there was. Negative, and `why`, if no such transfer can be made here.
int64_t KernelTransferNs(Conditions& conditions, std::string& why);

// A request in two writes, head and body, and an answer to both, in ns: the mean of 20 on one connection. With Nagle
// the second write waits until the first is acknowledged, which the peer delays.
int64_t KernelExchangeNs(int64_t delay_ms, bool nagle, std::string& why);

}  // namespace tools

#endif  // TOOLS_FIDELITY_KERNEL_TRANSFER_H_
