// A bulk transfer over one connection on an idle link: what the link is like, and how much is sent.
//
// SO_RCVBUF and SO_SNDBUF do not say how many bytes the kernel keeps: it counts what its packets take, and doubles what
// it is told to make up for that. The simulated link is told what came of it in the kernel's transfer.
#ifndef TOOLS_FIDELITY_CONDITIONS_H_
#define TOOLS_FIDELITY_CONDITIONS_H_

#include <cstdint>
#include <vector>

namespace tools {

struct Conditions {
  int64_t delay_ms;          // one way
  int64_t mbits_per_second;  // each way
  uint64_t bytes;            // to send
  uint32_t so_rcvbuf_kib;
  uint32_t so_sndbuf_kib;
  // The most that the receiver ever offered to take, and that the sender ever kept unacknowledged.
  uint32_t window_kib = so_rcvbuf_kib;
  uint32_t send_buffer_kib = so_sndbuf_kib;
};

// The rows of the table in sim/README.md.
inline std::vector<Conditions> TableRows() {
  std::vector<Conditions> rows;
  // Each delay at each rate.
  for (const int64_t delay_ms : {0, 5, 50, 200}) {
    rows.push_back({delay_ms, 1, 200'000, 256, 256});
    rows.push_back({delay_ms, 10, 1'000'000, 256, 256});
    rows.push_back({delay_ms, 100, 2'000'000, 256, 256});
    rows.push_back({delay_ms, 1000, 2'000'000, 256, 256});
  }
  // Windows, and buffers of the sender.
  for (const uint32_t kib : {16, 64, 1024}) rows.push_back({50, 100, 1'000'000, kib, 1024});
  for (const uint32_t kib : {16, 64, 1024}) rows.push_back({50, 100, 1'000'000, 1024, kib});
  // A client's usual sizes.
  for (const uint64_t bytes : {1'000, 10'000, 20'000, 100'000}) rows.push_back({50, 100, bytes, 256, 256});
  return rows;
}

}  // namespace tools

#endif  // TOOLS_FIDELITY_CONDITIONS_H_
