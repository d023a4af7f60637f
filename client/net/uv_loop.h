// The event loop on libuv: real time, real sockets. It keeps the order of event_loop.h.
//
//   UvLoop loop;
//   UvNetwork network(loop);
//   SystemEntropy entropy;
//   ClientSession session({loop, network, entropy, observer}, options, Name());
//   SpawnedTask task(loop, name, Fetch(session));
//   loop.RunUntil([&] { return task.done(); });
//
//   1. A turn runs ready callbacks, one of each source in turn, the source that has been ready longest first: all that
//      are ready at its start, and of what becomes ready meanwhile as much as makes kStepsPerTurn. Then the kernel is
//      asked once. So neither sources nor sockets starve each other. Where nothing is ready, the kernel is to wait.
//   2. Callbacks of libuv never run anything of the client's: they post.
//   3. Deadlines are compared with the clock in nanoseconds; libuv's timer, which ticks in milliseconds, only ends the
//      waiting, and is rounded up. So a timer is never early, and up to about a millisecond late; for one that is due
//      already nobody waits.
//   4. Nothing is allocated per step, timer or chunk of bytes once warm.
//
// One thread, that of whoever runs it. SIGPIPE is ignored in the whole process from the first loop on, unless a handler
// was installed for it: libuv writes without MSG_NOSIGNAL.
#ifndef CLIENT_NET_UV_LOOP_H_
#define CLIENT_NET_UV_LOOP_H_

#include <uv.h>

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "client/net/event_loop.h"
#include "client/net/ready_list.h"
#include "client/net/timer_heap.h"
#include "client/net/uv_reactor.h"

namespace client {

class UvLoop : public EventLoop, public UvReactor {
 public:
  static constexpr uint32_t kStepsPerTurn = 64;

  UvLoop() : UvReactor(static_cast<EventLoop&>(*this)) {}
  UvLoop(const UvLoop&) = delete;
  UvLoop& operator=(const UvLoop&) = delete;
  // Sources and timers of this loop must be gone, and all that ~UvReactor() names.
  ~UvLoop() override;

  // Runs until `done`, which is asked before every step, or until Stop(). False if it was stopped, or if nothing can
  // ever happen any more: nothing is ready, and no timer, socket, lookup or signal is waited for.
  bool RunUntil(absl::FunctionRef<bool()> done);
  // ... until every task of the loop has ended, of which it keeps count: a step costs the same with ten thousand.
  bool Run();
  // The running step is the last one. Called between runs, it stops the next. From a signal: see UvSignal.
  void Stop() { stopped_ = true; }

  // EventLoop.
  absl::Time Now() const override { return absl::FromUnixNanos(static_cast<int64_t>(uv_hrtime())); }
  void Post(Source& source, Runnable& runnable) override;
  void Cancel(Runnable& runnable) override;
  void Arm(Timer& timer, absl::Time deadline) override;
  void Disarm(Timer& timer) override;

  uint64_t steps() const { return steps_; }        // callbacks run so far
  uint64_t turns() const { return turns_; }        // how often the kernel was asked
  size_t armed_timers() const { return timers_.size(); }

 private:
  void Forget(Source& source) override;
  void MakeDueReady();
  void Step();
  bool WaitOrPoll();  // false if there is nothing to wait for

  ReadyList ready_;
  TimerHeap timers_;
  bool stopped_ = false;
  uint64_t steps_ = 0;
  uint64_t turns_ = 0;
};

}  // namespace client

#endif  // CLIENT_NET_UV_LOOP_H_
