// A server on real sockets that harms one response in a hundred, in a process of its own.
//
//   1. GET /n is answered with Body(n), in a framing that depends on n. Faulty responses end in their middle: by a
//      reset, by the end of the connection, or never, as FaultOf(n) says. Nothing is left to chance.
//   2. The first `gathered` requests are answered when all of them have come: so many were under way at once.
//   3. It ends with its owner.
#ifndef CLIENT_REAL_FAULTY_SERVER_H_
#define CLIENT_REAL_FAULTY_SERVER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace client::testing {

enum class Fault : uint8_t { kNone, kReset, kCut, kStall };
Fault FaultOf(uint32_t number);

// A view that stays. Sizes go from 0 to 64 KiB, most of them small.
absl::string_view BodyOf(uint32_t number);

class FaultyServer {
 public:
  // Listens when this returns. The child leaves what it inherits alone.
  explicit FaultyServer(uint32_t gathered);
  FaultyServer(const FaultyServer&) = delete;
  FaultyServer& operator=(const FaultyServer&) = delete;
  ~FaultyServer();

  uint16_t port() const { return port_; }

 private:
  pid_t process_;
  uint16_t port_ = 0;
};

// How many files the process may open, from now on: as many as it can be allowed.
size_t RaiseFileLimit();

}  // namespace client::testing

#endif  // CLIENT_REAL_FAULTY_SERVER_H_
