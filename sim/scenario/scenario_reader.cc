#include "sim/scenario/scenario_reader.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/http/headers.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/assertions.h"

namespace sim {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDurationMax = 30 * 24 * 3600 * kSecond;
constexpr uint64_t kPiecesMax = 100'000;
constexpr uint64_t kMemoryMax = uint64_t{128} << 20;

// Labels at which something in this kind of world asks, and whether a menu belongs to them.
struct Offerable {
  Label label;
  bool menu;
};
constexpr Offerable kOfferable[] = {
    {Label::kLoopNext, false},    {Label::kLoopLate, false},       {Label::kDnsAnswer, false},
    {Label::kConnectOutcome, false}, {Label::kConnectDelay, true}, {Label::kLinkDelay, true},
    {Label::kLinkSplit, false},   {Label::kLinkFate, false},       {Label::kServerPace, true},
    {Label::kServerClose, false}, {Label::kTaskCancel, true},      {Label::kHookSync, false},
    {Label::kWorkloadSize, false}, {Label::kGcCollect, true},      {Label::kGcOrder, false},
};

constexpr absl::string_view kBugClasses[] = {
    "deadlock", "truncation", "corruption", "leak", "eof", "accounting", "use-after-close", "busy-loop", "timeout",
    "retry", "memory",
};

// Whether the subjects of a mark are requests (or what belongs to a task otherwise), so that it can be asked of a task.
bool IsOfARequest(MarkId mark) {
  switch (mark) {
    case MarkId::kConnectFailed:
    case MarkId::kIdleLost:
    case MarkId::kReset:
    case MarkId::kUnasked:
    case MarkId::kUnaskedCross: return false;
    default: return true;
  }
}

std::vector<int64_t>& MenuOf(WorldConfig& config, Label label) { return config.menus[static_cast<size_t>(label)]; }

}  // namespace

ScenarioPlan ScenarioReader::Read(const Node& scenario) {
  plan_.name = Id(scenario, "name");
  plan_.tags = scenario.Texts("tags");
  if (plan_.tags.size() > 16) errors_.push_back(scenario.Error("tags", 16, "more than 16 tags"));
  plan_.canary = static_cast<ScenarioPlan::Canary>(scenario.Enum("canary"));
  plan_.memory = scenario.Enum("memory") == Scenario::HEAP ? Memory::kHeap : Memory::kArena;
  ReadOffers(scenario);
  ReadFaults(scenario);
  ReadClient(scenario.Sub("client"));
  ReadNetwork(scenario.Sub("network"));
  ReadOrigins(scenario);
  ReadProxies(scenario);
  ReadProxyOfClient(scenario.Sub("client"));
  if (!scenario.Has("workload")) errors_.push_back(scenario.Error("no workload"));
  if (scenario.Has("workload")) ReadWorkload(scenario.Sub("workload"));
  ReadAssert(scenario.Sub("assert"));
  ReadExpect(scenario.Sub("expect"));
  ReadHistory(scenario);
  ReadSometimes(scenario);
  const Node chaos = scenario.Sub("chaos");
  plan_.world.chaos_ns = Duration(chaos, "time", plan_.world.chaos_ns);
  plan_.world.chaos_steps = Bytes(chaos, "steps", plan_.world.chaos_steps, 0, plan_.world.max_steps);
  CheckMemory(scenario);
  return std::move(plan_);
}

int64_t ScenarioReader::Duration(const Node& node, const char* field, int64_t absent_ns) {
  if (!node.Has(field)) return absent_ns;
  const Node duration = node.Sub(field);
  const int64_t seconds = duration.Signed("seconds");
  const int64_t nanos = duration.Signed("nanos");
  if (seconds < 0 || nanos < 0 || seconds > kDurationMax / kSecond || nanos >= kSecond) {
    errors_.push_back(node.Error(field, absl::StrCat(field, ": not between 0 and 30 days")));
    return 0;
  }
  return seconds * kSecond + nanos;
}

absl::Duration ScenarioReader::Limit(const Node& node, const char* field) {
  if (!node.Has(field)) return absl::InfiniteDuration();
  return absl::Nanoseconds(Duration(node, field, 0));
}

uint64_t ScenarioReader::Bytes(const Node& node, const char* field, uint64_t absent, uint64_t least, uint64_t most) {
  if (!node.Has(field)) return absent;
  const uint64_t value = node.Number(field);
  if (value >= least && value <= most) return value;
  errors_.push_back(node.Error(field, absl::StrCat(field, ": ", value, " is not between ", least, " and ", most)));
  return absent;
}

SizePlan ScenarioReader::Size(const Node& node, const char* field, const char* menu, uint64_t absent, uint64_t least,
                              uint64_t most) {
  if (!node.Has(menu)) return SizePlan(Bytes(node, field, absent, least, most));
  if (node.Has(field)) errors_.push_back(node.Error(menu, absl::StrCat("both ", field, " and ", menu)));
  return Menu(node, menu, absent, least, most);
}

SizePlan ScenarioReader::Menu(const Node& node, const char* menu, uint64_t absent, uint64_t least, uint64_t most) {
  if (!node.Has(menu)) return SizePlan(absent);
  std::vector<uint64_t> values = node.Numbers(menu);
  if (values.size() > kMenuMax) {
    errors_.push_back(node.Error(menu, absl::StrCat(menu, ": more than ", kMenuMax, " values")));
    return SizePlan(absent);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= least && values[i] <= most) continue;
    errors_.push_back(node.Error(menu, static_cast<int>(i), absl::StrCat(menu, ": ", values[i], " is not between ",
                                                                         least, " and ", most)));
    return SizePlan(absent);
  }
  if (values.size() > 1) plan_.world.offers.Add(Label::kWorkloadSize);
  return SizePlan(std::move(values));
}

std::vector<HeaderPlan> ScenarioReader::Headers(const Node& node, const char* field) {
  std::vector<HeaderPlan> plans;
  if (node.Count(field) > 64) {
    errors_.push_back(node.Error(field, 64, absl::StrCat(field, ": more than 64")));
    return plans;
  }
  for (int i = 0; i < node.Count(field); ++i) {
    const Node header = node.Sub(field, i);
    HeaderPlan plan{header.Text("name"), header.Text("value")};
    if (!client::IsToken(plan.name)) {
      errors_.push_back(header.Error("name", "not the name of a header field"));
    } else if (!client::IsFieldValue(plan.value) || plan.value.size() > 4096) {
      errors_.push_back(header.Error("value", "not the value of a header field of at most 4096 bytes"));
    } else if (absl::EqualsIgnoreCase(plan.name, "content-length") ||
               absl::EqualsIgnoreCase(plan.name, "transfer-encoding") ||
               absl::EqualsIgnoreCase(plan.name, "connection") || absl::EqualsIgnoreCase(plan.name, "trailer")) {
      errors_.push_back(header.Error("name", absl::StrCat(plan.name, ": follows from the framing of the body")));
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

std::string ScenarioReader::Id(const Node& node, const char* field) {
  std::string text = node.Text(field);
  if (text.empty()) {
    errors_.push_back(node.Error(field, absl::StrCat("no ", field)));
    return text;
  }
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!plain || text.size() > 100) {
    errors_.push_back(node.Error(field, absl::StrCat(field, ": not a word of letters, digits, _ and -")));
    text.clear();
  }
  return text;
}

void ScenarioReader::CheckPieces(const Node& node, const char* field, uint64_t bytes, uint64_t piece) {
  if (piece == 0 || bytes / piece <= kPiecesMax) return;
  errors_.push_back(node.Error(field, absl::StrCat(bytes, " bytes in pieces of ", piece, " are more than ", kPiecesMax,
                                                   " pieces")));
}

void ScenarioReader::ReadClient(const Node& client) {
  client::ClientOptions& options = plan_.client;
  options.limit = Bytes(client, "limit", options.limit, 0, 10'000);
  options.limit_per_host = Bytes(client, "limit_per_host", options.limit_per_host, 0, 10'000);
  options.keepalive_timeout =
      absl::Nanoseconds(Duration(client, "keepalive_timeout", absl::ToInt64Nanoseconds(options.keepalive_timeout)));
  options.read_low_water = Bytes(client, "read_low_water", options.read_low_water, 0, kBufferMax);
  options.read_high_water = Bytes(client, "read_high_water", options.read_high_water, 1, kBufferMax);
  if (options.read_low_water > options.read_high_water) {
    errors_.push_back(client.Error("read_low_water", "read_low_water: above read_high_water"));
  }
  options.socket.write_high = Bytes(client, "write_high_water", options.socket.write_high, 1, kBufferMax);
  options.socket.write_low = Bytes(client, "write_low_water", options.socket.write_low, 0, kBufferMax);
  if (options.socket.write_low > options.socket.write_high) {
    errors_.push_back(client.Error("write_low_water", "write_low_water: above write_high_water"));
  }
  options.drain_bytes_max = Bytes(client, "drain_bytes_max", options.drain_bytes_max, 0, uint64_t{1} << 30);
  options.drain_timeout =
      absl::Nanoseconds(Duration(client, "drain_timeout", absl::ToInt64Nanoseconds(options.drain_timeout)));
  options.close_timeout =
      absl::Nanoseconds(Duration(client, "close_timeout", absl::ToInt64Nanoseconds(options.close_timeout)));
  plan_.max_read = Size(client, "max_read", "max_read_menu", options.socket.max_read, 1, 1 << 20);
  if (client.Has("timeout")) ReadTimeout(client.Sub("timeout"), &options.timeout);
}

void ScenarioReader::ReadNetwork(const Node& network) {
  plan_.network.window = Size(network, "window", "window_menu", 64 << 10, 1, kBufferMax);
  plan_.network.send_buffer = Size(network, "send_buffer", "buffer_menu", 64 << 10, 1, kBufferMax);
  plan_.network.bandwidth = Bytes(network, "bandwidth", 0, 0, uint64_t{1} << 40);
  plan_.network.latency_ns = Duration(network, "latency", 0);
  plan_.network.tcp = network.Flag("tcp");
}

void ScenarioReader::ReadOffers(const Node& scenario) {
  MenuOf(plan_.world, Label::kGcCollect) = {0, 1, 4, 16, 64, 256};
  for (int i = 0; i < scenario.Count("offer"); ++i) {
    const Node offer = scenario.Sub("offer", i);
    const std::string text = offer.Text("label");
    Label label;
    if (!LabelFromName(text, &label)) {
      errors_.push_back(offer.Error("label", absl::StrCat("\"", text, "\" is not a label of decisions")));
      continue;
    }
    const auto* found = std::find_if(std::begin(kOfferable), std::end(kOfferable),
                                     [label](const Offerable& offerable) { return offerable.label == label; });
    if (found == std::end(kOfferable)) {
      errors_.push_back(offer.Error("label", absl::StrCat(text, ": nothing in a scenario asks this")));
      continue;
    }
    if (plan_.world.offers.Has(label)) {
      errors_.push_back(offer.Error("label", absl::StrCat(text, ": offered twice")));
      continue;
    }
    plan_.world.offers.Add(label);
    const char* menu = offer.Has("menu_ms") ? "menu_ms" : "menu_us";
    if (found->menu) {
      ReadMenu(offer, label);
    } else if (offer.Has(menu)) {
      errors_.push_back(offer.Error(menu, absl::StrCat(text, ": has no menu")));
    }
  }
  if (plan_.world.offers.Has(Label::kLinkFate)) plan_.faults.hold = plan_.faults.reset = plan_.faults.half_close = true;
}

void ScenarioReader::ReadMenu(const Node& offer, Label label) {
  std::vector<int64_t>& menu = MenuOf(plan_.world, label);
  if (label == Label::kGcCollect) return ReadStepMenu(offer, &menu);
  menu.clear();
  if (offer.Has("menu_steps")) errors_.push_back(offer.Error("menu_steps", "its menu is one of times"));
  const bool ms = offer.Has("menu_ms");
  const char* field = ms ? "menu_ms" : "menu_us";
  const std::vector<uint64_t> values = offer.Numbers(field);
  const uint64_t unit_ns = ms ? 1'000'000 : 1'000;
  if (ms && offer.Has("menu_us")) errors_.push_back(offer.Error("menu_us", "both menu_ms and menu_us"));
  if (values.size() > kMenuMax) {
    errors_.push_back(offer.Error(field, absl::StrCat(field, ": more than ", kMenuMax, " values")));
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] <= 3'600 * uint64_t{kSecond} / unit_ns) {
      menu.push_back(static_cast<int64_t>(values[i] * unit_ns));
      continue;
    }
    errors_.push_back(offer.Error(field, static_cast<int>(i), absl::StrCat(field, ": more than an hour")));
    return;
  }
  const bool cancel = label == Label::kTaskCancel;
  if (!menu.empty() && menu[0] != 0 && !cancel) {
    errors_.push_back(offer.Error(field, absl::StrCat(field, ": the first value must be the dullest, 0")));
  }
  if (menu.empty() && !cancel) menu = {0, 1'000'000, 10'000'000};
}

void ScenarioReader::ReadStepMenu(const Node& offer, std::vector<int64_t>* menu) {
  const std::vector<uint64_t> values = offer.Numbers("menu_steps");
  for (const char* field : {"menu_ms", "menu_us"}) {
    if (offer.Has(field)) errors_.push_back(offer.Error(field, "gc.collect: its menu is one of steps"));
  }
  if (values.empty()) return;
  menu->clear();
  for (size_t i = 0; i < values.size(); ++i) {
    if (i >= kMenuMax || values[i] > plan_.world.max_steps || (i == 0 && values[i] != 0)) {
      const int at = static_cast<int>(i);
      errors_.push_back(offer.Error("menu_steps", at, "menu_steps: at most 64 values up to 1000000, the first one 0"));
      return;
    }
    menu->push_back(static_cast<int64_t>(values[i]));
  }
}

void ScenarioReader::ReadFaults(const Node& scenario) {
  std::vector<int64_t>& cancel = MenuOf(plan_.world, Label::kTaskCancel);
  if (cancel.empty()) cancel = {1'000'000, 10'000'000, 100'000'000};
  if (!scenario.Has("faults")) return;
  const Node faults = scenario.Sub("faults");
  Offers& offers = plan_.world.offers;
  plan_.faults.hold = faults.Flag("hold");
  plan_.faults.reset = faults.Flag("reset");
  plan_.faults.half_close = faults.Flag("half_close");
  plan_.faults.connect = faults.Flag("connect");
  plan_.faults.dns = faults.Flag("dns");
  plan_.faults.server_close = faults.Flag("server_close");
  plan_.faults.body_source = faults.Flag("body_source");
  plan_.faults.max_faults = static_cast<uint32_t>(Bytes(faults, "max_faults", 1, 0, 1000));
  if (plan_.faults.hold || plan_.faults.reset || plan_.faults.half_close) offers.Add(Label::kLinkFate);
  if (plan_.faults.connect) offers.Add(Label::kConnectOutcome);
  if (plan_.faults.dns) offers.Add(Label::kDnsAnswer);
  if (plan_.faults.server_close) offers.Add(Label::kServerClose);
  if (plan_.faults.body_source) offers.Add(Label::kHookSync);
}

void ScenarioReader::ReadAssert(const Node& asserted) {
  for (const Assertion& assertion : kAssertions) {
    const std::string field(assertion.name);
    if (!asserted.Has(field.c_str()) || asserted.Flag(field.c_str())) continue;
    for (const LawId law : assertion.laws) plan_.laws.Remove(law);
  }
}

void ScenarioReader::ReadExpect(const Node& expect) {
  ReadExpectList(expect, "completed", &plan_.completed);
  ReadExpectList(expect, "failed", &plan_.failed);
  const std::vector<std::string> failed = expect.Texts("failed");
  for (size_t i = 0; i < plan_.failed.size() && i < failed.size(); ++i) {
    const auto& completed = plan_.completed;
    if (std::find(completed.begin(), completed.end(), plan_.failed[i]) == completed.end()) continue;
    errors_.push_back(expect.Error("failed", static_cast<int>(i), "expected to complete and to fail"));
  }
}

void ScenarioReader::ReadExpectList(const Node& expect, const char* field, std::vector<size_t>* tasks) {
  const std::vector<std::string> ids = expect.Texts(field);
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto task = tasks_.find(ids[i]);
    if (task == tasks_.end()) {
      errors_.push_back(
          expect.Error(field, static_cast<int>(i), absl::StrCat("no task or request has the id \"", ids[i], "\"")));
    } else if (std::find(tasks->begin(), tasks->end(), task->second) != tasks->end()) {
      errors_.push_back(expect.Error(field, static_cast<int>(i), absl::StrCat("\"", ids[i], "\" is listed twice")));
    } else {
      tasks->push_back(task->second);
    }
  }
}

void ScenarioReader::ReadHistory(const Node& scenario) {
  if (!scenario.Has("history")) return;
  const Node history = scenario.Sub("history");
  plan_.history.link = history.Text("link");
  if (!absl::StartsWith(plan_.history.link, "https://")) {
    errors_.push_back(history.Error("link", "link: not https://..."));
  }
  plan_.history.bug_class = history.Text("class");
  if (std::find(std::begin(kBugClasses), std::end(kBugClasses), plan_.history.bug_class) == std::end(kBugClasses)) {
    errors_.push_back(
        history.Error("class", absl::StrCat("class: not one of ", absl::StrJoin(kBugClasses, ", "))));
  }
  plan_.history.depth = static_cast<uint32_t>(Bytes(history, "depth", 0, 1, 9));
  if (!history.Has("depth")) errors_.push_back(history.Error("no depth"));
  const std::vector<std::string> laws = history.Texts("laws");
  if (laws.empty()) errors_.push_back(history.Error("no laws"));
  for (size_t i = 0; i < laws.size(); ++i) {
    LawId law = LawId::kNone;
    if (!LawFromName(laws[i], &law)) {
      errors_.push_back(history.Error("laws", static_cast<int>(i), absl::StrCat("there is no law \"", laws[i], "\"")));
    }
    plan_.history.laws.push_back(law);
  }
}

void ScenarioReader::ReadSometimes(const Node& scenario) {
  const std::vector<std::string> texts = scenario.Texts("sometimes");
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto wrong = [&](const std::string& why) {
      errors_.push_back(scenario.Error("sometimes", static_cast<int>(i), why));
    };
    if (i == Program::kSometimesMax) return wrong(absl::StrCat("sometimes: more than ", Program::kSometimesMax));
    const std::vector<std::string> parts = absl::StrSplit(texts[i], absl::MaxSplits(": ", 1));
    Sometimes sometimes;
    sometimes.text = texts[i];
    if (!MarkFromName(parts[0], &sometimes.mark) || sometimes.mark == MarkId::kToy) {
      wrong(absl::StrCat("there is no mark \"", parts[0], "\""));
      continue;
    }
    if (std::count(texts.begin(), texts.begin() + static_cast<ptrdiff_t>(i), texts[i]) != 0) {
      wrong(absl::StrCat("\"", texts[i], "\" is listed twice"));
    }
    if (parts.size() > 1) {
      if (!IsOfARequest(sometimes.mark)) wrong(absl::StrCat("\"", parts[0], "\" is not said of requests"));
      if (tasks_.count(parts[1]) == 0) wrong(absl::StrCat("no task or request has the id \"", parts[1], "\""));
      sometimes.task = client::Name().Child(client::NameKind::FromStable(parts[1]), 0);
    }
    plan_.sometimes.push_back(std::move(sometimes));
  }
}

void ScenarioReader::CheckMemory(const Node& scenario) {
  const auto largest = [](const SizePlan& size) { return *std::max_element(size.menu().begin(), size.menu().end()); };
  uint64_t body = 0;
  uint64_t requests = 0;
  for (const OriginPlan& origin : plan_.origins) {
    for (const RoutePlan& route : origin.routes) {
      for (const ResponsePlan& response : route.responses) body = std::max(body, largest(response.body));
    }
  }
  uint64_t upload = 0;
  for (const StormPlan& storm : plan_.storms) upload = std::max(upload, largest(storm.upload.body));
  for (const TaskPlan& task : plan_.tasks) {
    requests += task.storm == TaskPlan::kNoStorm ? task.operations : 8;  // few of a storm's are there at once
    for (const StepPlan& step : task.steps) upload = std::max(upload, largest(step.upload.body));
  }
  if (!scenario.Has("workload")) return;
  uint64_t pipe = largest(plan_.network.window) + largest(plan_.network.send_buffer) + largest(plan_.max_read);
  uint64_t buffer = 0;
  for (const ProxyPlan& proxy : plan_.proxies) buffer = std::max(buffer, 2 * proxy.buffer);
  pipe += plan_.proxies.empty() ? 0 : pipe + buffer;
  const uint64_t each = std::min(pipe + plan_.client.read_high_water, body) + std::min(pipe, upload) + (8 << 10);
  if (requests > 10'000) {
    errors_.push_back(scenario.Error("workload", absl::StrCat(requests, " requests: more than 10 000")));
  } else if (requests * each > kMemoryMax) {
    errors_.push_back(scenario.Error("workload", absl::StrCat(requests, " requests that may hold ", each,
                                                              " bytes each: more than 128 MiB")));
  }
  const uint64_t narrowest = std::min({*std::min_element(plan_.network.window.menu().begin(),
                                                         plan_.network.window.menu().end()),
                                       *std::min_element(plan_.network.send_buffer.menu().begin(),
                                                         plan_.network.send_buffer.menu().end()),
                                       *std::min_element(plan_.max_read.menu().begin(), plan_.max_read.menu().end())});
  CheckPieces(scenario, "workload", std::max(body, upload), narrowest);
}

}  // namespace sim
