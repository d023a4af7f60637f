// A signal of the process as a source of the loop: safe to do anything in, unlike a signal handler.
//
//   UvSignal interrupt(loop, SIGINT, name, [](void* loop) { static_cast<UvLoop*>(loop)->Stop(); }, &loop);
#ifndef CLIENT_NET_UV_SIGNAL_H_
#define CLIENT_NET_UV_SIGNAL_H_

#include <uv.h>

#include "client/net/event_loop.h"
#include "client/net/uv_reactor.h"

namespace client {

// While it lives, the signal is caught. Signals that come before the step of an earlier one are one step.
class UvSignal {
 public:
  // `function` may destroy this.
  UvSignal(UvReactor& reactor, int number, Name name, Runnable::Function function, void* argument);
  UvSignal(const UvSignal&) = delete;
  UvSignal& operator=(const UvSignal&) = delete;
  ~UvSignal();

 private:
  uv_signal_t* handle_;  // frees itself once libuv has closed it
  Source source_;
  Runnable caught_;
};

}  // namespace client

#endif  // CLIENT_NET_UV_SIGNAL_H_
