#include "client/net/uv_reactor.h"

#include <signal.h>

#include <algorithm>

#include "client/base/check.h"

namespace client {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

void IgnoreSigpipe() {
  struct sigaction current;
  CHECK_EQ(sigaction(SIGPIPE, nullptr, &current), 0);
  if ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL) return;
  current.sa_handler = SIG_IGN;
  CHECK_EQ(sigaction(SIGPIPE, &current, nullptr), 0);
}

}  // namespace

UvReactor::UvReactor(EventLoop& events) : events_(events) {
  IgnoreSigpipe();
  CHECK_EQ(uv_loop_init(&loop_), 0);
  CHECK_EQ(uv_timer_init(&loop_, &wakeup_), 0);
}

UvReactor::~UvReactor() {
  uv_close(reinterpret_cast<uv_handle_t*>(&wakeup_), nullptr);
  uv_walk(&loop_, [](uv_handle_t* handle, void*) { CHECK(uv_is_closing(handle)); }, nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  CHECK_EQ(uv_loop_close(&loop_), 0);
}

bool UvReactor::PollUntil(int64_t deadline_ns) {
  if (deadline_ns <= static_cast<int64_t>(uv_hrtime())) {
    Poll();
    return true;
  }
  ArmWakeup(deadline_ns);
  const bool something = uv_loop_alive(&loop_) != 0;
  uv_run(&loop_, UV_RUN_ONCE);
  return something;
}

void UvReactor::ArmWakeup(int64_t deadline_ns) {
  if (deadline_ns == kNever) {
    if (wakeup_ms_ != 0) uv_timer_stop(&wakeup_);
    wakeup_ms_ = 0;
    return;
  }
  const int64_t due_ms = deadline_ns / kNsPerMs + (deadline_ns % kNsPerMs != 0 ? 1 : 0);
  if (due_ms == wakeup_ms_ && uv_is_active(reinterpret_cast<uv_handle_t*>(&wakeup_))) return;
  wakeup_ms_ = due_ms;
  // libuv adds the time of its last turn, which may be long ago; what comes out is due_ms.
  const int64_t wait_ms = std::max<int64_t>(due_ms - static_cast<int64_t>(uv_now(&loop_)), 0);
  // If it is due before libuv comes to ask the kernel, then nothing would end the waiting: uv_stop() makes it a look.
  const uv_timer_cb due = [](uv_timer_t* wakeup) { uv_stop(wakeup->loop); };
  CHECK_EQ(uv_timer_start(&wakeup_, due, static_cast<uint64_t>(wait_ms), 0), 0);
}

}  // namespace client
