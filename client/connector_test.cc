#include "client/connector.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/testing/client_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

class ConnectorTest : public ClientFixture {
 protected:
  using Outcome = FakeNetwork::Outcome;

  void Answer(size_t wire) {
    network.wire(wire).Send(kHello);
    Run();
  }
  std::string Pool() { return session().connector().DebugString(); }
};

TEST_F(ConnectorTest, WaitersAreServedInTheOrderOfTheirArrival) {
  options.limit = 1;
  for (int i = 0; i < 3; ++i) Get("http://a.test/");
  Run();
  EXPECT_EQ(Pool(), "connector: 1/1 acquired, 0 idle, 2 waiting [a.test:80 1/1]");
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(fetches[i].Outcome(), "pending");
    Answer(0);
    EXPECT_EQ(fetches[i].Outcome(), "200 hello");
  }
  EXPECT_EQ(network.wires(), 1u);
  EXPECT_EQ(observer.Count("WaiterQueued"), 2u);
  ExpectClean();
}

TEST_F(ConnectorTest, ANewcomerDoesNotOvertakeAWaiterThatHasBeenWoken) {
  options.limit = 1;
  Get("http://a.test/");
  Get("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  loop.Step();  // the connection is handed to the second, which has not run yet
  Get("http://a.test/");
  Run();
  EXPECT_EQ(Pool(), "connector: 1/1 acquired, 0 idle, 1 waiting [a.test:80 1/1]");
  Answer(0);
  EXPECT_EQ(fetches[1].Outcome(), "200 hello");
  EXPECT_EQ(fetches[2].Outcome(), "pending");
  Answer(0);
  EXPECT_EQ(fetches[2].Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ConnectorTest, AWaiterCancelledInTheStepInWhichItIsServedPassesTheConnectionOn) {
  options.limit = 1;
  for (int i = 0; i < 3; ++i) Get("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  while (observer.Count("ConnectionAcquired") < 2) ASSERT_TRUE(loop.Step());
  fetches[1].Cancel();
  Run();
  Answer(0);
  EXPECT_EQ(fetches[2].Outcome(), "200 hello");
  EXPECT_EQ(network.wires(), 1u);
  ExpectClean();
}

TEST_F(ConnectorTest, AWaiterCancelledInTheStepInWhichItIsServedPassesTheSlotOn) {
  options.limit = 1;
  for (int i = 0; i < 3; ++i) Get("http://a.test/");
  Run();
  network.wire(0).Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  while (observer.Count("WaiterLeft") < 1) ASSERT_TRUE(loop.Step());
  fetches[1].Cancel();
  Run();
  Answer(1);
  EXPECT_EQ(fetches[2].Outcome(), "200 hello");
  EXPECT_EQ(network.peak(), 1u);
  ExpectClean();
}

TEST_F(ConnectorTest, AConnectionClosedByItsPeerAfterItWasHandedOverIsReplaced) {
  options.limit = 1;
  Get("http://a.test/");
  Get("http://a.test/");
  Run();
  network.wire(0).Send(kHello);
  network.wire(0).SendEof();
  loop.Step();
  loop.StepLast();  // the eof, before the second request goes on
  Run();
  ASSERT_EQ(network.wires(), 2u);
  Answer(1);
  EXPECT_EQ(fetches[1].Outcome(), "200 hello");
  EXPECT_EQ(network.peak(), 1u);
  ExpectClean();
}

// Whatever the step at which a request is cancelled, the pool serves the next ones, within its limit.
TEST_F(ConnectorTest, ARequestCancelledAtAnySuspensionLeavesThePoolClean) {
  options.limit = 1;
  network.addresses = {{"10.0.0.1", 80}, {"10.0.0.2", 80}};
  bool finished = false;
  size_t points = 0;
  for (; !finished && points < 1000; ++points) {
    SCOPED_TRACE(points);
    network.connect_outcomes = {Outcome::kFail, Outcome::kOk};
    Fetch& victim = Get("http://a.test/");
    Fetch& second = Get("http://a.test/");
    Fetch& third = Get("http://b.test/");
    size_t answered[64] = {};
    const auto step = [&] {
      for (size_t i = 0; i < network.wires(); ++i) {
        Wire& wire = network.wire(i);
        if (!wire.open || answered[i % 64] >= wire.written.size()) continue;
        answered[i % 64] = wire.written.size();
        wire.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
        wire.Send("\r\nhe");
        wire.Send("llo");
      }
      return loop.Step();
    };
    for (size_t i = 0; i < points; ++i) {
      if (!step()) finished = true;
    }
    victim.Cancel();
    victim.response.reset();
    while (step()) {
    }
    EXPECT_EQ(second.Outcome(), "200 hello");
    EXPECT_EQ(third.Outcome(), "200 hello");
    EXPECT_EQ(session().connector().acquired(), 0u);
    EXPECT_LE(network.peak(), 1u);
    ExpectClean();
  }
  EXPECT_TRUE(finished);
  EXPECT_GT(points, 15u);
}

TEST_F(ConnectorTest, BytesOnAnIdleConnectionCloseIt) {
  Get("http://a.test/");
  Run();
  Answer(0);
  network.wire(0).Send("HTTP/1.1 408 Request Timeout\r\n\r\n");
  Run();
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(Pool(), "connector: 0/10 acquired, 0 idle, 0 waiting");
  EXPECT_EQ(observer.Count("ConnectionClosed pool/a.test:80 pool/connection#1 unsolicited bytes"), 1u);
  ExpectClean();
}

TEST_F(ConnectorTest, TheEndOfAnIdleConnectionClosesIt) {
  for (const bool reset : {false, true}) {
    Get("http://a.test/");
    Run();
    network.last().Send(kHello);
    Run();
    reset ? network.last().Reset() : network.last().SendEof();
    Run();
    EXPECT_EQ(session().connector().sockets(), 0u);
  }
  ExpectClean();
}

TEST_F(ConnectorTest, IdleConnectionsExpireEachInItsTime) {
  Get("http://a.test/");
  Get("http://b.test/");
  Run();
  Answer(0);
  loop.Advance(absl::Seconds(5));
  Answer(1);
  loop.Advance(absl::Seconds(10) - absl::Nanoseconds(1));
  EXPECT_EQ(session().connector().idle(), 2u);
  loop.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(Pool(), "connector: 0/10 acquired, 1 idle, 0 waiting [b.test:80 1/10]");
  loop.Advance(absl::Seconds(5));
  EXPECT_EQ(network.open(), 0u);
  EXPECT_EQ(loop.armed_timers(), 0u);
  ExpectClean();
}

TEST_F(ConnectorTest, WithoutAKeepaliveTimeoutNothingIsKept) {
  options.keepalive_timeout = absl::ZeroDuration();
  Fetch& get = Get("http://a.test/");
  Run();
  Answer(0);
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ConnectorTest, TheMostRecentlyUsedConnectionIsReused) {
  Get("http://a.test/");
  Get("http://a.test/");
  Run();
  Answer(1);
  Answer(0);
  Get("http://a.test/");
  Run();
  EXPECT_FALSE(absl::StrContains(network.wire(1).written, "\r\n\r\nGET"));
  EXPECT_TRUE(absl::StrContains(network.wire(0).written, "\r\n\r\nGET"));
  Answer(0);
  ExpectClean();
}

TEST_F(ConnectorTest, TheOldestIdleConnectionOfAnotherHostMakesRoom) {
  options.limit = 2;
  Get("http://a.test/");
  Get("http://b.test/");
  Run();
  Answer(1);
  Answer(0);
  Fetch& third = Get("http://c.test/");
  Run();
  EXPECT_FALSE(network.wire(1).open);
  Answer(2);
  EXPECT_EQ(third.Outcome(), "200 hello");
  EXPECT_EQ(network.peak(), 2u);
  EXPECT_EQ(Pool(), "connector: 0/2 acquired, 2 idle, 0 waiting [a.test:80 1/2, c.test:80 1/2]");
  ExpectClean();
}

TEST_F(ConnectorTest, AConnectionThatBecomesIdleMakesRoomForAWaiterOfAnotherHost) {
  options.limit = 1;
  Get("http://a.test/");
  Fetch& second = Get("http://b.test/");
  Run();
  Answer(0);
  ASSERT_EQ(network.wires(), 2u);
  Answer(1);
  EXPECT_EQ(second.Outcome(), "200 hello");
  EXPECT_EQ(network.peak(), 1u);
  ExpectClean();
}

TEST_F(ConnectorTest, AWaiterHeldBackByItsHostsLimitIsPassedByOthersOnly) {
  options.limit = 3;
  options.limit_per_host = 1;
  Get("http://a.test/");
  Get("http://a.test/");
  Get("http://b.test/");
  Get("http://a.test/");
  Run();
  EXPECT_EQ(Pool(), "connector: 2/3 acquired, 0 idle, 2 waiting [a.test:80 1/1, b.test:80 1/1]");
  Answer(0);
  EXPECT_EQ(fetches[3].Outcome(), "pending");
  Answer(0);
  EXPECT_EQ(fetches[1].Outcome(), "200 hello");
  Answer(0);
  EXPECT_EQ(fetches[3].Outcome(), "200 hello");
  Answer(1);
  EXPECT_EQ(network.wires(), 2u);
  ExpectClean();
}

TEST_F(ConnectorTest, WithoutLimitsNobodyWaits) {
  options.limit = 0;
  for (int i = 0; i < 20; ++i) Get("http://a.test/");
  Run();
  EXPECT_EQ(Pool(), "connector: 20 acquired, 0 idle, 0 waiting [a.test:80 20]");
  ExpectClean();
}

TEST_F(ConnectorTest, AnAddressThatRefusesIsFollowedByTheNext) {
  network.addresses = {{"10.0.0.1", 80}, {"10.0.0.2", 80}};
  network.connect_outcomes = {Outcome::kFail};
  Fetch& get = Get("http://a.test/");
  Run();
  EXPECT_EQ(network.wire(0).address.ip, "10.0.0.2");
  Answer(0);
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(observer.Count("ConnectEnded pool/a.test:80 pool/connection#1 failed"), 1u);
  EXPECT_EQ(observer.Count("ConnectEnded pool/a.test:80 pool/connection#2 connected"), 1u);
  ExpectClean();
}

TEST_F(ConnectorTest, FailuresToConnectGiveTheSlotToTheNext) {
  options.limit = 1;
  network.resolve_outcomes = {Outcome::kFail, Outcome::kOk, Outcome::kOk};
  network.connect_outcomes = {Outcome::kFail, Outcome::kOk};
  for (int i = 0; i < 3; ++i) Get("http://a.test/");
  Run();
  EXPECT_EQ(fetches[0].Outcome(), "dns");
  EXPECT_EQ(fetches[1].Outcome(), "connect");
  Answer(0);
  EXPECT_EQ(fetches[2].Outcome(), "200 hello");
  ExpectClean();
}

TEST_F(ConnectorTest, AnIpv6HostIsAKeyInBrackets) {
  Get("http://[::1]:8080/");
  Run();
  EXPECT_EQ(Pool(), "connector: 1/10 acquired, 0 idle, 0 waiting [[::1]:8080 1/10]");
  ExpectClean();
}

TEST_F(ConnectorTest, ManyHostsAreForgottenOnceTheyAreUnused) {
  options.keepalive_timeout = absl::ZeroDuration();
  for (int i = 0; i < 600; ++i) {
    Fetch& get = Get(absl::StrCat("http://h", i, ".test/"));
    Run();
    network.last().Send(kHello);
    Run();
    ASSERT_EQ(get.Outcome(), "200 hello");
  }
  ExpectClean();
}

Task<> Lease(Connector& connector, ConnectionTicket& ticket, Connection& connection) {
  if (!ticket.Start()) co_await ticket.Wait();
  Result<Connection> taken = ticket.Take();
  if (taken.ok()) connection = *std::move(taken);
}

TEST_F(ConnectorTest, ALeaseOutlivesTheConnectorAsAnEmptyOne) {
  const ClientEnvironment environment{loop, network, entropy, observer};
  absl::optional<Connector> connector;
  connector.emplace(environment, options, MakeName(loop, Name(), "pool"));
  ConnectionKey key;
  key.scheme = "http";
  key.host = "a.test";
  key.port = 80;
  ConnectionTicket ticket(*connector, key, Name(), ClientTimeout());
  ConnectionTicket unused(*connector, key, Name(), ClientTimeout());
  Connection connection;
  SpawnedTask task(loop, MakeName(loop, Name(), "task"), Lease(*connector, ticket, connection));
  Run();
  Connection moved = std::move(connection);
  EXPECT_TRUE(static_cast<bool>(moved));
  EXPECT_FALSE(moved.handler().ShouldClose());
  connector.reset();
  EXPECT_FALSE(static_cast<bool>(moved));
  EXPECT_TRUE(unused.Start());
  EXPECT_EQ(unused.Take().error().kind(), ErrorKind::kSessionClosed);
  EXPECT_EQ(network.open(), 0u);
}

}  // namespace
}  // namespace client::testing
