// Where the one task that owns something waits for callbacks to change it.
#ifndef CLIENT_ASYNC_SIGNAL_H_
#define CLIENT_ASYNC_SIGNAL_H_

#include "client/async/waiter.h"
#include "client/base/check.h"

namespace client {

// Wake() says "look again", and is forgotten if nobody waits: so the waiter looks first, and in a loop.
//
//   while (!head_arrived_ && !error_) co_await signal_.Wait(WaitReason{"the head of", name_});
//
// One waiter at a time, which is CHECKed. The signal may outlive the task, and the task the signal.
class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() {
    if (awaiter_ != nullptr) awaiter_->signal_ = nullptr;
  }

  void Wake() {
    if (awaiter_ != nullptr && awaiter_->waiter_.waiting()) awaiter_->waiter_.Wake();
  }
  bool has_waiter() const { return awaiter_ != nullptr && awaiter_->waiter_.waiting(); }

  // Cancel safety: nothing is consumed.
  class [[nodiscard]] Awaiter {
   public:
    Awaiter(Signal& signal, WaitReason reason) : signal_(&signal), waiter_(reason) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() {
      if (signal_ != nullptr && signal_->awaiter_ == this) signal_->awaiter_ = nullptr;
    }
    bool await_ready() const { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
      CHECK(signal_->awaiter_ == nullptr);
      signal_->awaiter_ = this;
      waiter_.Suspend(handle, at);
    }
    void await_resume() const {}

   private:
    friend class Signal;
    Signal* signal_;
    Waiter waiter_;
  };
  Awaiter Wait(WaitReason reason) { return Awaiter(*this, reason); }

 private:
  Awaiter* awaiter_ = nullptr;
};

}  // namespace client

#endif  // CLIENT_ASYNC_SIGNAL_H_
