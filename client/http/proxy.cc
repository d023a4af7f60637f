#include "client/http/proxy.h"

#include <arpa/inet.h>

#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace client {
namespace {

constexpr uint16_t kPlainPort = 1080;
constexpr uint16_t kTlsPort = 443;

// RFC 3986 section 2.1. False if `text` is not percent-encoded rightly.
bool Decode(absl::string_view text, std::string* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out->push_back(text[i]);
      continue;
    }
    const absl::string_view digits = text.substr(i + 1, 2);
    const auto is_digit = [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); };
    if (digits.size() < 2 || !is_digit(digits[0]) || !is_digit(digits[1])) return false;
    out->append(absl::HexStringToBytes(digits));
    i += 2;
  }
  return true;
}

ClientError BadProxy(absl::string_view why) {
  return ClientError(ErrorKind::kUsage, absl::StrCat("bad proxy: ", why));  // what was given may hold a password
}

// 4 or 16 bytes; empty if it is no address.
std::string AddressBytes(absl::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  char bytes[16];
  const std::string terminated(text);
  if (inet_pton(AF_INET, terminated.c_str(), bytes) == 1) return std::string(bytes, 4);
  if (inet_pton(AF_INET6, terminated.c_str(), bytes) == 1) return std::string(bytes, 16);
  return "";
}

bool SameBits(absl::string_view a, absl::string_view b, size_t bits) {
  for (size_t i = 0; i < bits; ++i) {
    if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0) return false;
  }
  return true;
}

bool AddressMatches(absl::string_view pattern, absl::string_view address) {
  const size_t slash = pattern.find('/');
  const std::string network = AddressBytes(pattern.substr(0, slash));
  if (network.size() != address.size()) return false;
  uint32_t bits = static_cast<uint32_t>(network.size() * 8);
  if (slash != absl::string_view::npos) {
    uint32_t given = 0;
    if (!absl::SimpleAtoi(pattern.substr(slash + 1), &given) || given > bits) return false;
    bits = given;
  }
  return SameBits(network, address, bits);
}

bool NameMatches(absl::string_view pattern, absl::string_view name) {
  if (!pattern.empty() && pattern.back() == '.') pattern.remove_suffix(1);
  if (!pattern.empty() && pattern.front() == '.') pattern.remove_prefix(1);
  if (pattern.empty() || !absl::EndsWithIgnoreCase(name, pattern)) return false;
  return name.size() == pattern.size() || name[name.size() - pattern.size() - 1] == '.';
}

}  // namespace

bool operator<(const Proxy& a, const Proxy& b) {
  return std::tie(a.host, a.port, a.https, a.authorization) < std::tie(b.host, b.port, b.https, b.authorization);
}

std::string Proxy::DebugString() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return absl::StrCat(https ? "https://" : "http://", bracketed ? "[" : "", host, bracketed ? "]" : "", ":", port);
}

Result<Proxy> ParseProxy(absl::string_view text) {
  Proxy proxy;
  const size_t scheme = text.find("://");
  if (scheme != absl::string_view::npos) {
    const std::string name = absl::AsciiStrToLower(text.substr(0, scheme));
    if (name != "http" && name != "https") return BadProxy(absl::StrCat(name, ":// is neither http:// nor https://"));
    proxy.https = name == "https";
    text.remove_prefix(scheme + 3);
  }
  text = text.substr(0, text.find_first_of("/?#"));
  const size_t at = text.rfind('@');
  if (at != absl::string_view::npos) {
    const absl::string_view user_info = text.substr(0, at);
    const size_t colon = user_info.find(':');
    std::string credentials;
    bool decoded = Decode(user_info.substr(0, colon), &credentials);
    credentials.push_back(':');
    if (colon != absl::string_view::npos) decoded = decoded && Decode(user_info.substr(colon + 1), &credentials);
    if (!decoded) return BadProxy("user and password must be percent-encoded");
    proxy.authorization = absl::StrCat("Basic ", absl::Base64Escape(credentials));
    text.remove_prefix(at + 1);
  }
  const Result<Url> url = ParseUrl(absl::StrCat(proxy.https ? "https://" : "http://", text));
  if (!url.ok()) return BadProxy(url.error().message());
  const size_t bracket = text.find(']');
  const size_t colon = text.find(':', bracket == absl::string_view::npos ? 0 : bracket);
  const bool has_port = colon != absl::string_view::npos && colon + 1 < text.size();
  proxy.host = url->host;
  proxy.port = has_port ? url->port : proxy.https ? kTlsPort : kPlainPort;
  return proxy;
}

bool IsInNoProxy(absl::string_view list, absl::string_view host) {
  if (list == "*") return true;
  const std::string address = AddressBytes(host);
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  for (const absl::string_view pattern : absl::StrSplit(list, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    if (address.empty() ? NameMatches(pattern, host) : AddressMatches(pattern, address)) return true;
  }
  return false;
}

Result<ProxySettings> ProxySettings::Everywhere(absl::string_view proxy, absl::string_view no_proxy) {
  const Result<Proxy> parsed = ParseProxy(proxy);
  if (!parsed.ok()) return parsed.error();
  ProxySettings settings;
  settings.http_ = settings.https_ = *parsed;
  settings.no_proxy_ = std::string(no_proxy);
  return settings;
}

Result<ProxySettings> ProxySettings::FromEnvironment(const std::function<const char*(const char* variable)>& get) {
  const auto value = [&get](const char* variable, const char* other) {
    const char* found = get(variable);
    if ((found == nullptr || *found == '\0') && other != nullptr) found = get(other);
    return absl::string_view(found != nullptr ? found : "");
  };
  ProxySettings settings;
  const absl::string_view all = value("all_proxy", "ALL_PROXY");
  const auto read = [&all](absl::string_view own, absl::optional<Proxy>* proxy) {
    const absl::string_view text = own.empty() ? all : own;
    if (text.empty()) return Result<void>();
    const Result<Proxy> parsed = ParseProxy(text);
    if (!parsed.ok()) return Result<void>(parsed.error());
    *proxy = *parsed;
    return Result<void>();
  };
  const Result<void> http = read(value("http_proxy", nullptr), &settings.http_);
  if (!http.ok()) return http.error();
  const Result<void> https = read(value("https_proxy", "HTTPS_PROXY"), &settings.https_);
  if (!https.ok()) return https.error();
  settings.no_proxy_ = std::string(value("no_proxy", "NO_PROXY"));
  return settings;
}

const Proxy* ProxySettings::For(const Url& url) const {
  const absl::optional<Proxy>& proxy = url.https ? https_ : http_;
  if (!proxy.has_value() || IsInNoProxy(no_proxy_, url.host)) return nullptr;
  return &*proxy;
}

}  // namespace client
