// What travels through a WebSocket.
#ifndef CLIENT_WEBSOCKET_MESSAGE_H_
#define CLIENT_WEBSOCKET_MESSAGE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "client/base/slice.h"

namespace client {

enum class WebSocketRole : uint8_t { kClient, kServer };

enum class MessageType : uint8_t { kText, kBinary, kPing, kPong };

struct WebSocketMessage {
  MessageType type = MessageType::kText;
  Slice data;  // kText: valid UTF-8

  absl::string_view text() const { return data.view(); }
};

// RFC 6455 section 7.4.1. Codes from 3000 on are the application's.
enum CloseCode : uint16_t {
  kCloseNormal = 1000,
  kCloseGoingAway = 1001,
  kCloseProtocolError = 1002,
  kCloseUnsupportedData = 1003,
  kCloseNoStatus = 1005,  // never sent: the peer's Close said nothing
  kCloseAbnormal = 1006,  // never sent: the connection ended without a Close
  kCloseInvalidData = 1007,
  kClosePolicyViolation = 1008,
  kCloseMessageTooBig = 1009,
  kCloseInternalError = 1011,
};

// Whether a Close frame may carry `code`.
constexpr bool IsSendableCloseCode(uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace client

#endif  // CLIENT_WEBSOCKET_MESSAGE_H_
