// Requests with bodies: what goes out, and what happens when the two directions do not end in the usual order.
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/async/signal.h"
#include "client/client_session.h"
#include "client/testing/client_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

// What the test gives it, when the test gives it.
struct Script {
  std::deque<Result<Slice>> parts;
  Signal more;

  void Give(Result<Slice> part) {
    parts.push_back(std::move(part));
    more.Wake();
  }
};

class ScriptedSource final : public BodySource {
 public:
  explicit ScriptedSource(Script& script) : script_(script) {}
  Task<Result<Slice>> Next() override {
    while (script_.parts.empty()) {
      const WaitReason reason{"the script of", Name()};
      co_await script_.more.Wait(reason);
    }
    Result<Slice> part = std::move(script_.parts.front());
    script_.parts.pop_front();
    co_return std::move(part);
  }

 private:
  Script& script_;
};

class ClientUploadTest : public ClientFixture {
 protected:
  std::unique_ptr<Payload> Source(absl::optional<uint64_t> length) {
    return std::make_unique<StreamPayload>(std::make_unique<ScriptedSource>(script), length);
  }
  std::string Body(size_t wire = 0) {
    const std::string& written = network.wire(wire).written;
    return written.substr(written.find("\r\n\r\n") + 4);
  }

  Script script;
};

TEST_F(ClientUploadTest, ABodyOfKnownLengthIsDeclared) {
  Fetch& post = Post("http://a.test/", std::make_unique<BytesPayload>(Slice::Static("hello")));
  Run();
  EXPECT_EQ(network.wire(0).written, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(observer.Count("RequestSent pool/connection#1 get#1"), 1u);
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(post.Outcome(), "200 hello");
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientUploadTest, ABodyOfUnknownLengthIsChunked) {
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  Run();
  script.Give(Slice::Static("hello"));
  Run();
  EXPECT_EQ(Body(), "5\r\nhello\r\n");
  script.Give(Slice());
  Run();
  EXPECT_EQ(Body(), "5\r\nhello\r\n0\r\n\r\n");
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(post.Outcome(), "200 hello");
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientUploadTest, APostWithoutABodySaysSo) {
  Post("http://a.test/", nullptr);
  Post("http://a.test/", std::make_unique<BytesPayload>(Slice()));
  Run();
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(network.wire(i).written, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n");
    network.wire(i).Send(kHello);
  }
  Run();
  EXPECT_EQ(session().connector().idle(), 2u);
  ExpectClean();
}

TEST_F(ClientUploadTest, FewerOrMoreBytesThanDeclaredAreTheSourcesError) {
  for (const absl::string_view bytes : {"hell", "hello!"}) {
    Fetch& post = Post("http://a.test/", Source(5));
    script.Give(Slice::Static(bytes));
    script.Give(Slice());
    Run();
    EXPECT_EQ(post.Outcome(), "body source");
    EXPECT_EQ(network.open(), 0u);
    script.parts.clear();
  }
  EXPECT_EQ(Body(0), "hell");
  EXPECT_EQ(Body(1), "");
  ExpectClean();
}

TEST_F(ClientUploadTest, BytesBehindTheDeclaredOnesAreTheSourcesError) {
  Fetch& post = Post("http://a.test/", Source(5));
  script.Give(Slice::Static("hello"));
  script.Give(Slice::Static("!"));
  Run();
  EXPECT_EQ(post.Outcome(), "body source");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientUploadTest, ASourceThatFailsFailsTheRequestAndDoesNotEndTheBody) {
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  Run();
  script.Give(Slice::Static("hello"));
  script.Give(ClientError(ErrorKind::kDisconnected, "the disk is gone"));
  Run();
  EXPECT_EQ(post.Outcome(), "body source");
  EXPECT_EQ(Body(), "5\r\nhello\r\n");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientUploadTest, ASourceThatFailsDuringTheResponseFailsItsBody) {
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
  Run();
  script.Give(ClientError(ErrorKind::kBodySource, "gone"));
  Run();
  EXPECT_EQ(post.Outcome(), "body source");
  EXPECT_EQ(post.body, "he");
  ExpectClean();
}

TEST_F(ClientUploadTest, TheWriterWaitsWhileTheTransportIsFull) {
  options.socket.write_high = 8;
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  script.parts.push_back(Slice());
  script.parts.push_front(Slice::Static("world"));
  script.parts.push_front(Slice::Static("hello"));
  while (network.wires() == 0) ASSERT_TRUE(loop.Step());
  network.wire(0).hold_writes = true;
  Run();
  EXPECT_EQ(script.parts.size(), 2u);
  network.wire(0).TakeWrites();
  Run();
  EXPECT_EQ(Body(), "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n");
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(post.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientUploadTest, ARefusalStopsTheUploadAndClosesTheConnectionAfterTheResponse) {
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  Run();
  script.Give(Slice::Static("hello"));
  Run();
  network.wire(0).Send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n");
  Run();
  script.Give(Slice::Static("world"));
  Run();
  EXPECT_EQ(Body(), "5\r\nhello\r\n");
  network.wire(0).Send("no");
  Run();
  EXPECT_EQ(post.Outcome(), "413 no");
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(observer.Count("RequestSent"), 0u);
  EXPECT_EQ(
      observer.Count("ConnectionClosed pool/a.test:80 pool/connection#1 the request was not sent to its end"), 1u);
  ExpectClean();
}

TEST_F(ClientUploadTest, AnEarlySuccessLetsTheUploadGoOn) {
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
  Run();
  script.Give(Slice::Static("hello"));
  script.Give(Slice());
  Run();
  EXPECT_EQ(Body(), "5\r\nhello\r\n0\r\n\r\n");
  network.wire(0).Send("llo");
  Run();
  EXPECT_EQ(post.Outcome(), "200 hello");
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientUploadTest, AResponseThatEndsBeforeTheUploadEndsIt) {
  options.limit = 1;
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  Fetch& next = Get("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(post.Outcome(), "200 hello");
  EXPECT_FALSE(network.wire(0).open);
  EXPECT_FALSE(script.more.has_waiter());
  network.wire(1).Send(kHello);
  Run();
  EXPECT_EQ(next.Outcome(), "200 hello");
  EXPECT_EQ(network.peak(), 1u);
  ExpectClean();
}

TEST_F(ClientUploadTest, AWriterThatHasSentTheDeclaredBytesDoesNotPreventReuse) {
  Fetch& post = Post("http://a.test/", Source(5));
  Run();
  script.Give(Slice::Static("hello"));  // but not its end
  Run();
  network.wire(0).Send(kHello);
  Run();
  EXPECT_EQ(post.Outcome(), "200 hello");
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientUploadTest, ACancelledUploadClosesItsConnectionAndDoesNotEndTheBody) {
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  Run();
  script.Give(Slice::Static("hello"));
  Run();
  post.Cancel();
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(Body(), "5\r\nhello\r\n");
  EXPECT_EQ(observer.Count("RequestCancelled get#1"), 1u);
  ExpectClean();
}

// The source closes the session from inside the writer's own step.
class ClosingSource final : public BodySource {
 public:
  explicit ClosingSource(ClientSession& session) : session_(session) {}
  Task<Result<Slice>> Next() override {
    session_.CloseNow();
    co_return Slice::Static("hello");
  }

 private:
  ClientSession& session_;
};

TEST_F(ClientUploadTest, ASourceMayCloseTheSession) {
  Fetch& post = Post("http://a.test/",
                     std::make_unique<StreamPayload>(std::make_unique<ClosingSource>(session()), absl::nullopt));
  Run();
  EXPECT_EQ(post.Outcome(), "session closed");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientUploadTest, AnUploadCancelledAtAnySuspensionLeavesNothing) {
  options.socket.write_high = 8;
  bool finished = false;
  size_t points = 0;
  for (; !finished && points < 1000; ++points) {
    SCOPED_TRACE(points);
    script.parts.clear();
    Fetch& post = Post("http://a.test/", Source(absl::nullopt));
    bool held = false;
    bool answered = false;
    const auto step = [&] {
      if (network.wires() > 0 && network.last().open) {
        Wire& wire = network.last();
        if (!held) held = wire.hold_writes = true;
        if (wire.hold_writes && !loop.ready()) wire.TakeWrites();
        const bool enough = wire.written.size() > 100;
        if (script.more.has_waiter()) script.Give(enough ? Slice() : Slice::Static("0123456789"));
        if (absl::EndsWith(wire.written, "\r\n0\r\n\r\n") && !answered) {
          answered = true;
          wire.Send(kHello);
        }
      }
      return loop.Step();
    };
    for (size_t i = 0; i < points && !finished; ++i) finished = !step() || post.done;
    post.Cancel();
    post.response.reset();
    Run();
    EXPECT_EQ(session().connector().acquired(), 0u);
    ExpectClean();
  }
  EXPECT_TRUE(finished);
  EXPECT_GT(points, 8u);
}

TEST_F(ClientUploadTest, SockReadDoesNotRunWhileNothingIsOwed) {
  options.timeout.sock_read = absl::Seconds(4);
  Fetch& post = Post("http://a.test/", Source(absl::nullopt));
  Run();
  loop.Advance(absl::Seconds(60));
  EXPECT_EQ(post.Outcome(), "pending");
  script.Give(Slice());
  Run();
  loop.Advance(absl::Seconds(4));
  EXPECT_EQ(post.Outcome(), "timeout (sock_read)");
  ExpectClean();
}

}  // namespace
}  // namespace client::testing
