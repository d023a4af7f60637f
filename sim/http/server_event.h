// What a scripted server or a proxy did, in the trace: `a` of TraceKind::kServer.
#ifndef SIM_HTTP_SERVER_EVENT_H_
#define SIM_HTTP_SERVER_EVENT_H_

#include <cstdint>

namespace sim {

enum class ServerEvent : uint8_t {
  kRequestHead = 1,
  kRequestComplete,
  kResponseBegan,
  kResponseComplete,
  kSilent,
  kClosedEarly,
  kClosedIdle,
  kMalformed,
  kUpgraded,
  kMessageBegan,
  kMessageArrived,
  kCloseSent,
  kCloseArrived,
  kHungUp,
  kTunnelOpened,
};

}  // namespace sim

#endif  // SIM_HTTP_SERVER_EVENT_H_
