// One loop of libuv's, and the event loop to which everything that happens on it is posted.
//
// UvLoop is both. A simulated world that is tried on real sockets brings an event loop of its own, with its own clock:
//
//   UvReactor reactor(world.loop());
//   UvNetwork network(reactor);
//   ... where nothing is ready: reactor.PollUntil(deadline) ...
//
// SIGPIPE is ignored in the whole process from the first one on, unless a handler was installed for it: libuv writes
// without MSG_NOSIGNAL.
#ifndef CLIENT_NET_UV_REACTOR_H_
#define CLIENT_NET_UV_REACTOR_H_

#include <uv.h>

#include <cstdint>
#include <limits>

#include "client/net/event_loop.h"
#include "client/net/uv_read_buffers.h"

namespace client {

class UvReactor {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  // Not owned. Callbacks of libuv never run anything of the client's: they post to `events`.
  explicit UvReactor(EventLoop& events);
  UvReactor(const UvReactor&) = delete;
  UvReactor& operator=(const UvReactor&) = delete;
  // Transports, operations, listeners and signals must be gone. Waits for lookups that were cancelled while a thread of
  // libuv's was at work on them.
  ~UvReactor();

  // Takes in what has happened.
  void Poll() { uv_run(&loop_, UV_RUN_NOWAIT); }
  // ... and waits for something to happen, no longer than until `deadline_ns`, of uv_hrtime(): up to about a
  // millisecond longer, never shorter; not at all if that has passed. False if there was nothing to wait for.
  bool PollUntil(int64_t deadline_ns);

  // For uv_*.h.
  EventLoop& events() { return events_; }
  uv_loop_t* uv() { return &loop_; }
  UvReadBuffers& read_buffers() { return read_buffers_; }

 private:
  void ArmWakeup(int64_t deadline_ns);

  EventLoop& events_;
  uv_loop_t loop_;
  uv_timer_t wakeup_;
  int64_t wakeup_ms_ = 0;  // 0: not armed
  UvReadBuffers read_buffers_;
};

}  // namespace client

#endif  // CLIENT_NET_UV_REACTOR_H_
