// A session on real sockets, and what its tests against real servers have in common.
//
//   1. Every test ends with the proof that nothing is left: no request, no connection, no timer, no named object, and
//      as many open files as before.
//   2. No test asserts a time. What never comes ends with the timeout of the test.
//   3. Where a server's program is not installed its tests are skipped; with WAVETANK_REAL_SERVERS=required they fail.
#ifndef CLIENT_REAL_REAL_FIXTURE_H_
#define CLIENT_REAL_REAL_FIXTURE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/async/task_group.h"
#include "client/client_session.h"
#include "client/net/system_entropy.h"
#include "client/net/uv_loop.h"
#include "client/net/uv_network.h"
#include "gtest/gtest.h"

namespace client::testing {

// XXH3 of what is added.
class BodyHash {
 public:
  BodyHash();
  BodyHash(const BodyHash&) = delete;
  BodyHash& operator=(const BodyHash&) = delete;
  ~BodyHash();

  void Add(absl::string_view bytes);
  uint64_t Value() const;

 private:
  void* const state_;
};
uint64_t HashOf(absl::string_view bytes);

// Bytes without a pattern that a wrong offset could hide in; another `seed` gives others.
std::string Noise(uint64_t seed, size_t bytes);

size_t OpenFiles();  // of this process

// What the client tells: how often, and how much at most.
class CountingObserver final : public ClientObserver {
 public:
  size_t connected = 0;         // connections
  size_t connections_closed = 0;
  size_t sent = 0;              // requests, each attempt
  size_t pauses = 0;
  size_t not_closed = 0;
  uint64_t buffered_max = 0;    // bytes of a body or of messages

  void ConnectEnded(Name, Name, bool succeeded) override { connected += succeeded; }
  void ConnectionClosed(Name, Name, absl::string_view) override { ++connections_closed; }
  void RequestSent(Name, Name) override { ++sent; }
  void PayloadFed(Name, uint64_t, uint64_t buffered) override { buffered_max = std::max(buffered_max, buffered); }
  void ReadingPaused(Name, Name) override { ++pauses; }
  void NotClosed(Name, absl::string_view) override { ++not_closed; }
};

// A request in a task of its own. The body is hashed as it comes; of it, the first bytes are kept.
struct RealFetch {
  static constexpr size_t kKept = 64 << 10;

  absl::optional<SpawnedTask> task;
  int status = 0;
  Headers headers;
  std::string url;    // that answered
  uint64_t bytes = 0;
  BodyHash hash;
  std::string start;
  absl::optional<ClientError> error;
  bool done = false;
  uint64_t nap_every = 0;  // bytes, after which the reader rests, so that it is slower than the server; 0: never

  std::string Outcome() const;  // "200", "disconnected", "200, then disconnected", "pending"
};

// Gives `body` in pieces, each when the loop has gone round, and counts.
class PieceSource final : public BodySource {
 public:
  struct Progress {
    size_t asked = 0;
    uint64_t given = 0;  // bytes
    bool held = false;   // while true, nothing more is given behind the first piece
  };
  PieceSource(UvLoop& loop, Slice body, size_t piece, Progress& progress);
  Task<Result<Slice>> Next() override;

 private:
  UvLoop& loop_;
  Slice body_;
  const size_t piece_;
  Progress& progress_;
};

class RealFixture : public ::testing::Test {
 public:
  UvLoop& loop() { return *loop_; }
  ClientSession& session();  // made of `options` when it is first asked for

 protected:
  RealFixture();
  ~RealFixture() override;
  void TearDown() override;

  // For SetUp(): the test does not run without `program`.
  static void Missing(absl::string_view program);

  RealFetch& Start(RequestOptions request, uint64_t nap_every = 0);
  void Run();                // until all that was started is done
  // Until `done`; the test has failed if that can never be.
  void RunUntil(absl::FunctionRef<bool()> done) { ASSERT_TRUE(loop_->RunUntil(done)); }

  // Start() and Run().
  RealFetch& Get(std::string url);
  RealFetch& Put(std::string url, std::unique_ptr<Payload> body);
  std::unique_ptr<Payload> Bytes(std::string body);
  // With a length of the body, or without: chunked.
  std::unique_ptr<Payload> Pieces(std::string body, size_t piece, bool with_length);

  ClientOptions options;
  CountingObserver observer;
  PieceSource::Progress progress;

 private:
  size_t files_;  // open before anything was made
  std::unique_ptr<UvLoop> loop_;
  std::unique_ptr<UvNetwork> network_;
  SystemEntropy entropy_;
  std::unique_ptr<ClientSession> session_;
  std::deque<RealFetch> fetches_;
};

}  // namespace client::testing

#endif  // CLIENT_REAL_REAL_FIXTURE_H_
