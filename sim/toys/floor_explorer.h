// The smallest honest explorer of task interleavings: a floor for measurements, no part of the harness.
//
// Bare coroutines in an array of ready handles, a bump allocator, a seeded choice, one hash of what was chosen. No
// names, no tape, no clock, no cancellation, no laws. It runs the same toys as toys.h, step for step.
#ifndef SIM_TOYS_FLOOR_EXPLORER_H_
#define SIM_TOYS_FLOOR_EXPLORER_H_

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "sim/choice/prng.h"

namespace sim::floor {

using Handle = std::coroutine_handle<>;

inline char* bump_memory = nullptr;
inline size_t bump_used = 0;
inline constexpr size_t kBumpSize = size_t{1} << 20;

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  void await_suspend(Handle) const noexcept;
  void await_resume() const noexcept {}
};

struct Coroutine {
  struct promise_type {
    static void* operator new(size_t size) {
      void* memory = bump_memory + bump_used;
      bump_used += (size + 15) & ~size_t{15};
      if (bump_used > kBumpSize) std::abort();
      return memory;
    }
    static void operator delete(void*, size_t) {}
    Coroutine get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
    void return_void() const {}
    [[noreturn]] void unhandled_exception() const { std::abort(); }
  };
  std::coroutine_handle<promise_type> handle;
};

struct Explorer {
  std::array<Handle, 64> ready;
  std::array<Coroutine, 64> all;
  uint32_t ready_size = 0;
  uint32_t all_size = 0;
  uint32_t live = 0;
  uint64_t steps = 0;
  uint64_t hash = 0;

  void Spawn(Coroutine coroutine) {
    all[all_size++] = coroutine;
    ready[ready_size++] = coroutine.handle;
    ++live;
  }
  // False if something is left that cannot run.
  bool Run(Prng& prng) {
    while (ready_size > 0) {
      const uint32_t i = ready_size > 1 ? prng.Below(ready_size) : 0;
      const Handle handle = ready[i];
      ready[i] = ready[--ready_size];
      hash = (hash ^ i) * 0x9e3779b97f4a7c15u;
      ++steps;
      handle.resume();
    }
    return live == 0;
  }
  void Reset() {
    for (uint32_t i = 0; i < all_size; ++i) all[i].handle.destroy();
    all_size = ready_size = live = 0;
    bump_used = 0;
  }
};
inline Explorer* explorer = nullptr;

inline void FinalAwaiter::await_suspend(Handle) const noexcept { --explorer->live; }

struct Step {
  bool await_ready() const { return false; }
  void await_suspend(Handle handle) const { explorer->ready[explorer->ready_size++] = handle; }
  void await_resume() const {}
};

struct Event {
  std::array<Handle, 16> waiters;
  uint32_t size = 0;

  void WakeAll() {
    for (uint32_t i = 0; i < size; ++i) explorer->ready[explorer->ready_size++] = waiters[i];
    size = 0;
  }
  void WakeOne() {
    if (size > 0) explorer->ready[explorer->ready_size++] = waiters[--size];
  }
  struct Awaiter {
    Event& event;
    bool await_ready() const { return false; }
    void await_suspend(Handle handle) const { event.waiters[event.size++] = handle; }
    void await_resume() const {}
  };
  Awaiter Wait() { return {*this}; }
};

// fixed2.
struct Mailbox {
  int flag = 0, waiters = 0, tokens = 0;
  Event event;
};
inline Coroutine RegisterThenLook(Mailbox& box) {
  co_await Step();
  ++box.waiters;
  co_await Step();
  if (box.flag == 0) {
    co_await Step();
    while (box.tokens == 0) co_await box.event.Wait();
    --box.tokens;
  }
}
inline Coroutine Notify(Mailbox& box) {
  co_await Step();
  box.flag = 1;
  co_await Step();
  if (box.waiters > 0) {
    co_await Step();
    ++box.tokens;
    box.event.WakeAll();
  }
}
struct Fixed2 {
  Mailbox box;
  void Start() {
    box.flag = box.waiters = box.tokens = 0;
    box.event.size = 0;
    explorer->Spawn(RegisterThenLook(box));
    explorer->Spawn(Notify(box));
  }
};

inline Coroutine Add(int& x, int times) {
  for (int i = 0; i < times; ++i) {
    co_await Step();
    ++x;
  }
}
template <int kTasks, int kTimes>
struct Increment {
  int x;
  void Start() {
    x = 0;
    for (int i = 0; i < kTasks; ++i) explorer->Spawn(Add(x, kTimes));
  }
};

// pool_fixed: 2 connections, 3 requests, 3 chunks.
struct Pool {
  static constexpr int kConnections = 2, kRequests = 3, kChunks = 3;
  int idle[kConnections], idle_size = 0, done = 0;
  Event freed;
  int asked[kConnections], wire[kConnections][2], wire_size[kConnections], owner[kConnections];
  bool paused[kConnections];
  Event asking[kConnections], arrived[kConnections], room[kConnections], resumed[kConnections];
  int buffer[kRequests][kChunks], buffer_size[kRequests];
  Event data[kRequests];

  void Start();
};
inline Coroutine Serve(Pool& pool, int c) {
  for (int n = 0; n < Pool::kRequests; ++n) {
    while (pool.asked[c] < 0) {
      if (pool.done == Pool::kRequests) co_return;
      co_await pool.asking[c].Wait();
    }
    pool.asked[c] = -1;
    for (int chunk = 1; chunk <= Pool::kChunks; ++chunk) {
      co_await Step();
      while (pool.wire_size[c] == 2) co_await pool.room[c].Wait();
      pool.wire[c][pool.wire_size[c]++] = chunk;
      pool.arrived[c].WakeAll();
    }
  }
}
inline Coroutine Read(Pool& pool, int c) {
  for (;;) {
    while (pool.wire_size[c] == 0 || pool.paused[c]) {
      if (pool.done == Pool::kRequests) co_return;
      if (pool.paused[c]) {
        co_await pool.resumed[c].Wait();
      } else {
        co_await pool.arrived[c].Wait();
      }
    }
    const int chunk = pool.wire[c][0];
    pool.wire[c][0] = pool.wire[c][1];
    --pool.wire_size[c];
    pool.room[c].WakeAll();
    co_await Step();
    const int request = pool.owner[c];
    pool.buffer[request][pool.buffer_size[request]++] = chunk;
    pool.data[request].WakeAll();
    co_await Step();
    if (pool.buffer_size[request] >= 1) pool.paused[c] = true;
    co_await Step();
    if (chunk == Pool::kChunks) {
      pool.paused[c] = false;
      pool.owner[c] = -1;
      pool.idle[pool.idle_size++] = c;
      pool.freed.WakeOne();
    }
  }
}
inline Coroutine Get(Pool& pool, int i) {
  co_await Step();
  while (pool.idle_size == 0) co_await pool.freed.Wait();
  const int c = pool.idle[--pool.idle_size];
  pool.owner[c] = i;
  co_await Step();
  pool.asked[c] = i;
  pool.asking[c].WakeAll();
  for (;;) {
    co_await Step();
    while (pool.buffer_size[i] == 0) co_await pool.data[i].Wait();
    const int chunk = pool.buffer[i][0];
    for (int j = 1; j < pool.buffer_size[i]; ++j) pool.buffer[i][j - 1] = pool.buffer[i][j];
    --pool.buffer_size[i];
    co_await Step();
    if (pool.owner[c] == i && pool.paused[c]) {
      pool.paused[c] = false;
      pool.resumed[c].WakeAll();
    }
    if (chunk == Pool::kChunks) break;
  }
  if (++pool.done < Pool::kRequests) co_return;
  for (int j = 0; j < Pool::kConnections; ++j) {
    pool.asking[j].WakeAll();
    pool.arrived[j].WakeAll();
    pool.paused[j] = false;
    pool.resumed[j].WakeAll();
  }
}
inline void Pool::Start() {
  idle_size = done = 0;
  freed.size = 0;
  for (int c = 0; c < kConnections; ++c) {
    idle[idle_size++] = c;
    asked[c] = owner[c] = -1;
    asking[c].size = arrived[c].size = room[c].size = resumed[c].size = 0;
    wire_size[c] = 0;
    paused[c] = false;
  }
  for (int i = 0; i < kRequests; ++i) {
    buffer_size[i] = 0;
    data[i].size = 0;
  }
  for (int c = 0; c < kConnections; ++c) {
    explorer->Spawn(Serve(*this, c));
    explorer->Spawn(Read(*this, c));
  }
  for (int i = 0; i < kRequests; ++i) explorer->Spawn(Get(*this, i));
}

}  // namespace sim::floor

#endif  // SIM_TOYS_FLOOR_EXPLORER_H_
