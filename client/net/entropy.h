// The client's dice: mask keys, jitter, boundaries. Never a decision that a test would want to steer.
#ifndef CLIENT_NET_ENTROPY_H_
#define CLIENT_NET_ENTROPY_H_

#include <cstdint>

namespace client {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual uint64_t Next() = 0;
};

}  // namespace client

#endif  // CLIENT_NET_ENTROPY_H_
