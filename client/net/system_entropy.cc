#include "client/net/system_entropy.h"

#include <errno.h>
#include <sys/random.h>

#include <utility>

#include "client/base/check.h"

namespace client {

uint64_t SystemEntropy::Next() {
  if (left_ == 0) {
    // Up to 256 bytes come whole; more may be cut short by a signal.
    char* const bytes = reinterpret_cast<char*>(numbers_.data());
    for (size_t got = 0; got < sizeof(numbers_);) {
      const ssize_t more = getrandom(bytes + got, sizeof(numbers_) - got, 0);
      CHECK(more > 0 || errno == EINTR);
      if (more > 0) got += static_cast<size_t>(more);
    }
    left_ = numbers_.size();
  }
  return std::exchange(numbers_[--left_], 0);
}

}  // namespace client
