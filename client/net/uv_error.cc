#include "client/net/uv_error.h"

#include <uv.h>

#include "absl/strings/str_cat.h"

namespace client {

std::string UvErrorText(int code) {
  switch (code) {
    // A reset that comes after the peer's FIN is EPIPE to Linux.
    case UV_ECONNRESET:
    case UV_EPIPE: return "connection reset by peer";
    case UV_ECONNREFUSED: return "connection refused";
    case UV_EAI_NONAME:
    case UV_EAI_NODATA:
    case UV_EAI_ADDRFAMILY: return "no such host";
    case UV_EAI_AGAIN: return "the name server does not answer";
    default: return uv_strerror(code);
  }
}

ClientError UvLookupError(absl::string_view host, int code) {
  return ClientError(ErrorKind::kDns, absl::StrCat(host, ": ", UvErrorText(code)));
}

ClientError UvConnectError(const Address& address, int code, Name connection) {
  return ClientError(ErrorKind::kConnect, absl::StrCat(AddressText(address), ": ", UvErrorText(code))).On(connection);
}

ClientError UvLossError(int code, Name connection) {
  return ClientError(ErrorKind::kDisconnected, UvErrorText(code)).On(connection);
}

}  // namespace client
