// URLs, absolute and relative, and the parameters of permessage-deflate in a field: small parsers of what others write.
//
// Two lines: a base, and what is resolved against it; and both as extensions that are offered and answered.
#include <string>

#include "client/http/url.h"
#include "client/websocket/deflate_parameters.h"
#include "tools/fuzz/fuzz_input.h"

namespace wavetank {
namespace {

using client::DeflateParameters;
using client::Headers;
using client::Url;

void CheckUrl(const Url& url) {
  Require(!url.host.empty() && url.port != 0, "a URL has a host and a port");
  Require(!url.target.empty() && url.target[0] == '/', "a target begins with a slash");
  for (const std::string* text : {&url.host, &url.target, &url.authority}) {
    for (const char c : *text) {
      Require(static_cast<unsigned char>(c) > ' ' && c != 0x7f, "no URL can break a line, or end a word");
    }
  }
  for (const char c : url.host) Require(c < 'A' || c > 'Z', "hosts are in lower case");
  Require(url.target.find('#') == std::string::npos, "fragments are not sent");
  Require(url.authority.find('@') == std::string::npos, "user information is not sent");
  const client::Result<Url> again = client::ParseUrl(url.ToString());
  Require(again.ok() && *again == url, "a URL that is printed is the same one");
}

void CheckUrls(absl::string_view base_text, absl::string_view reference) {
  const client::Result<Url> base = client::ParseUrl(base_text);
  if (base.ok()) CheckUrl(*base);
  const client::Result<Url> resolved = client::ResolveUrl(base.ok() ? *base : *client::ParseUrl("http://a.test/b/c?d"),
                                                          reference);
  if (resolved.ok()) CheckUrl(*resolved);
}

void CheckExtensions(absl::string_view offer, absl::string_view answer) {
  Headers request;
  request.Add(client::kWebSocketExtensions, offer);
  const absl::optional<client::AcceptedDeflate> accepted = client::AcceptDeflate(request, DeflateParameters());
  if (accepted.has_value()) {
    Require(client::IsValid(accepted->agreed), "what is agreed can be had");
    Require(client::IsFieldValue(accepted->answer), "an answer is a field's value");
  }
  Headers response;
  response.Add(client::kWebSocketExtensions, answer);
  const DeflateParameters ours;
  const auto agreed = client::CheckDeflateAnswer(ours, response);
  Require(!agreed.ok() || !agreed->has_value() || client::IsValid(**agreed), "what is agreed can be had");
  const auto unasked = client::CheckDeflateAnswer(absl::nullopt, response);
  Require(!unasked.ok() || !unasked->has_value(), "what was not offered is not agreed");

  // Two of ours understand each other, whatever the server's limits.
  DeflateParameters limits;
  limits.server_max_window_bits = 8 + static_cast<int>(offer.size() % 8);
  limits.client_max_window_bits = 8 + static_cast<int>(answer.size() % 8);
  limits.client_no_context_takeover = offer.size() % 3 == 0;
  limits.server_no_context_takeover = answer.size() % 3 == 0;
  Headers own;
  own.Add(client::kWebSocketExtensions, client::OfferDeflate(ours));
  const absl::optional<client::AcceptedDeflate> taken = client::AcceptDeflate(own, limits);
  Require(taken.has_value(), "our offer is understood");
  Headers reply;
  reply.Add(client::kWebSocketExtensions, taken->answer);
  const auto understood = client::CheckDeflateAnswer(ours, reply);
  Require(understood.ok() && understood->has_value() && **understood == taken->agreed, "so is our answer");
}

}  // namespace
}  // namespace wavetank

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), text.size());
  const absl::string_view first = text.substr(0, line);
  const absl::string_view second = line < text.size() ? text.substr(line + 1) : absl::string_view();
  wavetank::CheckUrls(first, second);
  wavetank::CheckExtensions(first, second);
  return 0;
}
