#include "client/http/url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace client {
namespace {

ClientError BadUrl(size_t offset, absl::string_view why) {
  return ClientError(ErrorKind::kUsage, absl::StrCat("bad URL, at offset ", offset, ": ", why));
}

bool IsHexDigit(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }
bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// RFC 3986 section 3.2.2: reg-name is unreserved, sub-delims and percent-encoded; every IPv4 address is one, too.
bool IsNameChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("-._~!$&'()*+,;=%").find(c) != absl::string_view::npos;
}

absl::optional<ClientError> CheckCharacters(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') return BadUrl(i, "a space; write %20");
    if (c == 0x7f || (c >= 0 && c < ' ')) return BadUrl(i, "a control character");
    if (c < 0) return BadUrl(i, "not ASCII; percent-encode it");
  }
  return absl::nullopt;
}

// The length of the host at the start of `authority`, brackets included.
Result<size_t> ParseHost(absl::string_view authority, size_t offset) {
  if (authority.empty() || authority.front() != '[') {
    size_t size = 0;
    while (size < authority.size() && authority[size] != ':') {
      if (!IsNameChar(authority[size])) return BadUrl(offset + size, "not a character of a host");
      ++size;
    }
    if (size == 0) return BadUrl(offset, "empty host");
    return size;
  }
  const size_t close = authority.find(']');
  if (close == absl::string_view::npos) return BadUrl(offset, "'[' without ']'");
  size_t colons = 0;
  for (size_t i = 1; i < close; ++i) {
    const char c = authority[i];
    if (!IsHexDigit(c) && c != ':' && c != '.') return BadUrl(offset + i, "not a character of an IPv6 address");
    colons += c == ':';
  }
  if (colons < 2) return BadUrl(offset + 1, "not an IPv6 address");
  return close + 1;
}

Result<uint16_t> ParsePort(absl::string_view digits, size_t offset, uint16_t otherwise) {
  if (digits.empty()) return otherwise;  // RFC 3986 section 3.2.3: "http://a.test:/" names none
  uint32_t port = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (!IsDigit(digits[i])) return BadUrl(offset + i, "not a digit of a port");
    port = port * 10 + static_cast<uint32_t>(digits[i] - '0');
    if (port > 65535) return BadUrl(offset, "port above 65535");
  }
  if (port == 0) return BadUrl(offset, "port 0");
  return static_cast<uint16_t>(port);
}

bool HasScheme(absl::string_view reference) {
  const absl::string_view first = reference.substr(0, reference.find_first_of(":/?#"));
  return !first.empty() && first.size() < reference.size() && reference[first.size()] == ':';
}

// RFC 3986 section 5.2.4, for a path that begins with a slash.
std::string RemoveDotSegments(absl::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t size = std::min(path.find('/', 1), path.size());
    const absl::string_view segment = path.substr(0, size);
    path.remove_prefix(size);
    if (segment == "/..") out.erase(out.empty() ? 0 : out.rfind('/'));
    const bool dots = segment == "/." || segment == "/..";
    if (!dots) out.append(segment.data(), segment.size());
    if (dots && path.empty()) out.push_back('/');
  }
  return out;
}

}  // namespace

std::string Url::ToString() const { return absl::StrCat(scheme(), "://", authority, target); }

Result<Url> ParseUrl(absl::string_view text) {
  if (absl::optional<ClientError> error = CheckCharacters(text)) return *error;
  Url url;
  size_t start = 0;
  if (absl::StartsWithIgnoreCase(text, "http://")) {
    start = 7;
  } else if (absl::StartsWithIgnoreCase(text, "https://")) {
    start = 8;
    url.https = true;
  } else {
    return BadUrl(0, "neither http:// nor https://");
  }
  const uint16_t default_port = url.https ? 443 : 80;

  const size_t authority_size = text.substr(start).find_first_of("/?#");
  const absl::string_view authority = text.substr(start, authority_size);
  const absl::string_view rest = text.substr(start + authority.size());
  const size_t at = authority.rfind('@');
  if (at != absl::string_view::npos) return BadUrl(start + at, "user information; send credentials in a header");

  const Result<size_t> host_size = ParseHost(authority, start);
  if (!host_size.ok()) return host_size.error();
  const absl::string_view host = authority.substr(0, *host_size);
  absl::string_view port = authority.substr(*host_size);
  if (!port.empty() && port.front() != ':') return BadUrl(start + *host_size, "neither a port nor a path");
  if (!port.empty()) port.remove_prefix(1);
  const Result<uint16_t> number = ParsePort(port, start + *host_size + 1, default_port);
  if (!number.ok()) return number.error();

  url.port = *number;
  url.authority = absl::AsciiStrToLower(host);
  url.host = host.front() == '[' ? url.authority.substr(1, url.authority.size() - 2) : url.authority;
  if (url.port != default_port) absl::StrAppend(&url.authority, ":", url.port);
  const absl::string_view target = rest.substr(0, rest.find('#'));
  if (target.empty() || target.front() != '/') url.target = "/";
  url.target.append(target.data(), target.size());
  return url;
}

Result<Url> ResolveUrl(const Url& base, absl::string_view reference) {
  if (HasScheme(reference)) return ParseUrl(reference);
  if (absl::StartsWith(reference, "//")) return ParseUrl(absl::StrCat(base.scheme(), ":", reference));
  reference = reference.substr(0, reference.find('#'));
  const absl::string_view base_path = absl::string_view(base.target).substr(0, base.target.find('?'));
  const absl::string_view path = reference.substr(0, reference.find('?'));
  const absl::string_view query = reference.substr(path.size());
  std::string target;
  if (reference.empty()) {
    target = base.target;
  } else if (path.empty()) {
    target = absl::StrCat(base_path, query);
  } else if (path.front() == '/') {
    target = absl::StrCat(RemoveDotSegments(path), query);
  } else {
    const absl::string_view folder = base_path.substr(0, base_path.rfind('/') + 1);
    target = absl::StrCat(RemoveDotSegments(absl::StrCat(folder, path)), query);
  }
  return ParseUrl(absl::StrCat(base.scheme(), "://", base.authority, target));
}

}  // namespace client
