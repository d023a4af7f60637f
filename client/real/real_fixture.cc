#include "client/real/real_fixture.h"

#include <dirent.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "absl/strings/str_cat.h"
#include "client/async/deadline.h"

namespace client::testing {
namespace {

Task<> FetchAll(UvLoop& loop, ClientSession& session, RequestOptions request, RealFetch& fetch) {
  const Name name = request.name;
  Result<std::unique_ptr<ClientResponse>> made = co_await session.Request(std::move(request));
  if (!made.ok()) {
    fetch.error = made.error();
    fetch.done = true;
    co_return;
  }
  ClientResponse& response = **made;
  fetch.status = response.status();
  fetch.headers = response.headers();
  fetch.url = std::string(response.url());
  uint64_t rest_at = fetch.nap_every;
  for (;;) {
    Result<Slice> chunk = co_await response.ReadChunk();
    if (!chunk.ok()) fetch.error = chunk.error();
    if (!chunk.ok() || chunk->empty()) break;
    fetch.bytes += chunk->size();
    fetch.hash.Add(chunk->view());
    fetch.start.append(chunk->data(), std::min(chunk->size(), RealFetch::kKept - fetch.start.size()));
    if (fetch.nap_every == 0 || fetch.bytes < rest_at) continue;
    rest_at += fetch.nap_every;
    co_await SleepUntil(loop, name, loop.Now() + absl::Milliseconds(2));
  }
  fetch.done = true;
}

XXH3_state_t* NewState() {
  XXH3_state_t* const state = XXH3_createState();
  XXH3_64bits_reset(state);
  return state;
}

// Files that stay open for good: the pipe of libuv's signals.
void OpenWhatStays() {
  static const bool opened = [] { return UvLoop().armed_timers() == 0; }();
  EXPECT_TRUE(opened);
}

}  // namespace

BodyHash::BodyHash() : state_(NewState()) {}
BodyHash::~BodyHash() { XXH3_freeState(static_cast<XXH3_state_t*>(state_)); }
void BodyHash::Add(absl::string_view bytes) {
  XXH3_64bits_update(static_cast<XXH3_state_t*>(state_), bytes.data(), bytes.size());
}
uint64_t BodyHash::Value() const { return XXH3_64bits_digest(static_cast<const XXH3_state_t*>(state_)); }

uint64_t HashOf(absl::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string Noise(uint64_t seed, size_t bytes) {
  std::string noise((bytes + 7) / 8 * 8, '\0');
  uint64_t state = seed * 2 + 1;
  for (size_t i = 0; i < noise.size(); i += 8) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const uint64_t word = (state ^ (state >> 29)) * 0xd6e8feb86659fd93u;
    noise.replace(i, 8, reinterpret_cast<const char*>(&word), 8);
  }
  noise.resize(bytes);
  return noise;
}

size_t OpenFiles() {
  DIR* const folder = opendir("/proc/self/fd");
  size_t count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count - 3;  // ".", ".." and the folder itself
}

std::string RealFetch::Outcome() const {
  if (!done) return "pending";
  if (!error.has_value()) return absl::StrCat(status);
  const std::string text = error->DebugString();
  const std::string kind = text.substr(0, text.find(':'));
  return status == 0 ? kind : absl::StrCat(status, ", then ", kind);
}

PieceSource::PieceSource(UvLoop& loop, Slice body, size_t piece, Progress& progress)
    : loop_(loop), body_(std::move(body)), piece_(piece), progress_(progress) {}

Task<Result<Slice>> PieceSource::Next() {
  ++progress_.asked;
  // A turn of the loop, so that the answer can come in between.
  do {
    const absl::Duration pause = progress_.held ? absl::Milliseconds(1) : absl::ZeroDuration();
    co_await SleepUntil(loop_, Name(), loop_.Now() + pause);
  } while (progress_.held && progress_.given != 0);
  const size_t size = std::min(piece_, body_.size());
  Slice next = body_.Sub(0, size);
  body_.RemovePrefix(size);
  progress_.given += size;
  co_return next;
}

RealFixture::RealFixture() {
  OpenWhatStays();
  files_ = OpenFiles();
  loop_ = std::make_unique<UvLoop>();
  network_ = std::make_unique<UvNetwork>(*loop_);
}

RealFixture::~RealFixture() = default;

void RealFixture::Missing(absl::string_view program) {
  const char* const wanted = getenv("WAVETANK_REAL_SERVERS");
  if (wanted != nullptr && absl::string_view(wanted) == "required") {
    GTEST_FAIL() << program << " is not installed, and WAVETANK_REAL_SERVERS=required";
  }
  GTEST_SKIP() << program << " is not installed";
}

void RealFixture::TearDown() {
  for (const RealFetch& fetch : fetches_) EXPECT_TRUE(fetch.done);
  fetches_.clear();
  EXPECT_EQ(loop_->first_task, nullptr);
  if (session_ != nullptr) {
    // What was closed from inside a callback is freed in a step of its own.
    loop_->RunUntil([&] { return session_->connector().acquired() == 0; });
    EXPECT_EQ(session_->running(), 0u);
    EXPECT_EQ(session_->connector().acquired(), 0u) << session_->DebugString();
    EXPECT_EQ(session_->connector().waiting(), 0u);
    session_->CloseNow();
    EXPECT_EQ(session_->connector().sockets(), 0u);
    session_.reset();
  }
  EXPECT_EQ(observer.not_closed, 0u);
  EXPECT_EQ(loop_->named_objects.first(), nullptr);
  EXPECT_EQ(loop_->armed_timers(), 0u);
  network_.reset();
  loop_.reset();
  EXPECT_EQ(OpenFiles(), files_);
}

ClientSession& RealFixture::session() {
  if (session_ == nullptr) {
    const ClientEnvironment environment{*loop_, *network_, entropy_, observer};
    session_ = std::make_unique<ClientSession>(environment, options, Name());
  }
  return *session_;
}

RealFetch& RealFixture::Start(RequestOptions request, uint64_t nap_every) {
  RealFetch& fetch = fetches_.emplace_back();
  fetch.nap_every = nap_every;
  request.name = MakeName(*loop_, Name(), "fetch", static_cast<uint32_t>(fetches_.size()));
  const Name task = MakeName(*loop_, Name(), "task", static_cast<uint32_t>(fetches_.size()));
  fetch.task.emplace(*loop_, task, FetchAll(*loop_, session(), std::move(request), fetch));
  return fetch;
}

void RealFixture::Run() {
  for (RealFetch& fetch : fetches_) {
    RunUntil([&] { return fetch.task->done(); });
  }
}

RealFetch& RealFixture::Get(std::string url) {
  RequestOptions request;
  request.url = std::move(url);
  RealFetch& fetch = Start(std::move(request));
  Run();
  return fetch;
}

RealFetch& RealFixture::Put(std::string url, std::unique_ptr<Payload> body) {
  RequestOptions request;
  request.method = "PUT";
  request.url = std::move(url);
  request.body = std::move(body);
  RealFetch& fetch = Start(std::move(request));
  Run();
  return fetch;
}

std::unique_ptr<Payload> RealFixture::Bytes(std::string body) {
  return std::make_unique<BytesPayload>(Slice::Copy(body));
}

std::unique_ptr<Payload> RealFixture::Pieces(std::string body, size_t piece, bool with_length) {
  const absl::optional<uint64_t> length = with_length ? absl::make_optional<uint64_t>(body.size()) : absl::nullopt;
  std::unique_ptr<BodySource> source = std::make_unique<PieceSource>(*loop_, Slice::Copy(body), piece, progress);
  return std::make_unique<StreamPayload>(std::move(source), length);
}

}  // namespace client::testing
