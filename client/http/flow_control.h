// What a payload may ask of the connection that feeds it.
#ifndef CLIENT_HTTP_FLOW_CONTROL_H_
#define CLIENT_HTTP_FLOW_CONTROL_H_

#include "client/base/intrusive_list.h"

namespace client {

struct FlowTag;

// Called synchronously; both are idempotent, and neither may call the payload back.
class FlowControl {
 public:
  class Link;

  FlowControl() = default;
  FlowControl(const FlowControl&) = delete;
  FlowControl& operator=(const FlowControl&) = delete;
  virtual ~FlowControl() = default;
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;

 private:
  IntrusiveList<Link, FlowTag> links_;
};

// A payload's hold on its connection. The two may go in any order: once the connection has gone there is none.
class FlowControl::Link : private ListNode<FlowTag> {
 public:
  explicit Link(FlowControl& flow) : flow_(flow) { flow.links_.PushBack(*this); }
  FlowControl* get() const { return linked() ? &flow_ : nullptr; }
  void Reset() { Unlink(); }  // idempotent

 private:
  friend class IntrusiveList<Link, FlowTag>;
  FlowControl& flow_;
};

}  // namespace client

#endif  // CLIENT_HTTP_FLOW_CONTROL_H_
