// Resumes coroutines in a loop instead of from inside each other.
//
// await_suspend() of a Task returns void and leaves the next coroutine here; Run() resumes it once the stack is back.
// Symmetric transfer would do the same in an optimised build, but grows the stack in unoptimised and sanitized builds
// of g++, where a million ready awaits overflow it.
#ifndef CLIENT_ASYNC_TRAMPOLINE_H_
#define CLIENT_ASYNC_TRAMPOLINE_H_

#include <coroutine>
#include <utility>

#include "client/base/check.h"

namespace client {

class Trampoline {
 public:
  // Resumes `first`, then whatever each coroutine leaves, until one leaves nothing. Never nested.
  static void Run(std::coroutine_handle<> first) {
    CHECK(next_ == nullptr);
    for (std::coroutine_handle<> handle = first; handle != nullptr; handle = std::exchange(next_, nullptr)) {
      handle.resume();
    }
  }

  static void Next(std::coroutine_handle<> handle) { next_ = handle; }

 private:
  // Null outside of Run(), so it never holds on to a world that is gone.
  static inline std::coroutine_handle<> next_ = nullptr;
};

}  // namespace client

#endif  // CLIENT_ASYNC_TRAMPOLINE_H_
