// The kernel's dice.
#ifndef CLIENT_NET_SYSTEM_ENTROPY_H_
#define CLIENT_NET_SYSTEM_ENTROPY_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "client/net/entropy.h"

namespace client {

// getrandom(2), 512 bytes at a time. What was handed out is not kept.
class SystemEntropy final : public Entropy {
 public:
  uint64_t Next() override;

 private:
  std::array<uint64_t, 64> numbers_;
  size_t left_ = 0;
};

}  // namespace client

#endif  // CLIENT_NET_SYSTEM_ENTROPY_H_
