#include "client/testing/client_fixture.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace client::testing {
namespace {

Task<> FetchAll(ClientSession& session, RequestOptions options, Fetch& fetch) {
  Result<std::unique_ptr<ClientResponse>> response = co_await session.Request(std::move(options));
  if (!response.ok()) {
    fetch.error = response.error();
    fetch.done = true;
    co_return;
  }
  fetch.response = *std::move(response);
  fetch.status = fetch.response->status();
  while (fetch.read) {
    Result<Slice> chunk = co_await fetch.response->ReadChunk();
    if (!chunk.ok()) {
      fetch.error = chunk.error();
      break;
    }
    if (chunk->empty()) break;
    fetch.body.append(chunk->data(), chunk->size());
  }
  fetch.done = true;
}

Task<> ReadInto(ClientResponse& response, absl::optional<Result<Slice>>& result) {
  Result<Slice> chunk = co_await response.ReadChunk();
  result.emplace(std::move(chunk));
}

}  // namespace

void RecordingObserver::Add(absl::string_view what, std::initializer_list<Name> names, absl::string_view more) {
  std::string line(what);
  for (const Name name : names) absl::StrAppend(&line, " ", loop_.TextOf(name));
  if (!more.empty()) absl::StrAppend(&line, " ", more);
  lines.push_back(std::move(line));
}

size_t RecordingObserver::Count(absl::string_view prefix) const {
  size_t count = 0;
  for (const std::string& line : lines) count += absl::StartsWith(line, prefix);
  return count;
}

void RecordingObserver::RequestStarted(Name request, absl::string_view method, absl::string_view url) {
  Add("RequestStarted", {request});
}
void RecordingObserver::RequestEnded(Name request, const Result<void>& outcome) {
  Add("RequestEnded", {request}, outcome.ok() ? "ok" : ErrorKindName(outcome.error().kind()));
}
void RecordingObserver::RequestCancelled(Name request) { Add("RequestCancelled", {request}); }
void RecordingObserver::WaiterQueued(Name key, Name request) { Add("WaiterQueued", {key, request}); }
void RecordingObserver::WaiterLeft(Name key, Name request) { Add("WaiterLeft", {key, request}); }
void RecordingObserver::ConnectStarted(Name key, Name connection) { Add("ConnectStarted", {key, connection}); }
void RecordingObserver::ConnectEnded(Name key, Name connection, bool connected) {
  Add("ConnectEnded", {key, connection}, connected ? "connected" : "failed");
}
void RecordingObserver::ConnectionAcquired(Name key, Name connection, Name request) {
  Add("ConnectionAcquired", {key, connection, request});
}
void RecordingObserver::ConnectionDraining(Name key, Name connection) { Add("ConnectionDraining", {key, connection}); }
void RecordingObserver::ConnectionIdle(Name key, Name connection) { Add("ConnectionIdle", {key, connection}); }
void RecordingObserver::ConnectionClosed(Name key, Name connection, absl::string_view why) {
  Add("ConnectionClosed", {key, connection}, why);
}
void RecordingObserver::RequestSent(Name connection, Name request) { Add("RequestSent", {connection, request}); }
void RecordingObserver::HeadReceived(Name connection, Name request, int status) {
  Add("HeadReceived", {connection, request}, absl::StrCat(status));
}
void RecordingObserver::PayloadOpened(Name connection, Name request, Name payload) {
  Add("PayloadOpened", {connection, request, payload});
}
void RecordingObserver::PayloadEof(Name payload) { Add("PayloadEof", {payload}); }
void RecordingObserver::PayloadError(Name payload, const ClientError& error) {
  Add("PayloadError", {payload}, ErrorKindName(error.kind()));
}
void RecordingObserver::PayloadDestroyed(Name payload) { Add("PayloadDestroyed", {payload}); }
void RecordingObserver::ReadingPaused(Name connection, Name payload) { Add("ReadingPaused", {connection, payload}); }
void RecordingObserver::ReadingResumed(Name connection, Name payload) { Add("ReadingResumed", {connection, payload}); }
void RecordingObserver::NotClosed(Name handle, absl::string_view what) { Add("NotClosed", {handle}, what); }

std::string Fetch::Outcome() const {
  if (!done) return "pending";
  if (!error.has_value()) return absl::StrCat(status, " ", body);
  if (error->kind() == ErrorKind::kTimeout) return absl::StrCat("timeout (", TimeoutKindName(error->timeout()), ")");
  return std::string(ErrorKindName(error->kind()));
}

ClientFixture::ClientFixture() {
  options.limit = 10;
  options.auto_decompress = false;  // so that heads are short
}
ClientFixture::~ClientFixture() {
  for (Fetch& fetch : fetches) fetch.Cancel();
  fetches.clear();
}

ClientSession& ClientFixture::session() {
  if (!session_.has_value()) {
    const ClientEnvironment environment{loop, network, entropy, observer};
    session_.emplace(environment, options, Name());
  }
  return *session_;
}

Fetch& ClientFixture::Start(RequestOptions request) {
  Fetch& fetch = fetches.emplace_back();
  const auto number = static_cast<uint32_t>(fetches.size());
  fetch.name = MakeName(loop, Name(), "get", number);
  request.name = fetch.name;
  const Name task = MakeName(loop, fetch.name, "task");
  fetch.task.emplace(loop, task, FetchAll(session(), std::move(request), fetch));
  return fetch;
}

Fetch& ClientFixture::Get(absl::string_view url) {
  RequestOptions request;
  request.url = std::string(url);
  return Start(std::move(request));
}

Fetch& ClientFixture::GetHead(absl::string_view url) {
  Fetch& fetch = Get(url);
  fetch.read = false;
  return fetch;
}

Fetch& ClientFixture::Post(absl::string_view url, std::unique_ptr<Payload> body) {
  RequestOptions request;
  request.method = "POST";
  request.url = std::string(url);
  request.body = std::move(body);
  return Start(std::move(request));
}

Result<Slice> ClientFixture::ReadOnce(ClientResponse& response) {
  absl::optional<Result<Slice>> result;
  SpawnedTask task(loop, MakeName(loop, response.name(), "read"), ReadInto(response, result));
  Run();
  if (!result.has_value()) return ClientError(ErrorKind::kRejected, "the read still waits");
  return *std::move(result);
}

void ClientFixture::ExpectClean() {
  for (Fetch& fetch : fetches) fetch.Cancel();
  fetches.clear();
  session_.reset();
  EXPECT_FALSE(loop.ready());
  EXPECT_EQ(loop.armed_timers(), 0u);
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(network.connecting(), 0u);
  ExpectEndedOnce();
}

void ClientFixture::ExpectEndedOnce() {
  EXPECT_EQ(observer.Count("RequestStarted"), observer.Count("RequestEnded") + observer.Count("RequestCancelled"));
  EXPECT_EQ(observer.Count("WaiterQueued"), observer.Count("WaiterLeft"));
  EXPECT_EQ(observer.Count("ConnectStarted"), observer.Count("ConnectEnded"));
  EXPECT_EQ(observer.Count("ConnectionAcquired") > 0, observer.Count("ConnectionClosed") > 0);
  EXPECT_EQ(observer.Count("PayloadOpened"), observer.Count("PayloadDestroyed"));
  EXPECT_EQ(observer.Count("PayloadOpened"), observer.Count("PayloadEof") + observer.Count("PayloadError"));
}

}  // namespace client::testing
