// The client against Python's http.server, which speaks HTTP/1.0: every body ends with its connection.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/real/real_fixture.h"
#include "client/real/server_process.h"

namespace client {
namespace {

using testing::HashOf;
using testing::Noise;
using testing::Ports;
using testing::RealFetch;

class HttpServerTest : public testing::RealFixture {
 protected:
  void SetUp() override {
    static const std::string python = testing::FindPythonWith("http.server");
    if (python.empty()) return Missing("python3");
    if (server == nullptr) {
      folder = std::make_unique<testing::TemporaryFolder>();
      folder->Write("small", "small");
      folder->Write("empty", "");
      folder->Write("large", Large());
      server = testing::ServerProcess::Start(1, folder->path() + "/log", [&](const Ports& ports) {
        return std::vector<std::string>{python, "client/real/plain_server.py", absl::StrCat(ports[0]), folder->path()};
      });
    }
    ASSERT_NE(server, nullptr);
  }
  static void TearDownTestSuite() {
    server.reset();
    folder.reset();
  }

  static std::string Large() { return Noise(1, (10 << 20) + 1); }
  static std::string Url(absl::string_view path) { return absl::StrCat("http://127.0.0.1:", server->port(0), path); }
  void ExpectBody(const RealFetch& fetch, int status, absl::string_view body) {
    EXPECT_EQ(fetch.Outcome(), absl::StrCat(status)) << (fetch.error.has_value() ? fetch.error->DebugString() : "");
    EXPECT_EQ(fetch.bytes, body.size());
    EXPECT_EQ(fetch.hash.Value(), HashOf(body));
  }

  static std::unique_ptr<testing::TemporaryFolder> folder;
  static std::unique_ptr<testing::ServerProcess> server;
};
std::unique_ptr<testing::TemporaryFolder> HttpServerTest::folder;
std::unique_ptr<testing::ServerProcess> HttpServerTest::server;

TEST_F(HttpServerTest, FilesComeWholeEachOnAConnectionOfItsOwn) {
  ExpectBody(Get(Url("/small")), 200, "small");
  ExpectBody(Get(Url("/empty")), 200, "");
  ExpectBody(Get(Url("/large")), 200, Large());
  EXPECT_EQ(Get(Url("/missing")).Outcome(), "404");
  EXPECT_EQ(observer.connected, 4u);
}

TEST_F(HttpServerTest, BodiesWithoutALengthEndWithTheConnection) {
  ExpectBody(Get(Url("/until_close/small")), 200, "small");
  ExpectBody(Get(Url("/until_close/empty")), 200, "");
  ExpectBody(Get(Url("/until_close/large")), 200, Large());
  RequestOptions request;
  request.url = Url("/until_close/large");
  RealFetch& slow = Start(std::move(request), 1 << 20);
  Run();
  ExpectBody(slow, 200, Large());
  EXPECT_LE(observer.buffered_max, options.read_high_water + options.socket.max_read);
  EXPECT_EQ(observer.connected, 4u);
}

TEST_F(HttpServerTest, AResetIsNoEndOfABody) {
  RealFetch& cut = Get(Url("/until_close/large?reset"));
  EXPECT_EQ(cut.Outcome(), "200, then disconnected");
  EXPECT_LE(cut.bytes, Large().size());
}

TEST_F(HttpServerTest, ManyAtOnceUnderALimit) {
  options.limit = 5;
  std::vector<RealFetch*> fetches;
  for (int i = 0; i < 40; ++i) {
    RequestOptions request;
    request.url = Url(i % 2 == 0 ? "/small" : "/until_close/small");
    fetches.push_back(&Start(std::move(request)));
  }
  Run();
  for (const RealFetch* fetch : fetches) ExpectBody(*fetch, 200, "small");
  EXPECT_EQ(observer.connected, 40u);
}

TEST_F(HttpServerTest, AMethodThatTheServerDoesNotKnow) {
  EXPECT_EQ(Put(Url("/small"), Bytes("new")).Outcome(), "501");
  ExpectBody(Get(Url("/small")), 200, "small");
}

}  // namespace
}  // namespace client
