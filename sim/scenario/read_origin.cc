// Origins and their responses.

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/scenario_reader.h"

namespace sim {
bool IsHost(const std::string& text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

bool IsAddress(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

namespace {

bool IsPath(const std::string& text) {
  return !text.empty() && text.size() <= 2048 && text[0] == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127 && c != '#'; });
}

}  // namespace

void ScenarioReader::ReadOrigins(const Node& scenario) {
  if (scenario.Count("origin") > 100) {
    errors_.push_back(scenario.Error("origin", 100, "more than 100 origins"));
    return;
  }
  if (scenario.Count("origin") == 0) errors_.push_back(scenario.Error("no origin"));
  for (int i = 0; i < scenario.Count("origin"); ++i) {
    plan_.origins.push_back(ReadOrigin(scenario.Sub("origin", i), i));
  }
}

OriginPlan ScenarioReader::ReadOrigin(const Node& origin, int index) {
  OriginPlan plan;
  plan.host = origin.Text("host");
  if (!origin.Has("host")) {
    errors_.push_back(origin.Error("no host"));
  } else if (!IsHost(plan.host)) {
    errors_.push_back(origin.Error("host", "host: not a name in lower case"));
  }
  ReadTls(origin, &plan);
  plan.port = static_cast<uint16_t>(Bytes(origin, "port", plan.tls ? 443 : 80, 1, 65535));
  for (const OriginPlan& other : plan_.origins) {
    if (other.host != plan.host || other.port != plan.port) continue;
    errors_.push_back(origin.Error("host", absl::StrCat("a second origin for ", plan.host, ":", plan.port)));
  }
  ReadAddresses(origin, index, &plan);
  plan.hostile = origin.Flag("hostile");
  if (plan.hostile) plan_.world.offers.Add(Label::kServerBytes);
  for (const char* field : {"responses", "idle_timeout", "says_timeout", "read_delay", "tls"}) {
    if (plan.hostile && origin.Has(field)) errors_.push_back(origin.Error(field, "a hostile server does not listen"));
  }
  ReadResponses(origin, &plan);
  plan.idle_timeout_ns = Duration(origin, "idle_timeout", 0);
  plan.says_timeout = origin.Flag("says_timeout");
  plan.read_delay_ns = Duration(origin, "read_delay", 0);
  return plan;
}

void ScenarioReader::ReadTls(const Node& origin, OriginPlan* plan) {
  plan->tls = origin.Has("tls");
  if (!plan->tls) return;
  if (plan_.memory != Memory::kHeap) {
    errors_.push_back(origin.Error("tls", "tls needs memory: HEAP, since OpenSSL allocates by itself"));
  }
  const Node tls = origin.Sub("tls");
  plan->no_close_notify = tls.Flag("no_close_notify");
  plan->certified_host = tls.Has("certified_host") ? tls.Text("certified_host") : plan->host;
  if (IsHost(plan->certified_host) || !tls.Has("certified_host")) return;
  errors_.push_back(tls.Error("certified_host", "certified_host: not a name in lower case"));
}

void ScenarioReader::ReadAddresses(const Node& origin, int index, OriginPlan* plan) {
  plan->addresses = origin.Texts("addresses");
  if (plan->addresses.size() > 16) {
    errors_.push_back(origin.Error("addresses", 16, "more than 16 addresses"));
    return;
  }
  for (size_t i = 0; i < plan->addresses.size(); ++i) {
    if (IsAddress(plan->addresses[i])) continue;
    errors_.push_back(origin.Error("addresses", static_cast<int>(i), "addresses: not a numeric address"));
  }
  plan->dead_addresses = origin.Texts("dead_addresses");
  if (plan->dead_addresses.size() > 16) {
    errors_.push_back(origin.Error("dead_addresses", 16, "more than 16 addresses"));
    return;
  }
  for (size_t i = 0; i < plan->dead_addresses.size(); ++i) {
    if (IsAddress(plan->dead_addresses[i])) continue;
    errors_.push_back(origin.Error("dead_addresses", static_cast<int>(i), "dead_addresses: not a numeric address"));
  }
  // One host has one list of addresses, whatever the port.
  for (const OriginPlan& other : plan_.origins) {
    if (other.host != plan->host) continue;
    if (plan->addresses.empty()) plan->addresses = other.addresses;
    if (plan->addresses == other.addresses) continue;
    errors_.push_back(origin.Error("addresses", absl::StrCat(plan->host, " has other addresses above")));
    return;
  }
  if (plan->addresses.empty()) plan->addresses = {absl::StrCat("10.0.0.", index + 1)};
  for (const OriginPlan& other : plan_.origins) {
    for (const std::string& address : plan->addresses) {
      const auto& taken = other.addresses;
      if (other.port != plan->port || other.host == plan->host) continue;
      if (std::find(taken.begin(), taken.end(), address) == taken.end()) continue;
      errors_.push_back(origin.Error("addresses", absl::StrCat(address, " belongs to ", other.host, " already")));
    }
  }
}

void ScenarioReader::ReadResponses(const Node& origin, OriginPlan* plan) {
  RoutePlan others;
  if (origin.Count("responses") > 1000) {
    errors_.push_back(origin.Error("responses", 1000, "more than 1000 responses"));
    return;
  }
  for (int i = 0; i < origin.Count("responses"); ++i) {
    const Node response = origin.Sub("responses", i);
    const std::string path = response.Text("path");
    ResponsePlan read = ReadResponse(response);
    if (path.empty()) {
      others.responses.push_back(std::move(read));
      continue;
    }
    if (!IsPath(path)) errors_.push_back(response.Error("path", "path: not / and visible characters without #"));
    auto route = std::find_if(plan->routes.begin(), plan->routes.end(),
                              [&path](const RoutePlan& other) { return other.path == path; });
    if (route == plan->routes.end()) route = plan->routes.insert(route, RoutePlan{path, {}});
    route->responses.push_back(std::move(read));
  }
  if (origin.Count("responses") == 0) others.responses.emplace_back();
  if (!others.responses.empty()) plan->routes.push_back(std::move(others));
}

ResponsePlan ScenarioReader::ReadResponse(const Node& response) {
  ResponsePlan plan;
  plan.status = static_cast<int>(Bytes(response, "status", 200, 200, 599));
  plan.headers = Headers(response, "headers");
  plan.trailers = Headers(response, "trailers");
  ReadBody(response, &plan);
  const Node pace = response.Sub("pace");
  plan.before_head_ns = Duration(pace, "before_head", 0);
  plan.piece_delay_ns = Duration(pace, "delay", 0);
  plan.pieces = static_cast<uint32_t>(Bytes(pace, "pieces", 0, 1, 100'000));
  if (response.Count("informational") > 16) {
    errors_.push_back(response.Error("informational", 16, "more than 16 informational responses"));
  }
  for (const uint64_t status : response.Numbers("informational")) {
    if (status >= 100 && status <= 199 && status != 101) {
      plan.informational.push_back(static_cast<int>(status));
    } else {
      errors_.push_back(response.Error("informational", absl::StrCat(status, " is not an informational status")));
      break;
    }
  }
  plan.silent = static_cast<ResponsePlan::Silent>(response.Enum("silent"));
  plan.silent_after_bytes = Bytes(response, "silent_after_bytes", 0, 1, kBodyMax);
  plan.early = response.Flag("early");
  plan.connection_close = response.Flag("connection_close");
  plan.stray = response.Flag("stray");
  plan.no_continue = response.Flag("no_continue");
  plan.hangs_up = response.Flag("hangs_up");
  ReadWebSocket(response, &plan);
  if (!plan.is_websocket) CheckResponse(response, plan);
  return plan;
}

void ScenarioReader::ReadBody(const Node& response, ResponsePlan* plan) {
  if (!response.Has("body")) return;
  const Node body = response.Sub("body");
  plan->body = Size(body, "bytes", "bytes_menu", 0, 0, kBodyMax);
  plan->chunk = Size(body, "chunk", "chunk_menu", 16 << 10, 1, kBufferMax);
  plan->framing = static_cast<ResponsePlan::Framing>(body.Enum("framing"));
  plan->encoding = static_cast<ResponsePlan::Encoding>(body.Enum("encoding"));
  plan->encoding_cut = body.Flag("encoding_cut");
  if (plan->encoding_cut && plan->encoding == ResponsePlan::Encoding::kIdentity) {
    errors_.push_back(body.Error("encoding_cut", "encoding_cut without an encoding"));
  }
  const auto& bodies = plan->body.menu();
  const auto& chunks = plan->chunk.menu();
  CheckPieces(body, "chunk", *std::max_element(bodies.begin(), bodies.end()),
              *std::min_element(chunks.begin(), chunks.end()));
}

void ScenarioReader::CheckResponse(const Node& response, const ResponsePlan& plan) {
  using Silent = ResponsePlan::Silent;
  const bool chunked = plan.framing == ResponsePlan::Framing::kChunked;
  const bool until_close = plan.framing == ResponsePlan::Framing::kUntilClose;
  const uint64_t smallest = *std::min_element(plan.body.menu().begin(), plan.body.menu().end());
  if ((plan.status == 204 || plan.status == 304) && response.Has("body")) {
    errors_.push_back(response.Error("body", absl::StrCat("a response ", plan.status, " has no body")));
  }
  if (!plan.trailers.empty() && !chunked) {
    errors_.push_back(response.Error("trailers", "trailers need framing: CHUNKED"));
  }
  if (until_close && (plan.silent == Silent::kAfterHead || plan.silent == Silent::kAfterBytes)) {
    errors_.push_back(response.Error("silent", "with UNTIL_CLOSE the end of the silence would end the body"));
  }
  if (plan.silent == Silent::kAfterBytes && plan.encoding != ResponsePlan::Encoding::kIdentity) {
    errors_.push_back(response.Error("silent", "silent: AFTER_BYTES, but how many an encoded body has is not known"));
  }
  if (plan.silent == Silent::kAfterHead && smallest == 0) {
    errors_.push_back(response.Error("silent", "silent after the head, but there is nothing behind it"));
  }
  if ((plan.silent == Silent::kAfterBytes) != response.Has("silent_after_bytes")) {
    errors_.push_back(response.Error("silent", "silent: AFTER_BYTES and silent_after_bytes belong together"));
  } else if (plan.silent == Silent::kAfterBytes && plan.silent_after_bytes >= smallest) {
    errors_.push_back(response.Error("silent_after_bytes", "silent_after_bytes: not less than the smallest body"));
  }
}

}  // namespace sim
