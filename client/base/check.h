// CHECK: an assertion that is always on, for misuse of an API and for memory safety.
//
// It is not for what a peer, a user's input or the network can cause: those are ClientErrors. Nor is it for what a
// law of the harness watches: a CHECK there would end the run before the law could name the mistake.
#ifndef CLIENT_BASE_CHECK_H_
#define CLIENT_BASE_CHECK_H_

#include <cstdint>

namespace client::internal {

// Prints `file:line: CHECK failed: what` on stderr and aborts. Allocates nothing, so that it works in an arena that is
// full or broken.
[[noreturn]] void CheckFailed(const char* file, int line, const char* what);
[[noreturn]] void CheckOpFailed(const char* file, int line, const char* what, int64_t left, int64_t right);

}  // namespace client::internal

#define CHECK(condition)                                               \
  (__builtin_expect(static_cast<bool>(condition), 1)                   \
       ? static_cast<void>(0)                                          \
       : ::client::internal::CheckFailed(__FILE__, __LINE__, #condition))

// For integers (printed as int64). Pointers and objects take CHECK(a == b).
#define CLIENT_CHECK_OP(a, op, b)                                                                         \
  do {                                                                                                    \
    const auto check_left = (a);                                                                          \
    const auto check_right = (b);                                                                         \
    if (__builtin_expect(!(check_left op check_right), 0))                                                \
      ::client::internal::CheckOpFailed(__FILE__, __LINE__, #a " " #op " " #b,                            \
                                        static_cast<int64_t>(check_left), static_cast<int64_t>(check_right)); \
  } while (false)

#define CHECK_EQ(a, b) CLIENT_CHECK_OP(a, ==, b)
#define CHECK_NE(a, b) CLIENT_CHECK_OP(a, !=, b)
#define CHECK_LT(a, b) CLIENT_CHECK_OP(a, <, b)
#define CHECK_LE(a, b) CLIENT_CHECK_OP(a, <=, b)
#define CHECK_GT(a, b) CLIENT_CHECK_OP(a, >, b)
#define CHECK_GE(a, b) CLIENT_CHECK_OP(a, >=, b)

#endif  // CLIENT_BASE_CHECK_H_
