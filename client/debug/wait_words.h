// How to say who waits for whom: the words that a real loop's dump and a simulation's wait-for graph share.
//
//   user waits for the head of user/upload on connection#1
//   connection#1 does not read: paused by the body of user/download (163 840 of 163 840 bytes in, 0 read)
//   the body of user/download is read by user, which waits for the head of user/upload on connection#1
//
// All arguments are texts of names, or what another of these functions has said.
#ifndef CLIENT_DEBUG_WAIT_WORDS_H_
#define CLIENT_DEBUG_WAIT_WORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace client {

// "131 072"
std::string Grouped(uint64_t number);

// The name of a connection or of a set of connections without the pool: "pool/connection#1" is "connection#1".
std::string WithoutPool(std::string name);

std::string BodyOf(absl::string_view request);
std::string MessagesOf(absl::string_view request);

// "131 072 of 131 072 bytes in, 1 024 read"; without the whole where nobody knows it.
std::string AmountsOf(uint64_t in, absl::optional<uint64_t> whole, uint64_t read);

// `what` and `on` are those of a WaitReason; `connection` may be empty.
std::string WaitsFor(absl::string_view what, absl::string_view on, absl::string_view connection);

// Whole lines.
std::string PausedLine(absl::string_view connection, absl::string_view payload, absl::string_view amounts);
std::string ReadByLine(absl::string_view payload, absl::string_view task, absl::string_view waits);
struct SlotHolder {
  std::string request;
  std::string connection;  // may be empty
};
std::string SlotsLine(const std::vector<SlotHolder>& holders);

}  // namespace client

#endif  // CLIENT_DEBUG_WAIT_WORDS_H_
