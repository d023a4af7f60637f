// What is left of a response that nobody wants any more.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "client/async/async_event.h"
#include "client/client_session.h"
#include "client/testing/client_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

constexpr absl::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
constexpr absl::string_view kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

class ClientDrainTest : public ClientFixture {
 protected:
  // A response of which `bytes` have come, head included; its connection is the last one.
  Fetch& Begun(absl::string_view bytes) {
    Fetch& get = GetHead("http://a.test/");
    Run();
    Peer(bytes);
    return get;
  }
  void Peer(absl::string_view bytes) {
    network.last().Send(bytes);
    Run();
  }
  const Connector& pool() { return session().connector(); }
};

TEST_F(ClientDrainTest, ALittleIsDrainedAndTheConnectionUsedAgain) {
  Fetch& get = Begun(absl::StrCat(kHead, "he"));
  get.response->Release();
  get.response->Release();
  EXPECT_EQ(pool().acquired(), 1u);
  EXPECT_EQ(observer.Count("ConnectionDraining"), 1u);
  EXPECT_EQ(observer.Count("RequestEnded get#1 ok"), 1u);
  Peer("l");
  EXPECT_EQ(pool().idle(), 0u);
  Peer("lo");
  EXPECT_EQ(pool().idle(), 1u);
  EXPECT_EQ(loop.armed_timers(), 1u);  // keep-alive
  EXPECT_EQ(ReadOnce(*get.response).value().view(), "he");
  EXPECT_EQ(ReadOnce(*get.response).error().message(), "the response was released");

  Fetch& next = Get("http://a.test/");
  Run();
  Peer(kHello);
  EXPECT_EQ(next.Outcome(), "200 hello");
  EXPECT_EQ(network.wires(), 1u);
  ExpectClean();
}

TEST_F(ClientDrainTest, ChunksAreDrainedUpToTheBound) {
  options.drain_bytes_max = 14;  // the lines of chunks count
  Fetch& fits = Begun(absl::StrCat(kChunkedHead, "3\r\nabc\r\n"));
  fits.response->Release();
  Peer("9\r\n123456789\r\n");
  EXPECT_EQ(pool().acquired(), 1u);
  Peer("0\r\nX-Trailer: 1\r\n\r\n");
  EXPECT_EQ(pool().idle(), 1u);

  Fetch& larger = Begun(absl::StrCat(kChunkedHead, "3\r\nabc\r\n"));
  larger.response->Release();
  Peer("9\r\n123456789\r\n");
  EXPECT_EQ(network.open(), 1u);
  Peer("1\r\n1\r\n");
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(observer.Count("ConnectionClosed pool/a.test:80 pool/connection#1 too much to drain"), 1u);
  ExpectClean();
}

TEST_F(ClientDrainTest, WhatIsNotWorthItClosesTheConnection) {
  options.drain_bytes_max = 4;
  const std::string cases[] = {
      std::string(kHead),                                                     // too much
      "HTTP/1.1 200 OK\r\n\r\n",                                              // until the connection ends
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhe",  // said so
  };
  for (const std::string& bytes : cases) {
    Fetch& get = Begun(bytes);
    get.response->Release();
    EXPECT_EQ(network.open(), 0u) << bytes;
  }
  Fetch& closed = Begun(absl::StrCat(kHead, "he"));
  closed.response->Close();
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(observer.Count("ConnectionDraining"), 0u);
  ExpectClean();
}

TEST_F(ClientDrainTest, NothingIsDrainedWhereNothingIsKept) {
  for (const bool kept : {true, false}) {
    options.drain_bytes_max = kept ? 0 : 64;
    options.keepalive_timeout = kept ? absl::Seconds(15) : absl::ZeroDuration();
    session_.reset();
    Begun(absl::StrCat(kHead, "he")).response->Release();
    EXPECT_EQ(network.open(), 0u);
  }
  ExpectClean();
}

TEST_F(ClientDrainTest, AServerThatFallsSilentIsGivenASecond) {
  Begun(absl::StrCat(kHead, "he")).response->Release();
  loop.Advance(absl::Milliseconds(900));
  EXPECT_EQ(network.open(), 1u);
  Peer("l");  // is no reason to wait longer
  loop.Advance(absl::Milliseconds(200));
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(observer.Count("ConnectionClosed pool/a.test:80 pool/connection#1 draining took too long"), 1u);
  ExpectClean();
}

TEST_F(ClientDrainTest, WhateverBreaksTheConnectionEndsTheDraining) {
  const std::pair<absl::string_view, absl::string_view> cases[] = {
      {"", "closed by the peer"}, {"llo+", "unsolicited bytes"}, {"3\r\nabc\r\nx", "what was drained is not HTTP"}};
  for (const auto& [bytes, why] : cases) {
    Begun(why == "what was drained is not HTTP" ? std::string(kChunkedHead) : absl::StrCat(kHead, "he"))
        .response->Release();
    if (bytes.empty()) {
      network.last().SendEof();
    } else {
      network.last().Send(bytes);
    }
    Run();
    EXPECT_EQ(network.open(), 0u) << why;
    const std::string name = absl::StrCat("pool/connection#", network.wires());
    EXPECT_EQ(observer.Count(absl::StrCat("ConnectionClosed pool/a.test:80 ", name, " ", why)), 1u) << why;
  }
  ExpectClean();
}

TEST_F(ClientDrainTest, APausedBodyIsResumedToBeDrained) {
  options.read_low_water = 1;
  options.read_high_water = 2;
  Fetch& get = Begun(absl::StrCat(kHead, "hell"));
  EXPECT_TRUE(network.last().paused);
  get.response->Release();
  EXPECT_FALSE(network.last().paused);
  Peer("o");
  EXPECT_EQ(pool().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientDrainTest, WhoeverNeedsTheSlotDoesNotWaitForTheDraining) {
  for (const bool of_host : {false, true}) {
    for (const bool queued : {false, true}) {
      options.limit = of_host ? 0 : 1;
      options.limit_per_host = of_host ? 1 : 0;
      session_.reset();
      Fetch& get = Begun(absl::StrCat(kHead, "he"));
      const size_t wires = network.wires();
      const absl::string_view url = of_host ? "http://a.test/" : "http://b.test/";
      if (!queued) get.response->Release();
      Fetch& next = Get(url);
      Run();
      if (queued) get.response->Release();
      Run();
      EXPECT_EQ(network.wires(), wires + 1);
      EXPECT_EQ(network.open(), 1u);
      Peer(kHello);
      EXPECT_EQ(next.Outcome(), "200 hello");
      EXPECT_EQ(pool().idle(), 1u);
    }
  }
  ExpectClean();
}

TEST_F(ClientDrainTest, AnIdleConnectionMakesRoomBeforeOneThatIsDrained) {
  options.limit = 2;
  Begun(absl::StrCat(kHead, "he")).response->Release();
  Get("http://b.test/");
  Run();
  Peer(kHello);
  EXPECT_EQ(pool().idle(), 1u);
  Fetch& next = Get("http://c.test/");
  Run();
  EXPECT_EQ(network.wires(), 3u);
  EXPECT_EQ(pool().idle(), 0u);
  EXPECT_EQ(pool().sockets(), 2u);
  network.wire(0).Send("llo");
  Run();
  EXPECT_EQ(pool().idle(), 1u);
  Peer(kHello);
  EXPECT_EQ(next.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientDrainTest, ClosingTheSessionEndsTheDraining) {
  Fetch& get = Begun(absl::StrCat(kHead, "he"));
  get.response->Release();
  session().CloseNow();
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(loop.armed_timers(), 0u);
  ExpectClean();
}

// Its first answer comes when it is asked for more: never.
class Endless final : public BodySource {
 public:
  Endless() : never_(WaitReason{"more of", Name()}) {}
  Task<Result<Slice>> Next() override {
    if (std::exchange(asked_, true)) co_await never_.Wait();
    co_return Slice::Static("body");
  }

 private:
  bool asked_ = false;
  AsyncEvent never_;
};

TEST_F(ClientDrainTest, ARequestThatWasNotSentToItsEndIsNotDrained) {
  RequestOptions request;
  request.method = "POST";
  request.url = "http://a.test/";
  request.body = std::make_unique<StreamPayload>(std::make_unique<Endless>(), absl::nullopt);
  Fetch& post = Start(std::move(request));
  post.read = false;
  Run();
  Peer(absl::StrCat(kHead, "he"));
  post.response->Release();
  EXPECT_EQ(observer.Count("ConnectionDraining"), 0u);
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientDrainTest, TheBodyOfARedirectIsDrained) {
  Fetch& get = Get("http://a.test/");
  Run();
  Peer("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 5\r\n\r\nhe");
  EXPECT_EQ(network.wires(), 2u);
  EXPECT_EQ(observer.Count("ConnectionDraining pool/a.test:80 pool/connection#1"), 1u);
  network.wire(0).Send("llo");
  Run();
  EXPECT_EQ(pool().idle(), 1u);
  Peer(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(pool().idle(), 2u);
  ExpectClean();
}

Task<> CloseGracefully(ClientSession& session, bool& closed) {
  co_await session.Close();
  closed = true;
}

TEST_F(ClientDrainTest, AGracefulCloseWaitsForSoLongAndThenCuts) {
  options.close_timeout = absl::Seconds(5);
  Fetch& get = Begun(absl::StrCat(kHead, "he"));
  bool closed = false;
  SpawnedTask close(loop, MakeName(loop, Name(), "close"), CloseGracefully(session(), closed));
  loop.Advance(absl::Milliseconds(4900));
  EXPECT_FALSE(closed);
  loop.Advance(absl::Milliseconds(200));
  EXPECT_TRUE(closed);
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(ReadOnce(*get.response).value().view(), "he");
  EXPECT_EQ(ReadOnce(*get.response).error().kind(), ErrorKind::kSessionClosed);
  ExpectClean();
}

}  // namespace
}  // namespace client::testing
