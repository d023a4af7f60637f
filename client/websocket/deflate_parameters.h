// How two ends of a WebSocket agree on compressing messages (RFC 7692 section 7.1): the extension permessage-deflate in
// Sec-WebSocket-Extensions. No I/O, and both roles.
//
//   1. The client offers once; the server takes the first offer that it understands, or none.
//   2. An answer is checked to the letter: an extension or a parameter that was not offered, is unknown, comes twice,
//      or has a wrong value fails the handshake; so does one that leaves out what the offer demanded of the server.
//   3. What the client says of its own compressor is a promise, kept also where the server does not repeat it.
#ifndef CLIENT_WEBSOCKET_DEFLATE_PARAMETERS_H_
#define CLIENT_WEBSOCKET_DEFLATE_PARAMETERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/base/error.h"
#include "client/http/headers.h"

namespace client {

constexpr absl::string_view kWebSocketExtensions = "Sec-WebSocket-Extensions";

// The names are the RFC's. As an offer: what we wish at most. Agreed upon: what holds.
struct DeflateParameters {
  static constexpr int kWindowBitsMin = 8;
  static constexpr int kWindowBitsMax = 15;

  int client_max_window_bits = kWindowBitsMax;  // the client compresses with a window of 2 to the power of this
  int server_max_window_bits = kWindowBitsMax;
  bool client_no_context_takeover = false;  // the client begins each message with an empty window
  bool server_no_context_takeover = false;

  // "permessage-deflate; server_max_window_bits=10"
  std::string DebugString() const;
};
bool operator==(const DeflateParameters& a, const DeflateParameters& b);

// Whether both windows are ones that can be asked for.
bool IsValid(const DeflateParameters& parameters);

// The value of the client's field. `wanted` must be valid.
std::string OfferDeflate(const DeflateParameters& wanted);

// What the server's answer to `offered` says: none if it does not compress. `offered` is none if nothing was offered.
// An error, of kind kProtocol, is a bare reason: "too large a server_max_window_bits".
Result<absl::optional<DeflateParameters>> CheckDeflateAnswer(const absl::optional<DeflateParameters>& offered,
                                                             const Headers& answer);

// The server's side: what is agreed, and the value of its field.
struct AcceptedDeflate {
  DeflateParameters agreed;
  std::string answer;
};
// The first acceptable offer of `request`, within `limits`, which must be valid; none if there is none. A client that
// does not say that it can limit its window is not asked to.
absl::optional<AcceptedDeflate> AcceptDeflate(const Headers& request, const DeflateParameters& limits);

}  // namespace client

#endif  // CLIENT_WEBSOCKET_DEFLATE_PARAMETERS_H_
