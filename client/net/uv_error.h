// What libuv's error codes are called here: in the words of the simulated network, where it has them.
#ifndef CLIENT_NET_UV_ERROR_H_
#define CLIENT_NET_UV_ERROR_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/net/network.h"

namespace client {

// `code` is one of libuv's, negative: "connection reset by peer".
std::string UvErrorText(int code);

ClientError UvLookupError(absl::string_view host, int code);
ClientError UvConnectError(const Address& address, int code, Name connection);
ClientError UvLossError(int code, Name connection);

}  // namespace client

#endif  // CLIENT_NET_UV_ERROR_H_
