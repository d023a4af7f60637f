#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/client_session.h"
#include "client/testing/client_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

// Gives "body" once; replayable if it is told so.
class OneShot final : public BodySource {
 public:
  explicit OneShot(bool replayable) : replayable_(replayable) {}
  Task<Result<Slice>> Next() override {
    if (given_) co_return Slice();
    given_ = true;
    co_return Slice::Static("body");
  }
  bool replayable() const override { return replayable_; }
  Result<void> Rewind() override {
    given_ = false;
    return Result<void>();
  }

 private:
  const bool replayable_;
  bool given_ = false;
};

class ClientFollowTest : public ClientFixture {
 protected:
  static RequestOptions To(absl::string_view method, absl::string_view url) {
    RequestOptions request;
    request.method = std::string(method);
    request.url = std::string(url);
    return request;
  }
  static std::unique_ptr<Payload> Body() { return std::make_unique<BytesPayload>(Slice::Static("body")); }
  static std::unique_ptr<Payload> Stream(bool replayable) {
    return std::make_unique<StreamPayload>(std::make_unique<OneShot>(replayable), 4);
  }
  static std::string Moved(int status, absl::string_view location) {
    return absl::StrCat("HTTP/1.1 ", status, " Moved\r\nLocation: ", location, "\r\nContent-Length: 0\r\n\r\n");
  }
  // Sends on the newest connection, and runs; what the client had sent on it before is forgotten.
  void Peer(absl::string_view bytes) {
    network.last().written.clear();
    network.last().Send(bytes);
    Run();
  }
  // Makes a connection that has served one request.
  void WarmUp() {
    Get("http://a.test/");
    Run();
    Peer(kHello);
    ASSERT_EQ(session().connector().idle(), 1u);
    network.last().written.clear();
  }
};

TEST_F(ClientFollowTest, ARedirectIsFollowedOnTheSameConnection) {
  Fetch& get = Get("http://a.test/one/two?x");
  Run();
  Peer(Moved(302, "../three?y#fragment"));
  EXPECT_EQ(network.wire(0).written, "GET /three?y HTTP/1.1\r\nHost: a.test\r\n\r\n");
  Peer(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(get.response->url(), "http://a.test/three?y");
  EXPECT_EQ(get.response->redirects(), 1u);
  EXPECT_EQ(network.wires(), 1u);
  EXPECT_EQ(observer.Count("PayloadOpened pool/connection#1 get#1 get#1/body#1"), 1u);
  EXPECT_EQ(observer.Count("RequestStarted"), 1u);
  ExpectClean();
}

TEST_F(ClientFollowTest, ARedirectWithTooMuchBodyStillToComeCostsItsConnection) {
  options.drain_bytes_max = 90;
  Fetch& get = Get("http://a.test/");
  Run();
  Peer("HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 100\r\n\r\npartly");
  EXPECT_EQ(network.wires(), 2u);
  EXPECT_FALSE(network.wire(0).open);
  Peer(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientFollowTest, TheMethodAndTheBodyFollowTheRules) {
  struct Case {
    int status;
    absl::string_view method;
    absl::string_view then;
    bool body;
  };
  const Case cases[] = {
      {301, "POST", "GET", false}, {302, "POST", "GET", false},   {303, "POST", "GET", false},
      {303, "PUT", "GET", false},  {303, "HEAD", "HEAD", false},  {301, "PUT", "PUT", true},
      {302, "PATCH", "PATCH", true}, {307, "POST", "POST", true}, {308, "POST", "POST", true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.status, " ", c.method));
    RequestOptions request = To(c.method, "http://a.test/");
    request.headers.Add("Content-Type", "text/plain");
    if (c.method != "HEAD") request.body = Body();
    Start(std::move(request));
    Run();
    Peer(Moved(c.status, "/there"));
    const std::string& sent = network.last().written;
    EXPECT_TRUE(absl::StartsWith(sent, absl::StrCat(c.then, " /there HTTP/1.1\r\n"))) << sent;
    EXPECT_EQ(absl::EndsWith(sent, "Content-Length: 4\r\n\r\nbody"), c.body) << sent;
    EXPECT_EQ(absl::StrContains(sent, "Content-Type"), c.then == c.method) << sent;
    Peer(c.then == "HEAD" ? "HTTP/1.1 200 OK\r\n\r\n" : kHello);
    EXPECT_EQ(fetches.back().status, 200);
  }
  ExpectClean();
}

TEST_F(ClientFollowTest, ABodyIsSentAgainOnlyIfItIsReplayable) {
  for (const bool replayable : {false, true}) {
    RequestOptions request = To("POST", "http://a.test/");
    request.body = Stream(replayable);
    Fetch& post = Start(std::move(request));
    Run();
    Peer(Moved(307, "/there"));
    if (replayable) {
      EXPECT_TRUE(absl::EndsWith(network.last().written, "Content-Length: 4\r\n\r\nbody"));
      Peer(kHello);
    }
    EXPECT_EQ(post.Outcome(), replayable ? "200 hello" : "307 ");
  }
  ExpectClean();
}

TEST_F(ClientFollowTest, CredentialsStayWithTheirOrigin) {
  options.keepalive_timeout = absl::ZeroDuration();  // so that the newest connection is the one in use
  for (const absl::string_view there : {"http://b.test/", "http://a.test:81/", "//b.test/"}) {
    RequestOptions request = To("GET", "http://a.test/");
    for (const absl::string_view name : {"Authorization", "Cookie", "Proxy-Authorization", "X-Other"}) {
      request.headers.Add(name, "secret");
    }
    request.headers.Add("Host", "other.test");
    Start(std::move(request));
    Run();
    Peer(Moved(302, "/within"));
    EXPECT_TRUE(absl::StrContains(network.last().written, "Authorization: secret\r\nCookie: secret\r\n"));
    network.last().Send(Moved(302, there));
    Run();
    const std::string& sent = network.last().written;
    EXPECT_TRUE(absl::StrContains(sent, "X-Other: secret\r\n")) << sent;
    EXPECT_FALSE(absl::StrContains(sent, "Authorization")) << sent;
    EXPECT_FALSE(absl::StrContains(sent, "Cookie")) << sent;
    EXPECT_FALSE(absl::StrContains(sent, "other.test")) << sent;
    Peer(kHello);
  }
  ExpectClean();
}

TEST_F(ClientFollowTest, RedirectsAreBounded) {
  options.redirects_max = 3;
  Fetch& get = Get("http://a.test/");
  Run();
  for (int i = 0; i < 4; ++i) Peer(Moved(302, "/again"));
  EXPECT_EQ(get.Outcome(), "rejected");
  EXPECT_EQ(get.error->message(), "more than 3 redirects");
  RequestOptions request = To("GET", "http://a.test/");
  request.redirects_max = 0;
  Fetch& plain = Start(std::move(request));
  Run();
  Peer(Moved(302, "/again"));
  EXPECT_EQ(plain.Outcome(), "302 ");
  ExpectClean();
}

TEST_F(ClientFollowTest, RedirectsThatLeadNowhereAreRejected) {
  for (const absl::string_view there : {"ftp://a.test/", "http://user@a.test/", "http:///"}) {
    Fetch& get = Get("http://a.test/");
    Run();
    Peer(Moved(302, there));
    EXPECT_EQ(get.Outcome(), "rejected") << there;
  }
  Fetch& get = Get("http://a.test/");
  Run();
  Peer("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(get.Outcome(), "302 ");
  ExpectClean();
}

TEST_F(ClientFollowTest, TheTotalTimeoutSpansAllOfIt) {
  options.timeout.total = absl::Seconds(10);
  Fetch& get = Get("http://a.test/");
  Run();
  loop.Advance(absl::Seconds(6));
  Peer(Moved(302, "/x"));
  loop.Advance(absl::Seconds(4));
  EXPECT_EQ(get.Outcome(), "timeout (total)");
  ExpectClean();
}

Task<> CloseGracefully(ClientSession& session, bool& closed) {
  co_await session.Close();
  closed = true;
}

TEST_F(ClientFollowTest, AGracefulCloseWaitsForTheEndOfTheRedirects) {
  Fetch& get = Get("http://a.test/");
  Run();
  bool closed = false;
  SpawnedTask task(loop, MakeName(loop, Name(), "close"), CloseGracefully(session(), closed));
  Run();
  Peer(Moved(302, "/x"));
  EXPECT_FALSE(closed);
  Peer(kHello);
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_TRUE(closed);
  ExpectClean();
}

TEST_F(ClientFollowTest, ASessionThatEndsBetweenTheRedirectAndItsFollowingIsAnError) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.last().Send(Moved(302, "/x"));
  while (observer.Count("HeadReceived") == 0) ASSERT_TRUE(loop.Step());
  session_.reset();
  Run();
  EXPECT_EQ(get.Outcome(), "session closed");
  EXPECT_EQ(network.wires(), 1u);
  ExpectClean();
}

TEST_F(ClientFollowTest, ARequestCancelledAtAnyStepOfItsRedirectsLeavesNothing) {
  for (size_t steps = 0; steps < 16; ++steps) {
    SCOPED_TRACE(steps);
    const size_t wires = network.wires();
    Fetch& get = Get("http://a.test/");
    for (size_t i = 0; i < steps; ++i) {
      if (network.wires() > wires && absl::EndsWith(network.last().written, "\r\n\r\n")) {
        network.last().written.clear();
        network.last().Send("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1\r\n\r\n");
        network.last().Send("x");
      }
      loop.Step();
    }
    get.Cancel();
    get.response.reset();
    Run();
    EXPECT_EQ(session().connector().acquired(), 0u);
    EXPECT_EQ(session().running(), 0u);
    ExpectClean();
  }
}

TEST_F(ClientFollowTest, AUsedConnectionThatBreaksUnansweredIsRetriedOnce) {
  for (const bool reset : {false, true}) {
    WarmUp();
    const size_t wires = network.wires();
    Fetch& get = Get("http://a.test/again");
    Run();
    reset ? network.last().Reset() : network.last().SendEof();
    Run();
    ASSERT_EQ(network.wires(), wires + 1);
    EXPECT_EQ(network.last().written, "GET /again HTTP/1.1\r\nHost: a.test\r\n\r\n");
    Peer(kHello);
    EXPECT_EQ(get.Outcome(), "200 hello");
    Fetch& twice = Get("http://a.test/again");
    Run();
    network.last().SendEof();
    Run();
    network.last().SendEof();  // the second one is a fresh connection
    Run();
    EXPECT_EQ(twice.Outcome(), "disconnected");
  }
  ExpectClean();
}

TEST_F(ClientFollowTest, WhatMayHaveHadAnEffectIsNotRetried) {
  struct Case {
    absl::string_view method;
    bool replayable;
    absl::string_view answer;
    bool retried;
  };
  const Case cases[] = {
      {"PUT", true, "", true},           {"DELETE", true, "", true},
      {"PUT", false, "", false},         {"POST", true, "", false},
      {"PATCH", true, "", false},        {"PUT", true, "H", false},
      {"PUT", true, "HTTP/1.1 100 Continue\r\n\r\n", false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.method, c.replayable, c.answer));
    WarmUp();
    const size_t wires = network.wires();
    RequestOptions request = To(c.method, "http://a.test/");
    request.body = Stream(c.replayable);
    Fetch& put = Start(std::move(request));
    Run();
    if (!c.answer.empty()) network.last().Send(c.answer);
    network.last().SendEof();
    Run();
    EXPECT_EQ(network.wires(), wires + (c.retried ? 1 : 0));
    if (c.retried) {
      EXPECT_TRUE(absl::EndsWith(network.last().written, "\r\n\r\nbody"));
      Peer(kHello);
    }
    EXPECT_EQ(put.Outcome(), c.retried ? "200 hello" : "disconnected");
  }
  ExpectClean();
}

TEST_F(ClientFollowTest, AFreshConnectionThatBreaksIsNotRetried) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.last().SendEof();
  Run();
  EXPECT_EQ(get.Outcome(), "disconnected");
  EXPECT_EQ(network.wires(), 1u);
  ExpectClean();
}

class ClientExpectTest : public ClientFollowTest {
 protected:
  Fetch& StartPut(bool replayable = false) {
    RequestOptions request = To("PUT", "http://a.test/");
    request.body = Stream(replayable);
    request.expect_continue = true;
    Fetch& put = Start(std::move(request));
    Run();
    EXPECT_TRUE(absl::EndsWith(network.last().written, "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"))
        << network.last().written;
    return put;
  }
};

TEST_F(ClientExpectTest, TheBodyWaitsForTheServersWord) {
  Fetch& put = StartPut();
  Peer("HTTP/1.1 103 Early Hints\r\n\r\n");
  EXPECT_EQ(network.last().written, "");
  Peer("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(network.last().written, "body");
  Peer(kHello);
  EXPECT_EQ(put.Outcome(), "200 hello");
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientExpectTest, TheBodyDoesNotWaitForever) {
  Fetch& put = StartPut();
  loop.Advance(absl::Milliseconds(999));
  EXPECT_FALSE(absl::EndsWith(network.last().written, "body"));
  loop.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(absl::EndsWith(network.last().written, "body"));
  Peer("HTTP/1.1 100 Continue\r\n\r\n");
  Peer(kHello);
  EXPECT_EQ(put.Outcome(), "200 hello");
  EXPECT_EQ(session().connector().idle(), 1u);
  ExpectClean();
}

TEST_F(ClientExpectTest, AFinalResponseInItsPlaceMeansThatTheBodyIsNotWanted) {
  for (const absl::string_view status : {"200 OK", "403 Forbidden"}) {
    Fetch& put = StartPut();
    Peer(absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Length: 2\r\n\r\nno"));
    EXPECT_EQ(put.Outcome(), absl::StrCat(status.substr(0, 3), " no"));
    EXPECT_EQ(network.last().written, "");
    EXPECT_EQ(network.open(), 0u);
  }
  EXPECT_EQ(loop.armed_timers(), 0u);
  ExpectClean();
}

TEST_F(ClientExpectTest, AServerThatDoesNotKnowTheExpectationIsAskedAgainWithoutIt) {
  Fetch& put = StartPut();
  Peer("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
  ASSERT_EQ(network.wires(), 2u);
  EXPECT_EQ(network.last().written, "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nbody");
  Peer(kHello);
  EXPECT_EQ(put.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientExpectTest, AOneShotBodyThatWasNotBegunMayFollowARedirect) {
  Fetch& put = StartPut();
  Peer(Moved(307, "/there"));
  ASSERT_EQ(network.wires(), 2u);
  EXPECT_TRUE(absl::StrContains(network.last().written, "Expect: 100-continue"));
  Peer("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(network.last().written, "body");
  Peer(kHello);
  EXPECT_EQ(put.Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ClientExpectTest, CancelledWhileItWaitsItLeavesNothing) {
  Fetch& put = StartPut();
  put.Cancel();
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientExpectTest, WithoutABodyNothingIsExpected) {
  RequestOptions request = To("GET", "http://a.test/");
  request.expect_continue = true;
  Start(std::move(request));
  Run();
  EXPECT_EQ(network.last().written, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
  ExpectClean();
}

}  // namespace
}  // namespace client::testing
