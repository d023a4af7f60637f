#include "client/websocket/deflate_parameters.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client {
namespace {

constexpr absl::string_view kPermessageDeflate = "permessage-deflate";
constexpr int kWindowBitsMax = DeflateParameters::kWindowBitsMax;

struct Parameter {
  absl::string_view name;
  absl::optional<std::string> value;
};
struct Extension {
  absl::string_view name;
  std::vector<Parameter> parameters;
};

// Reads the grammar of RFC 6455 section 9.1, in which a quoted value must be a token once it is unquoted.
class ExtensionReader {
 public:
  explicit ExtensionReader(absl::string_view text) : rest_(text) {}

  // The next extension; none at the end, and after an error.
  absl::optional<Extension> Next() {
    // RFC 9110 section 5.6.1: empty elements of a list do not count.
    while (Skip(',')) {
    }
    if (rest_.empty()) return absl::nullopt;
    Extension extension;
    extension.name = Token();
    while (ok_ && Skip(';')) {
      Parameter parameter;
      parameter.name = Token();
      if (ok_ && Skip('=')) parameter.value = Value();
      extension.parameters.push_back(std::move(parameter));
    }
    SkipSpace();
    if (ok_ && (rest_.empty() || rest_.front() == ',')) return extension;
    ok_ = false;
    return absl::nullopt;
  }
  bool ok() const { return ok_; }

 private:
  void SkipSpace() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }
  bool Skip(char c) {
    SkipSpace();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    SkipSpace();
    return true;
  }
  absl::string_view Token() {
    size_t size = 0;
    while (size < rest_.size() && IsToken(rest_.substr(size, 1))) ++size;
    ok_ = ok_ && size > 0;
    const absl::string_view token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return token;
  }
  std::string Value() {
    if (rest_.empty() || rest_.front() != '"') return std::string(Token());
    rest_.remove_prefix(1);
    std::string value;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) break;
      value.push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    ok_ = ok_ && !rest_.empty() && IsToken(value);
    if (ok_) rest_.remove_prefix(1);
    return value;
  }

  absl::string_view rest_;
  bool ok_ = true;
};

// A list that is spread over several fields is one list.
std::string Joined(const Headers& headers) {
  std::string text;
  for (const absl::string_view value : headers.GetAll(kWebSocketExtensions)) absl::StrAppend(&text, value, ",");
  return text;
}

// What one end said, before it is compared with anything.
struct Stated {
  bool client_no_context_takeover = false;
  bool server_no_context_takeover = false;
  bool can_limit_client = false;  // client_max_window_bits was there
  absl::optional<int> client_max_window_bits;
  absl::optional<int> server_max_window_bits;
};

// 8 to 15, without a leading zero.
absl::optional<int> WindowBits(const absl::optional<std::string>& value) {
  for (int bits = DeflateParameters::kWindowBitsMin; value.has_value() && bits <= kWindowBitsMax; ++bits) {
    if (*value == absl::StrCat(bits)) return bits;
  }
  return absl::nullopt;
}

ClientError Bad(absl::string_view what, absl::string_view name) {
  return ClientError(ErrorKind::kProtocol, absl::StrCat(what, name));
}

Result<Stated> Read(const Extension& extension, bool is_offer) {
  Stated stated;
  for (const Parameter& parameter : extension.parameters) {
    const auto same = [&parameter](const Parameter& other) { return other.name == parameter.name; };
    if (std::count_if(extension.parameters.begin(), extension.parameters.end(), same) > 1) {
      return Bad("more than one ", parameter.name);
    }
    bool good = true;
    if (parameter.name == "client_no_context_takeover") {
      stated.client_no_context_takeover = true;
      good = !parameter.value.has_value();
    } else if (parameter.name == "server_no_context_takeover") {
      stated.server_no_context_takeover = true;
      good = !parameter.value.has_value();
    } else if (parameter.name == "client_max_window_bits") {
      stated.can_limit_client = true;
      stated.client_max_window_bits = WindowBits(parameter.value);
      good = stated.client_max_window_bits.has_value() || (is_offer && !parameter.value.has_value());
    } else if (parameter.name == "server_max_window_bits") {
      stated.server_max_window_bits = WindowBits(parameter.value);
      good = stated.server_max_window_bits.has_value();
    } else {
      return Bad("unknown parameter ", parameter.name);
    }
    if (!good) return Bad("bad value of ", parameter.name);
  }
  return stated;
}

bool IsWindow(int bits) {
  return bits >= DeflateParameters::kWindowBitsMin && bits <= DeflateParameters::kWindowBitsMax;
}

// `client_bits` even if it is the maximum.
std::string Text(const DeflateParameters& parameters, bool server_bits, absl::string_view client_bits) {
  std::string text(kPermessageDeflate);
  if (parameters.server_no_context_takeover) absl::StrAppend(&text, "; server_no_context_takeover");
  if (parameters.client_no_context_takeover) absl::StrAppend(&text, "; client_no_context_takeover");
  if (server_bits) absl::StrAppend(&text, "; server_max_window_bits=", parameters.server_max_window_bits);
  if (parameters.client_max_window_bits < kWindowBitsMax) {
    absl::StrAppend(&text, "; client_max_window_bits=", parameters.client_max_window_bits);
  } else {
    absl::StrAppend(&text, client_bits);
  }
  return text;
}

AcceptedDeflate Accept(const Stated& offer, const DeflateParameters& limits) {
  AcceptedDeflate accepted;
  DeflateParameters& agreed = accepted.agreed;
  agreed.client_no_context_takeover = offer.client_no_context_takeover || limits.client_no_context_takeover;
  agreed.server_no_context_takeover = offer.server_no_context_takeover || limits.server_no_context_takeover;
  agreed.server_max_window_bits = std::min(offer.server_max_window_bits.value_or(kWindowBitsMax),
                                           limits.server_max_window_bits);
  if (offer.can_limit_client) {
    agreed.client_max_window_bits = std::min(offer.client_max_window_bits.value_or(kWindowBitsMax),
                                             limits.client_max_window_bits);
  }
  const bool server_bits = offer.server_max_window_bits.has_value() || agreed.server_max_window_bits < kWindowBitsMax;
  accepted.answer = Text(agreed, server_bits, "");
  return accepted;
}

}  // namespace

std::string DeflateParameters::DebugString() const { return Text(*this, server_max_window_bits < kWindowBitsMax, ""); }

bool operator==(const DeflateParameters& a, const DeflateParameters& b) {
  return a.client_max_window_bits == b.client_max_window_bits &&
         a.server_max_window_bits == b.server_max_window_bits &&
         a.client_no_context_takeover == b.client_no_context_takeover &&
         a.server_no_context_takeover == b.server_no_context_takeover;
}

bool IsValid(const DeflateParameters& parameters) {
  return IsWindow(parameters.client_max_window_bits) && IsWindow(parameters.server_max_window_bits);
}

std::string OfferDeflate(const DeflateParameters& wanted) {
  CHECK(IsValid(wanted));
  return Text(wanted, wanted.server_max_window_bits < kWindowBitsMax, "; client_max_window_bits");
}

Result<absl::optional<DeflateParameters>> CheckDeflateAnswer(const absl::optional<DeflateParameters>& offered,
                                                             const Headers& answer) {
  if (!answer.Has(kWebSocketExtensions)) return absl::optional<DeflateParameters>();
  const std::string text = Joined(answer);
  ExtensionReader reader(text);
  const absl::optional<Extension> extension = reader.Next();
  const absl::optional<Extension> second = extension.has_value() ? reader.Next() : absl::nullopt;
  if (!reader.ok()) return Bad("a malformed ", kWebSocketExtensions);
  if (!extension.has_value()) return absl::optional<DeflateParameters>();
  const bool known = offered.has_value() && extension->name == kPermessageDeflate;
  if (!known) return Bad("an extension that was not offered", "");
  if (second.has_value()) return Bad("more than one extension", "");
  const Result<Stated> stated = Read(*extension, false);
  if (!stated.ok()) return stated.error();
  DeflateParameters agreed = *offered;
  if (offered->server_no_context_takeover && !stated->server_no_context_takeover) {
    return Bad("no ", "server_no_context_takeover");
  }
  agreed.server_no_context_takeover = stated->server_no_context_takeover;
  if (stated->client_no_context_takeover) agreed.client_no_context_takeover = true;
  const int server_bits = stated->server_max_window_bits.value_or(kWindowBitsMax);
  if (server_bits > offered->server_max_window_bits) {
    return Bad(stated->server_max_window_bits.has_value() ? "too large a " : "no ", "server_max_window_bits");
  }
  agreed.server_max_window_bits = server_bits;
  const int client_bits = stated->client_max_window_bits.value_or(offered->client_max_window_bits);
  if (client_bits > offered->client_max_window_bits) return Bad("too large a ", "client_max_window_bits");
  agreed.client_max_window_bits = client_bits;
  return absl::optional<DeflateParameters>(agreed);
}

absl::optional<AcceptedDeflate> AcceptDeflate(const Headers& request, const DeflateParameters& limits) {
  CHECK(IsValid(limits));
  const std::string text = Joined(request);
  ExtensionReader reader(text);
  while (const absl::optional<Extension> extension = reader.Next()) {
    if (extension->name != kPermessageDeflate) continue;
    const Result<Stated> offer = Read(*extension, true);
    if (offer.ok()) return Accept(*offer, limits);
  }
  return absl::nullopt;
}

}  // namespace client
