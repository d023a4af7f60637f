#include "client/base/check.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace client::internal {

void CheckFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, what);
  std::abort();
}

void CheckOpFailed(const char* file, int line, const char* what, int64_t left, int64_t right) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s (%" PRId64 " against %" PRId64 ")\n", file, line, what, left, right);
  std::abort();
}

}  // namespace client::internal
