// How a request says which one it is: the name that the client has for it travels in a header field, so that laws can
// tell whose bytes a server saw and whose bytes a response holds.
#ifndef SIM_HTTP_REQUEST_ID_H_
#define SIM_HTTP_REQUEST_ID_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/base/name.h"

namespace sim {

inline constexpr char kRequestHeader[] = "x-wavetank-request";

// 16 lower-case hexadecimal digits.
std::string FormatRequestId(client::Name request);

// "a.test:8080" of "http://a.test:8080/path". A request with credentials says so for whom they are, as Authorization.
std::string AuthorityOf(absl::string_view url);

// False if `text` is no such thing.
bool ParseRequestId(absl::string_view text, client::Name* request);

}  // namespace sim

#endif  // SIM_HTTP_REQUEST_ID_H_
