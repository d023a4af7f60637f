// Giving way: one suspension, one step, after which the same task is ready again.
#ifndef SIM_TOYS_YIELD_H_
#define SIM_TOYS_YIELD_H_

#include <coroutine>

#include "client/async/waiter.h"

namespace sim {

// Cancel safety: the turn is given up.
class Yield {
 public:
  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, client::Site at = client::Site::current()) {
    waiter_.Suspend(handle, at);
    waiter_.Wake();
  }
  void await_resume() const {}

 private:
  client::Waiter waiter_{client::WaitReason{"its turn", client::Name()}};
};

}  // namespace sim

#endif  // SIM_TOYS_YIELD_H_
