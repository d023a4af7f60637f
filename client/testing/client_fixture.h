// A session on a fake network, with tasks that fetch, for the client's tests.
#ifndef CLIENT_TESTING_CLIENT_FIXTURE_H_
#define CLIENT_TESTING_CLIENT_FIXTURE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/async/task_group.h"
#include "client/client_session.h"
#include "client/testing/fake_network.h"
#include "client/testing/test_loop.h"
#include "gtest/gtest.h"

namespace client::testing {

// "WaiterQueued pool/a.test:80 get#2", a line for each event but PayloadFed and PayloadRead.
class RecordingObserver final : public ClientObserver {
 public:
  explicit RecordingObserver(TestLoop& loop) : loop_(loop) {}

  std::vector<std::string> lines;
  // How many lines start with `prefix`.
  size_t Count(absl::string_view prefix) const;

  void RequestStarted(Name request, absl::string_view method, absl::string_view url) override;
  void RequestEnded(Name request, const Result<void>& outcome) override;
  void RequestCancelled(Name request) override;
  void WaiterQueued(Name key, Name request) override;
  void WaiterLeft(Name key, Name request) override;
  void ConnectStarted(Name key, Name connection) override;
  void ConnectEnded(Name key, Name connection, bool connected) override;
  void ConnectionAcquired(Name key, Name connection, Name request) override;
  void ConnectionDraining(Name key, Name connection) override;
  void ConnectionIdle(Name key, Name connection) override;
  void ConnectionClosed(Name key, Name connection, absl::string_view why) override;
  void RequestSent(Name connection, Name request) override;
  void HeadReceived(Name connection, Name request, int status) override;
  void PayloadOpened(Name connection, Name request, Name payload) override;
  void PayloadEof(Name payload) override;
  void PayloadError(Name payload, const ClientError& error) override;
  void PayloadDestroyed(Name payload) override;
  void ReadingPaused(Name connection, Name payload) override;
  void ReadingResumed(Name connection, Name payload) override;
  void NotClosed(Name handle, absl::string_view what) override;

 private:
  void Add(absl::string_view what, std::initializer_list<Name> names, absl::string_view more = "");
  TestLoop& loop_;
};

// A request in a task of its own.
struct Fetch {
  Name name;
  absl::optional<SpawnedTask> task;
  std::unique_ptr<ClientResponse> response;
  int status = 0;
  std::string body;
  absl::optional<ClientError> error;
  bool done = false;
  bool read = true;  // the body, to its end

  void Cancel() { task.reset(); }
  std::string Outcome() const;  // "200 hello", "timeout (total)", "pending"
};

class ClientFixture : public ::testing::Test {
 public:
  ClientFixture();
  ~ClientFixture() override;

 protected:
  struct ZeroEntropy final : Entropy {
    uint64_t Next() override { return 0; }
  };

  ClientSession& session();  // made of `options` when it is first asked for
  // Starts a request; nothing runs yet.
  Fetch& Start(RequestOptions options);
  Fetch& Get(absl::string_view url);
  Fetch& GetHead(absl::string_view url);  // leaves the body to the test
  Fetch& Post(absl::string_view url, std::unique_ptr<Payload> body);
  // One read of a response.
  Result<Slice> ReadOnce(ClientResponse& response);
  // Runs until nothing is ready.
  void Run() { loop.RunReady(); }
  // Destroys session and requests, and expects that nothing is left.
  void ExpectClean();
  void ExpectEndedOnce();

  TestLoop loop;
  FakeNetwork network{loop};
  ZeroEntropy entropy;
  RecordingObserver observer{loop};
  ClientOptions options;
  absl::optional<ClientSession> session_;
  std::deque<Fetch> fetches;
};

inline constexpr absl::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace client::testing

#endif  // CLIENT_TESTING_CLIENT_FIXTURE_H_
