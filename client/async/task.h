// Task<T>: a lazy coroutine. It starts when it is awaited, runs on the chain of whoever awaits it, and is cancelled by
// being destroyed.
//
//   Task<int> Twice(Source& source) {
//     Result<int> one = co_await source.Next();
//     co_return one.ok() ? 2 * one.value() : 0;
//   }
//
//   1. A task is awaited at most once, and destroyed only while it is suspended (never by itself).
//   2. Destroying it destroys its frame, with all that the frame owns: leases, timers, waiters, tasks it awaits. So a
//      cancelled operation gives everything back without a line of code for it, and cannot wait while it does.
//   3. Parameters are taken by value, or are references that outlive the task. No capturing lambda is a coroutine.
//   4. No result of a task is aligned to more than two pointers: see ForEachSite().
//   5. At most one co_await per full expression, as a statement or a plain initialiser: g++ 12 miscompiles others.
#ifndef CLIENT_ASYNC_TASK_H_
#define CLIENT_ASYNC_TASK_H_

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "client/async/trampoline.h"
#include "client/async/waiter.h"
#include "client/base/check.h"

namespace client {

namespace internal {

struct PromiseBase {
  TaskContext* context = nullptr;
  std::coroutine_handle<> continuation;
  Site at;  // the co_await at which it is, or was last, suspended

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
      Trampoline::Next(handle.promise().continuation);  // null at the root of a chain
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  static_assert(alignof(std::optional<T>) <= 2 * sizeof(void*));
  std::optional<T> value;

  std::coroutine_handle<Promise> get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T Take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  std::coroutine_handle<Promise> get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  void return_void() const noexcept {}
  void Take() const noexcept {}
};

}  // namespace internal

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = internal::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  Task(Handle handle) : handle_(handle) {}  // NOLINT: implicit, from get_return_object()
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    Reset();
    handle_ = std::exchange(other.handle_, nullptr);
    return *this;
  }
  ~Task() { Reset(); }

  // Cancels it.
  void Reset() {
    if (Handle handle = std::exchange(handle_, nullptr)) handle.destroy();
  }

  explicit operator bool() const { return handle_ != nullptr; }
  bool done() const { return handle_ != nullptr && handle_.done(); }
  Handle handle() const { return handle_; }

  bool await_ready() const noexcept { return false; }
  template <class Parent>
  void await_suspend(std::coroutine_handle<Parent> parent, Site at = Site::current()) noexcept {
    parent.promise().at = at;
    handle_.promise().context = parent.promise().context;
    handle_.promise().continuation = parent;
    Trampoline::Next(handle_);
  }
  T await_resume() { return handle_.promise().Take(); }

 private:
  Handle handle_;
};

// Where a suspended task waits: calls `visit` with the co_await of each coroutine of its chain, the innermost first.
// Requires that it waits, see TaskContext::waiter().
template <class Visit>
void ForEachSite(const TaskContext& task, Visit visit) {
  // Promises of all types begin with the same base, and lie at the same place in their frames.
  static_assert(alignof(internal::PromiseBase) <= 2 * sizeof(void*));
  for (std::coroutine_handle<> handle = task.leaf(); handle != nullptr;) {
    const auto& promise = std::coroutine_handle<internal::PromiseBase>::from_address(handle.address()).promise();
    visit(promise.at);
    handle = promise.continuation;
  }
}

}  // namespace client

#endif  // CLIENT_ASYNC_TASK_H_
