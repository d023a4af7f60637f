// HTTP proxies (RFC 9110 section 3.7): which one a request goes through, from an option or from the environment.
//
//   Result<ProxySettings> proxies = ProxySettings::FromEnvironment(getenv);
//   const Proxy* proxy = proxies->For(url);   // null: none
//
//   1. A proxy is "http://user:password@proxy.test:3128", "https://..." (TLS to the proxy itself), or without a scheme,
//      which means http. Without a port it is curl's 1080, or 443. User and password are percent-decoded, and sent as
//      Basic credentials (RFC 7617). Anything else (socks) is ErrorKind::kUsage.
//   2. From the environment, as curl reads it: http_proxy (never HTTP_PROXY: RFC 3875 lets any client of a CGI program
//      set that), https_proxy, all_proxy and no_proxy, or the other three in upper case. What is empty is not set.
//   3. no_proxy is "*", or names and addresses behind commas or blanks. A name is meant with all that is below it, with
//      or without a leading dot; an address exactly, or with all that have its first n bits: "10.0.0.0/8".
#ifndef CLIENT_HTTP_PROXY_H_
#define CLIENT_HTTP_PROXY_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/base/error.h"
#include "client/http/url.h"

namespace client {

struct Proxy {
  bool https = false;
  std::string host;  // empty: there is none
  uint16_t port = 0;
  std::string authorization;  // the value of Proxy-Authorization; empty: none is sent

  explicit operator bool() const { return !host.empty(); }
  std::string DebugString() const;  // "http://proxy.test:3128"; never the credentials

  friend bool operator==(const Proxy&, const Proxy&) = default;
  friend bool operator<(const Proxy& a, const Proxy& b);
};

Result<Proxy> ParseProxy(absl::string_view text);

// Whether `list` says that there is no proxy for `host`, which is as in Url::host.
bool IsInNoProxy(absl::string_view list, absl::string_view host);

class ProxySettings {
 public:
  ProxySettings() = default;  // no proxies

  // The same one for every host that `no_proxy` does not name.
  static Result<ProxySettings> Everywhere(absl::string_view proxy, absl::string_view no_proxy);
  // `get` gives the value of a variable, or null.
  static Result<ProxySettings> FromEnvironment(const std::function<const char*(const char* variable)>& get);

  const Proxy* For(const Url& url) const;

 private:
  absl::optional<Proxy> http_;
  absl::optional<Proxy> https_;
  std::string no_proxy_;
};

}  // namespace client

#endif  // CLIENT_HTTP_PROXY_H_
