// The client against aiohttp's server: uploads and responses that go on at the same time.
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

class AiohttpTest : public testing::RealFixture {
 protected:
  void SetUp() override {
    static const std::string python = testing::FindPythonWith("aiohttp.web");
    if (python.empty()) return Missing("python3-aiohttp");
    if (server == nullptr) {
      folder = std::make_unique<testing::TemporaryFolder>();
      server = testing::ServerProcess::Start(1, folder->path() + "/log", [&](const Ports& ports) {
        return std::vector<std::string>{python, "client/real/aiohttp_server.py", absl::StrCat(ports[0])};
      });
    }
    ASSERT_NE(server, nullptr);
  }
  static void TearDownTestSuite() {
    server.reset();
    folder.reset();
  }

  static std::string Url(absl::string_view path) { return absl::StrCat("http://127.0.0.1:", server->port(0), path); }
  RealFetch& Post(absl::string_view path, std::unique_ptr<Payload> body) {
    RequestOptions request;
    request.method = "POST";
    request.url = Url(path);
    request.body = std::move(body);
    return Start(std::move(request));
  }
  void ExpectBody(const RealFetch& fetch, int status, absl::string_view body) {
    EXPECT_EQ(fetch.Outcome(), absl::StrCat(status)) << (fetch.error.has_value() ? fetch.error->DebugString() : "");
    EXPECT_EQ(fetch.bytes, body.size());
    EXPECT_EQ(fetch.hash.Value(), HashOf(body));
  }

  static std::unique_ptr<testing::TemporaryFolder> folder;
  static std::unique_ptr<testing::ServerProcess> server;
};
std::unique_ptr<testing::TemporaryFolder> AiohttpTest::folder;
std::unique_ptr<testing::ServerProcess> AiohttpTest::server;

TEST_F(AiohttpTest, AnUploadComesBackWhileItGoesOut) {
  const std::string body = Noise(1, (16 << 20) + 5);
  for (const bool with_length : {false, true}) {
    RealFetch& echo = Post("/echo", Pieces(body, 50'000, with_length));
    Run();
    ExpectBody(echo, 200, body);
  }
  EXPECT_EQ(observer.connected, 1u);
  EXPECT_LE(observer.buffered_max, options.read_high_water + options.socket.max_read);
}

TEST_F(AiohttpTest, AnUploadComesBackToASlowReader) {
  const std::string body = Noise(2, 16 << 20);
  RequestOptions request;
  request.method = "POST";
  request.url = Url("/echo");
  request.body = Pieces(body, 100'000, false);
  RealFetch& echo = Start(std::move(request), 1 << 20);
  Run();
  ExpectBody(echo, 200, body);
  EXPECT_LE(observer.buffered_max, options.read_high_water + options.socket.max_read);
}

TEST_F(AiohttpTest, TinyChunksBothWays) {
  for (const size_t size : {1, 2, 3, 100}) {
    const std::string body = Noise(size, 600);
    RealFetch& echo = Post("/echo", Pieces(body, size, false));
    Run();
    ExpectBody(echo, 200, body);
  }
}

TEST_F(AiohttpTest, WhatComesBackCompressedIsDecodedAsItComes) {
  const std::string body = absl::StrCat(Noise(3, 100'000), std::string(1 << 20, 'a'), Noise(4, 100'000));
  RealFetch& echo = Post("/echo?compress=1", Pieces(body, 30'000, false));
  Run();
  ExpectBody(echo, 200, body);
  EXPECT_TRUE(echo.headers.Has("Content-Encoding"));
}

TEST_F(AiohttpTest, FramingIsWhatThePayloadSays) {
  RealFetch& with = Post("/count", Pieces(Noise(5, 1'000'000), 10'000, true));
  RealFetch& without = Post("/count", Pieces(Noise(5, 1'000'000), 10'000, false));
  RealFetch& empty = Post("/count", Bytes(""));
  Run();
  EXPECT_EQ(with.start, "1000000 by length");
  EXPECT_EQ(without.start, "1000000 by chunked");
  EXPECT_EQ(empty.start, "0 by length");
}

TEST_F(AiohttpTest, AnErrorBeforeTheEndOfTheUploadStopsIt) {
  progress.held = true;  // the source will never end
  RealFetch& refused = Post("/early?status=413", Pieces(Noise(6, 1 << 20), 1000, false));
  Run();
  ExpectBody(refused, 413, "early");
  EXPECT_LT(progress.given, 1u << 20);
}

TEST_F(AiohttpTest, AnAnswerBeforeTheEndOfTheUploadIsReadWhileItGoesOn) {
  const std::string body = Noise(7, 4 << 20);
  RealFetch& answered = Post("/early?status=200&read=1", Pieces(body, 100'000, false));
  Run();
  ExpectBody(answered, 200, "early");
  RealFetch& next = Post("/count", Bytes("next"));
  Run();
  ExpectBody(next, 200, "4 by length");
}

TEST_F(AiohttpTest, SlowChunksOfAllSizes) {
  std::string body;
  for (int size = 1; size <= 200; ++size) body.append(size, static_cast<char>('a' + size % 26));
  RequestOptions request;
  request.url = Url("/slow?chunks=200");
  RealFetch& slow = Start(std::move(request));
  Run();
  ExpectBody(slow, 200, body);
}

TEST_F(AiohttpTest, AConnectionThatEndsInTheMiddleIsAnErrorAndNeverACleanEnd) {
  for (const absl::string_view framing : {"chunked", "length"}) {
    for (const absl::string_view by : {"close", "reset"}) {
      RealFetch& cut = Get(Url(absl::StrCat("/cut?framing=", framing, "&by=", by)));
      EXPECT_EQ(cut.Outcome(), "200, then disconnected") << framing << " " << by;
      EXPECT_EQ(cut.start, std::string(cut.bytes, 'x'));
      EXPECT_LE(cut.bytes, 10'000u);
      if (by == "close") EXPECT_EQ(cut.bytes, 10'000u);
    }
  }
  EXPECT_EQ(observer.connected, 4u);
}

TEST_F(AiohttpTest, AConnectionThatIsClosedInsteadOfKeptIsReplaced) {
  for (int i = 0; i < 50; ++i) ExpectBody(Get(Url("/after")), 200, "kept");
}

TEST_F(AiohttpTest, UploadsAndDownloadsShareFewConnections) {
  options.limit = 3;
  std::vector<RealFetch*> fetches;
  const std::string body = Noise(8, 200'000);
  for (int i = 0; i < 60; ++i) fetches.push_back(&Post("/echo", Pieces(body, 20'000, i % 2 == 0)));
  Run();
  for (const RealFetch* fetch : fetches) ExpectBody(*fetch, 200, body);
  EXPECT_EQ(observer.connected, 3u);
}

TEST_F(AiohttpTest, CancelledInTheMiddleNothingIsLeft) {
  progress.held = true;
  RequestOptions request;
  request.method = "POST";
  request.url = Url("/echo");
  request.body = Pieces(Noise(9, 1 << 20), 1000, false);
  RealFetch& fetch = Start(std::move(request));
  RunUntil([&] { return fetch.bytes == 1000; });
  fetch.task.reset();
  fetch.done = true;
  EXPECT_EQ(std::exchange(observer.not_closed, 0), 1u);
  RealFetch& next = Post("/count", Bytes("next"));
  RunUntil([&] { return next.done; });
  ExpectBody(next, 200, "4 by length");
}

}  // namespace
}  // namespace client
