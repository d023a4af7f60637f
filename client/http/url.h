// Absolute http and https URLs (RFC 3986, RFC 9110 section 4.2).
//
//   Result<Url> url = ParseUrl("http://a.test:8080/search?q=1");
//   url->host == "a.test"   url->port == 8080   url->target == "/search?q=1"   url->authority == "a.test:8080"
//
//   1. The host may be a name, an IPv4 address or an IPv6 address in brackets, and is kept in lower case.
//   2. Percent-encoding is neither added, removed nor normalised; a fragment is cut off, since it is never sent.
//   3. User information is refused, not dropped: credentials belong into a header (RFC 9110 section 4.2.4).
//   4. Errors are ErrorKind::kUsage and say where: "bad URL, at offset 7: empty host".
#ifndef CLIENT_HTTP_URL_H_
#define CLIENT_HTTP_URL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/error.h"

namespace client {

struct Url {
  bool https = false;
  std::string host;       // without brackets: "a.test", "10.0.0.1", "::1"
  uint16_t port = 80;     // never 0; the scheme's own where the URL names none
  std::string target;     // path and query as they go into a request line, at least "/"
  std::string authority;  // as it goes into Host: brackets kept, port only where it is not the scheme's own

  absl::string_view scheme() const { return https ? "https" : "http"; }
  std::string ToString() const;  // "http://a.test/x"

  friend bool operator==(const Url&, const Url&) = default;
};

Result<Url> ParseUrl(absl::string_view text);

// What `reference`, absolute or not, means at `base` (RFC 3986 section 5.2): the target of a redirect.
Result<Url> ResolveUrl(const Url& base, absl::string_view reference);

}  // namespace client

#endif  // CLIENT_HTTP_URL_H_
