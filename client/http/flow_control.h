// What a payload may ask of the connection that feeds it.
#ifndef CLIENT_HTTP_FLOW_CONTROL_H_
#define CLIENT_HTTP_FLOW_CONTROL_H_

namespace client {

// Called synchronously; both are idempotent, and neither may call the payload back.
class FlowControl {
 public:
  virtual ~FlowControl() = default;
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;
};

}  // namespace client

#endif  // CLIENT_HTTP_FLOW_CONTROL_H_
