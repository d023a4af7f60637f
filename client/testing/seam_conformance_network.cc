#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/testing/seam_conformance.h"

namespace client::testing {
namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SeamNetworkTest);

TEST_P(SeamNetworkTest, ANumericHostIsItsOwnAddress) {
  for (const absl::string_view host : {"127.0.0.1", "10.1.2.3", "::1"}) {
    TestOperation lookup;
    lookup.loop = &loop();
    const Name name = MakeName(loop(), Name(), "lookup");
    lookup.operation = world->network().Resolve(host, 81, name, lookup);
    EXPECT_EQ(lookup.answers, 0);
    ASSERT_TRUE(RunUntil([&] { return lookup.answers > 0; }));
    ASSERT_EQ(lookup.error, "");
    EXPECT_EQ(lookup.addresses, (std::vector<Address>{{std::string(host), 81}}));
    ASSERT_NE(lookup.source, nullptr);  // a step of its own
  }
}

TEST_P(SeamNetworkTest, ALookupThatIsCancelledIsSilent) {
  TestOperation lookup;
  lookup.operation = world->network().Resolve("127.0.0.1", 80, MakeName(loop(), Name(), "lookup"), lookup);
  lookup.operation.reset();
  world->Settle();
  EXPECT_EQ(lookup.answers, 0);
}

TEST_P(SeamNetworkTest, ConnectsInAStepOfItsOwn) {
  std::unique_ptr<Transport> accepted;
  const Address address = world->Listen(SocketOptions(), [&](auto transport) { accepted = std::move(transport); });
  TestOperation connect;
  Connect(address, connect);
  EXPECT_EQ(connect.answers, 0);
  ASSERT_TRUE(RunUntil([&] { return connect.answers > 0 && accepted != nullptr; }));
  ASSERT_EQ(connect.error, "");
  EXPECT_NE(connect.source, nullptr);
  const Name name = MakeName(loop(), Name(), "connection", 1);
  EXPECT_EQ(connect.transport->name(), name);
  EXPECT_FALSE(connect.transport->closing());
  EXPECT_FALSE(connect.transport->reading_paused());
  EXPECT_FALSE(connect.transport->writing_paused());
  EXPECT_EQ(connect.transport->unsent_bytes(), 0u);
}

TEST_P(SeamNetworkTest, AnOperationMayOutliveItsAnswer) {
  std::unique_ptr<Transport> accepted;
  const Address address = world->Listen(SocketOptions(), [&](auto transport) { accepted = std::move(transport); });
  TestOperation connect;
  connect.keep_operation = true;
  Connect(address, connect);
  ASSERT_TRUE(RunUntil([&] { return connect.answers > 0 && accepted != nullptr; }));
  connect.operation.reset();
  TestEnd client, server;
  client.Use(std::move(connect.transport));
  server.Use(std::move(accepted));
  client->Write(Slice::Static("still there"));
  ASSERT_TRUE(RunUntil([&] { return server.received == "still there"; }));
  EXPECT_EQ(connect.answers, 1);
}

TEST_P(SeamNetworkTest, WhereNobodyListensItIsRefused) {
  const Address address = world->Listen(SocketOptions(), [](auto) { FAIL(); });
  world->StopListening();
  TestOperation connect;
  Connect(address, connect);
  EXPECT_EQ(connect.answers, 0);
  ASSERT_TRUE(RunUntil([&] { return connect.answers > 0; }));
  EXPECT_EQ(connect.error, absl::StrCat("connect: ", AddressText(address), ": connection refused"));
  EXPECT_EQ(connect.failed_on, MakeName(loop(), Name(), "connection", 1));
  world->Settle();
  EXPECT_EQ(connect.answers, 1);
}

TEST_P(SeamNetworkTest, WhatCannotBeReachedIsAnErrorOfConnecting) {
  TestOperation connect;
  Connect(world->Unreachable(), connect);
  EXPECT_EQ(connect.answers, 0);
  ASSERT_TRUE(RunUntil([&] { return connect.answers > 0; }));
  EXPECT_TRUE(absl::StartsWith(connect.error, absl::StrCat("connect: ", AddressText(world->Unreachable()), ": ")))
      << connect.error;
  EXPECT_EQ(connect.failed_on, MakeName(loop(), Name(), "connection", 1));
}

TEST_P(SeamNetworkTest, AConnectThatIsCancelledAtOnceIsSilent) {
  const Address address = world->Listen(SocketOptions(), [](auto) {});
  TestOperation unreachable, connected;
  Connect(address, connected, 1);
  Connect(world->Unreachable(), unreachable, 2);
  for (TestOperation* operation : {&unreachable, &connected}) operation->operation.reset();
  world->Settle();
  EXPECT_EQ(unreachable.answers + connected.answers, 0);
}

// Whatever the number of steps, an end that is let go of before it was handed over leaves the other in no doubt.
TEST_P(SeamNetworkTest, AConnectThatIsCancelledOnTheWayEndsAtTheServerToo) {
  for (int steps = 0; steps < 6; ++steps) {
    TestEnd server;
    const Address address = world->Listen(SocketOptions(), [&](auto transport) { server.Use(std::move(transport)); });
    TestOperation connect;
    Connect(address, connect);
    int asked = 0;
    RunUntil([&] { return connect.answers > 0 || ++asked > steps; });
    connect.operation.reset();
    connect.transport.reset();
    world->Settle();
    EXPECT_TRUE(server.transport == nullptr || server.Saw("eof") || server.Saw("lost")) << server.log;
    EXPECT_LE(connect.answers, 1);
    world->StopListening();
  }
}

TEST_P(SeamNetworkTest, TheHandlerMayDestroyTheTransportAtOnce) {
  class Handler final : public ConnectHandler {
   public:
    std::unique_ptr<Operation> operation;
    bool called = false;
    void OnConnected(Result<std::unique_ptr<Transport>> transport) override {
      EXPECT_TRUE(transport.ok());
      operation.reset();
      called = true;
    }
  } handler;
  TestEnd server;
  const Address address = world->Listen(SocketOptions(), [&](auto transport) { server.Use(std::move(transport)); });
  handler.operation = world->network().Connect(address, SocketOptions(), MakeName(loop(), Name(), "connection"),
                                               handler);
  ASSERT_TRUE(RunUntil([&] { return handler.called && (server.Saw("eof") || server.Saw("lost")); }));
}

TEST_P(SeamNetworkTest, ConnectionsThatNobodyAcceptsAreEnded) {
  std::unique_ptr<Transport> accepted;
  const Address address = world->Listen(SocketOptions(), [&](auto transport) {
    EXPECT_EQ(accepted, nullptr);
    accepted = std::move(transport);
    world->StopListening();
  });
  std::deque<TestOperation> connects(6);
  std::deque<TestEnd> ends(6);
  for (uint32_t i = 0; i < 6; ++i) Connect(address, connects[i], i);
  const auto ended = [&] {
    int count = 0;
    for (size_t i = 0; i < 6; ++i) {
      if (connects[i].transport != nullptr) ends[i].Use(std::move(connects[i].transport));
      if (!connects[i].error.empty() || ends[i].lost) ++count;
    }
    return count;
  };
  ASSERT_TRUE(RunUntil([&] { return ended() == 5; }));
  world->Settle();
  EXPECT_EQ(ended(), 5);
  for (size_t i = 0; i < 6; ++i) {
    const std::string& fate = connects[i].error.empty() ? ends[i].kinds : connects[i].error;
    EXPECT_TRUE(fate.empty() || absl::StrContains(fate, "connection refused") ||
                absl::StrContains(fate, "connection reset by peer")) << fate;
  }
}

TEST_P(SeamNetworkTest, ManyConnectionsDoNotMixTheirBytes) {
  constexpr int kMany = 60;
  std::deque<TestEnd> servers;
  const Address address = world->Listen(SocketOptions(), [&](auto transport) {
    TestEnd& end = servers.emplace_back();
    end.on_data = [&end](const Slice& bytes) { end->Write(bytes); };
    end.on = [&end](absl::string_view what) {
      if (what == "eof") end->Close();
    };
    end.Use(std::move(transport));
  });
  std::deque<TestOperation> connects(kMany);
  std::deque<TestEnd> clients(kMany);
  for (uint32_t i = 0; i < kMany; ++i) Connect(address, connects[i], i);
  size_t open = 0;
  ASSERT_TRUE(RunUntil([&] {
    for (size_t i = 0; i < kMany; ++i) {
      if (connects[i].transport == nullptr) continue;
      ++open;
      clients[i].Use(std::move(connects[i].transport));
      clients[i]->Write(Slice::Copy(std::string(1000 + i * 100, static_cast<char>('0' + i))));
      clients[i]->WriteEof();
    }
    if (open < kMany) return false;
    for (const TestEnd& end : clients) {
      if (!end.Saw("eof")) return false;
    }
    return true;
  }));
  for (size_t i = 0; i < kMany; ++i) {
    EXPECT_EQ(clients[i].received, std::string(1000 + i * 100, static_cast<char>('0' + i)));
    EXPECT_EQ(clients[i].kinds, "data eof ");
    EXPECT_EQ(clients[i].faults, "");
  }
  ASSERT_TRUE(RunUntil([&] {
    for (const TestEnd& end : servers) {
      if (!end.lost) return false;
    }
    return true;
  }));
}

}  // namespace
}  // namespace client::testing
