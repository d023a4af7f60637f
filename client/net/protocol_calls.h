// The calls of a protocol by its transport, which may be destroyed in each of them. For who implements Transport.
//
//   if (!calls_.DataReceived(std::move(bytes))) return;  // the transport, and this object in it, are gone
//   PostIfDue();
//
//   1. The transport contains this object, whose end tells all calls on the stack that it is gone. They return false;
//      who is told so touches nothing of the transport any more.
//   2. A protocol is never called from inside a call of itself: PauseWriting() waits until the running one has
//      returned.
//   3. Nothing is allocated: all that is remembered of a call lies on the stack.
#ifndef CLIENT_NET_PROTOCOL_CALLS_H_
#define CLIENT_NET_PROTOCOL_CALLS_H_

#include <utility>

#include "client/base/error.h"
#include "client/base/slice.h"
#include "client/net/transport.h"

namespace client {

class ProtocolCalls {
 public:
  ProtocolCalls() = default;
  ProtocolCalls(const ProtocolCalls&) = delete;
  ProtocolCalls& operator=(const ProtocolCalls&) = delete;
  ~ProtocolCalls() {
    if (destroyed_ != nullptr) *destroyed_ = true;
  }

  void set_protocol(Protocol* protocol) { protocol_ = protocol; }  // not owned; may be null
  Protocol* protocol() const { return protocol_; }

  // These require a protocol, and that none of them is running.
  bool DataReceived(Slice bytes) {
    return Call([&bytes](Protocol& protocol) { protocol.DataReceived(std::move(bytes)); });
  }
  bool EofReceived() {
    return Call([](Protocol& protocol) { protocol.EofReceived(); });
  }
  bool ConnectionLost(Result<void> error) {
    return Call([&error](Protocol& protocol) { protocol.ConnectionLost(std::move(error)); });
  }
  bool ResumeWriting() {
    return Call([](Protocol& protocol) { protocol.ResumeWriting(); });
  }

  // At any time, as Write() may be. Where another call is running, it is due then, and runs when that has returned.
  bool PauseWriting() {
    if (protocol_ == nullptr) return true;
    if (!running_) return Call([](Protocol& protocol) { protocol.PauseWriting(); });
    pause_due_ = true;
    return true;
  }
  bool pause_due() const { return pause_due_; }

  // Does `work`, in which the transport may be destroyed: false if it was. Nests, in itself and in the calls.
  template <class Work>
  bool Survives(Work work) {
    bool destroyed = false;
    bool* const outer = std::exchange(destroyed_, &destroyed);
    work();
    if (destroyed) {
      if (outer != nullptr) *outer = true;
      return false;
    }
    destroyed_ = outer;
    return true;
  }

 private:
  template <class Function>
  bool Call(Function function) {
    running_ = true;
    if (!Survives([this, &function] { function(*protocol_); })) return false;
    while (pause_due_) {
      pause_due_ = false;
      if (protocol_ != nullptr && !Survives([this] { protocol_->PauseWriting(); })) return false;
    }
    running_ = false;
    return true;
  }

  Protocol* protocol_ = nullptr;
  bool* destroyed_ = nullptr;  // of the innermost Survives() on the stack
  bool running_ = false;
  bool pause_due_ = false;
};

}  // namespace client

#endif  // CLIENT_NET_PROTOCOL_CALLS_H_
