#include "client/debug/wait_report.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace client {
namespace {

// "client/client_request.cc:210, tools/fetch/cmd_transfer.cc:98"
std::string Places(const SpawnedTask& task) {
  std::string places;
  ForEachSite(task, [&places](const Site& at) {
    if (at.line() == 0) return;  // the outermost coroutine is awaited by nobody
    absl::StrAppend(&places, places.empty() ? "" : ", ", at.file_name(), ":", at.line());
  });
  return places;
}

}  // namespace

std::string WaitReport::Text() const {
  std::string text;
  for (const SpawnedTask* task = loop_.first_task; task != nullptr; task = task->next_of_loop()) {
    if (task->done()) continue;
    const std::vector<std::string> lines = Explain(*task);
    for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
    if (task->waiter() != nullptr) absl::StrAppend(&text, "  ", Of(task->name()), " is at ", Places(*task), "\n");
  }
  return text;
}

std::vector<std::string> WaitReport::Explain(const SpawnedTask& task) const {
  std::vector<std::string> lines = {absl::StrCat(Of(task.name()), " ", Waits(task))};
  if (task.waiter() == nullptr || task.woken()) return lines;
  const Name name = RequestOf(task.waiter()->reason().on);
  const auto request = requests_.find(name);
  const bool queued = request != requests_.end() && !request->second.queued_for.empty();
  if (queued || absl::string_view(task.waiter()->reason().what) == "a slot of") {
    const std::vector<SlotHolder> holders = Holders();
    if (!holders.empty()) lines.push_back(SlotsLine(holders));
    return lines;
  }
  if (request == requests_.end()) return lines;
  if (request->second.connection.empty()) {
    lines.push_back(absl::StrCat(Of(name), " has no connection yet"));
    return lines;
  }
  const auto connection = connections_.find(request->second.connection);
  if (connection == connections_.end() || !connection->second.paused) return lines;
  const Name payload = connection->second.paused_by;
  if (payloads_.count(payload) == 0) {
    lines.push_back(absl::StrCat(Of(connection->first), " does not read: paused by a body that is gone"));
    return lines;
  }
  lines.push_back(PausedLine(Of(connection->first), OfPayload(payload), Amounts(payload)));
  const SpawnedTask* const reader = ReaderOf(payload);
  if (reader != nullptr) lines.push_back(ReadByLine(OfPayload(payload), Of(reader->name()), Waits(*reader)));
  return lines;
}

std::string WaitReport::Waits(const SpawnedTask& task) const {
  if (task.woken()) return "is about to go on";
  if (task.running()) return "is running";
  if (task.waiter() == nullptr) return "is suspended and waits for nothing";
  const WaitReason& reason = task.waiter()->reason();
  const auto request = requests_.find(RequestOf(reason.on));
  const Name connection = request != requests_.end() ? request->second.connection : Name();
  const std::string on = payloads_.count(reason.on) != 0 ? OfPayload(reason.on) : Of(reason.on);
  return WaitsFor(reason.what, on, Of(connection));
}

std::string WaitReport::Of(Name name) const {
  std::string text = names_.Text(name);
  bool pooled = connections_.count(name) != 0;
  for (const auto& [connection, record] : connections_) pooled = pooled || record.key == name;
  for (const auto& [request, record] : requests_) pooled = pooled || record.queued_for == name;
  return pooled ? WithoutPool(std::move(text)) : text;
}

std::string WaitReport::OfPayload(Name name) const {
  const Name request = payloads_.at(name).request;
  if (request.empty()) return Of(name);
  return names_.KindOf(name) == "messages" ? MessagesOf(Of(request)) : BodyOf(Of(request));
}

std::string WaitReport::Amounts(Name name) const {
  const Payload& payload = payloads_.at(name);
  // How long a body is to be is known here once it has ended.
  const absl::optional<uint64_t> whole = payload.eof ? absl::make_optional(payload.fed) : absl::nullopt;
  return AmountsOf(payload.fed, whole, payload.read);
}

Name WaitReport::RequestOf(Name name) const {
  const auto payload = payloads_.find(name);
  if (payload != payloads_.end()) return payload->second.request;
  return requests_.count(name) != 0 ? name : Name();
}

const SpawnedTask* WaitReport::ReaderOf(Name payload) const {
  for (const SpawnedTask* task = loop_.first_task; task != nullptr; task = task->next_of_loop()) {
    if (!task->done() && task->waiter() != nullptr && task->waiter()->reason().on == payload) return task;
  }
  Name above = names_.Parent(payloads_.at(payload).request);
  for (; !above.empty(); above = names_.Parent(above)) {
    if (const SpawnedTask* const task = FindTask(above)) return task;
  }
  return nullptr;
}

const SpawnedTask* WaitReport::FindTask(Name name) const {
  for (const SpawnedTask* task = loop_.first_task; task != nullptr; task = task->next_of_loop()) {
    if (task->name() == name && !task->done()) return task;
  }
  return nullptr;
}

std::vector<SlotHolder> WaitReport::Holders() const {
  std::vector<SlotHolder> holders;
  for (const auto& [name, connection] : connections_) {
    if (!connection.holder.empty()) holders.push_back({Of(connection.holder), Of(name)});
  }
  return holders;
}

void WaitReport::RequestStarted(Name request, absl::string_view, absl::string_view) { requests_[request]; }

void WaitReport::WaiterLeft(Name, Name request) {
  const auto found = requests_.find(request);
  if (found != requests_.end()) found->second.queued_for = Name();
}

void WaitReport::ConnectEnded(Name key, Name connection, bool connected) {
  if (!connected) connections_.erase(connection);
}

void WaitReport::ConnectionAcquired(Name key, Name connection, Name request) {
  connections_[connection].key = key;
  connections_[connection].holder = request;
  const auto found = requests_.find(request);
  if (found != requests_.end()) found->second.connection = connection;
}

void WaitReport::PayloadFed(Name payload, uint64_t bytes, uint64_t) {
  const auto found = payloads_.find(payload);
  if (found != payloads_.end()) found->second.fed += bytes;
}

void WaitReport::PayloadRead(Name payload, uint64_t bytes, uint64_t) {
  const auto found = payloads_.find(payload);
  if (found != payloads_.end()) found->second.read += bytes;
}

void WaitReport::ReadingPaused(Name connection, Name payload) {
  connections_[connection].paused = true;
  connections_[connection].paused_by = payload;
}

void WaitReport::ReadingResumed(Name connection, Name) {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return;
  found->second.paused = false;
  found->second.paused_by = Name();
}

}  // namespace client
