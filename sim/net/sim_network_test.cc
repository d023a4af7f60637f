#include "sim/net/sim_network.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/net/net_testing.h"

namespace sim {
namespace {

using client::Address;
using client::AddressText;
using client::Result;
using client::Slice;
using client::Transport;

class Answers final : public client::ResolveHandler, public client::ConnectHandler {
 public:
  std::string log;
  std::unique_ptr<client::Operation> operation;
  std::unique_ptr<Transport> transport;

  void OnResolved(Result<std::vector<Address>> addresses) override {
    operation.reset();
    if (!addresses.ok()) {
      absl::StrAppend(&log, addresses.error().DebugString());
      return;
    }
    for (const Address& address : addresses.value()) absl::StrAppend(&log, AddressText(address), " ");
  }
  void OnConnected(Result<std::unique_ptr<Transport>> result) override {
    operation.reset();
    if (!result.ok()) {
      absl::StrAppend(&log, result.error().DebugString());
      return;
    }
    transport = std::move(result).value();
    absl::StrAppend(&log, "connected");
  }
};

class SimNetworkTest : public ::testing::Test {
 protected:
  static constexpr Label kOffered[] = {Label::kDnsAnswer, Label::kConnectOutcome, Label::kLinkFate};

  SimNetworkTest() : net_({.offers = {std::begin(kOffered), std::end(kOffered)}}) {
    net_.network->AddHost("a.test", {"10.0.0.1", "10.0.0.2"});
    net_.network->AddHost("b.test", {"10.0.0.3"});
  }

  Name MakeConnectionName() { return MakeName(net_.loop(), Name(), "connection", ++number_); }
  void Resolve(Answers& answers, absl::string_view host) {
    answers.operation = net_.network->Resolve(host, 80, MakeName(net_.loop(), Name(), "lookup", ++number_), answers);
  }
  void Connect(Answers& answers, const Address& address) {
    answers.operation = net_.network->Connect(address, net_.options, MakeConnectionName(), answers);
  }

  TestNet net_;
  uint32_t number_ = 0;
};

TEST_F(SimNetworkTest, ALookupAnswersInAStepOfItsOwn) {
  Answers answers;
  Resolve(answers, "a.test");
  EXPECT_EQ(answers.log, "");
  net_.RunAll();
  EXPECT_EQ(answers.log, "10.0.0.1:80 10.0.0.2:80 ");
  EXPECT_EQ(net_.wire.log, "lookup(a.test) answered ");
  EXPECT_EQ(net_.network->operations(), 0u);
}

TEST_F(SimNetworkTest, AddressesMayComeInTheOtherOrder) {
  net_.source.answers[Label::kDnsAnswer] = {3};
  Answers answers;
  Resolve(answers, "a.test");
  net_.RunAll();
  EXPECT_EQ(answers.log, "10.0.0.2:80 10.0.0.1:80 ");
}

TEST_F(SimNetworkTest, UnknownHostsDoNotResolveAndNumericOnesDo) {
  Answers unknown, v4, v6, empty;
  Resolve(unknown, "nowhere.test");
  Resolve(v4, "192.0.2.1");
  Resolve(v6, "::1");
  Resolve(empty, "");
  net_.RunAll();
  EXPECT_EQ(unknown.log, "dns: nowhere.test: no such host");
  EXPECT_EQ(v4.log, "192.0.2.1:80 ");
  EXPECT_EQ(v6.log, "[::1]:80 ");
  EXPECT_EQ(empty.log, "dns: : no such host");
}

TEST_F(SimNetworkTest, ALookupWithoutAnAnswerFailsWhenTheNetworkHeals) {
  net_.source.answers[Label::kDnsAnswer] = {2};
  Answers answers;
  Resolve(answers, "a.test");
  net_.RunAll();
  EXPECT_EQ(answers.log, "");
  EXPECT_TRUE(net_.network->holding());
  net_.network->Heal();
  EXPECT_FALSE(net_.network->holding());
  net_.RunAll();
  EXPECT_EQ(answers.log, "dns: a.test: the name server does not answer");
}

TEST_F(SimNetworkTest, ACancelledLookupIsNotAnswered) {
  Answers answers;
  Resolve(answers, "a.test");
  answers.operation.reset();
  net_.RunAll();
  EXPECT_EQ(answers.log, "");
  EXPECT_EQ(net_.wire.log, "lookup(a.test) answered ");
}

TEST_F(SimNetworkTest, AConnectWithoutAListenerIsRefused) {
  Answers answers;
  Connect(answers, {"10.0.0.9", 80});
  net_.RunAll();
  EXPECT_EQ(answers.log, "connect: 10.0.0.9:80: connection refused");
  EXPECT_EQ(net_.wire.log, "opened(10.0.0.9:80) failed(connection refused) ");
}

TEST_F(SimNetworkTest, AConnectMayBeRefusedOrReset) {
  net_.source.answers[Label::kConnectOutcome] = {1, 2};
  Answers refused, reset;
  Connect(refused, net_.address);
  Connect(reset, net_.address);
  net_.RunAll();
  EXPECT_EQ(refused.log, "connect: 10.0.0.1:80: connection refused");
  EXPECT_EQ(reset.log, "connect: 10.0.0.1:80: connection reset by peer");
}

TEST_F(SimNetworkTest, ASilentConnectIsResetWhenTheNetworkHeals) {
  net_.source.answers[Label::kConnectOutcome] = {3};
  Answers answers;
  Connect(answers, net_.address);
  net_.RunAll();
  EXPECT_EQ(answers.log, "");
  EXPECT_TRUE(net_.network->holding());
  EXPECT_EQ(net_.network->DebugString(), "connection#1 10.0.0.1:80 SYN_SENT in=0 out=0\n");
  net_.network->Heal();
  net_.RunAll();
  EXPECT_EQ(answers.log, "connect: 10.0.0.1:80: connection reset by peer");
}

TEST_F(SimNetworkTest, ACancelledConnectClosesItsSocket) {
  Answers answers;
  Connect(answers, net_.address);
  answers.operation.reset();
  net_.RunAll();
  EXPECT_EQ(answers.log, "");
  EXPECT_EQ(net_.wire.log, "opened(10.0.0.1:80) closed ");
  EXPECT_EQ(net_.network->live_connections(), 0u);
}

TEST_F(SimNetworkTest, AConnectionThatIsClosedBeforeItIsAcceptedIsStillAccepted) {
  Answers answers;
  Connect(answers, net_.address);
  net_.loop().Step();
  ASSERT_EQ(answers.log, "connected");
  answers.transport->Write(Slice::Static("hello"));
  answers.transport.reset();
  net_.RunAll();
  ASSERT_NE(net_.unclaimed, nullptr);
  TestEnd server;
  server.transport = std::move(net_.unclaimed);
  server->SetProtocol(&server);
  net_.RunAll();
  EXPECT_EQ(server.log, "data(hello) eof ");
}

TEST_F(SimNetworkTest, AConnectionIsResetIfTheListenerIsGone) {
  Answers answers;
  Connect(answers, net_.address);
  net_.loop().Step();
  net_.network->StopListening(net_.address);
  TestEnd client;
  client.transport = std::move(answers.transport);
  client->SetProtocol(&client);
  net_.RunAll();
  EXPECT_EQ(client.log, "lost(connection reset by peer) ");
}

TEST_F(SimNetworkTest, ItPrintsItselfLikeNetstat) {
  TestEnd client, server;
  net_.Connect(client, server);
  server->Write(Slice::Copy(std::string(512, 'x')));
  client->PauseReading();
  net_.RunAll();
  EXPECT_EQ(net_.network->DebugString(), "connection#1 10.0.0.1:80 ESTABLISHED paused in=512 out=0\n");
  client->WriteEof();
  EXPECT_EQ(net_.network->DebugString(), "connection#1 10.0.0.1:80 FIN_WAIT paused in=512 out=0\n");
}

TEST_F(SimNetworkTest, TransportsAndOperationsMayOutliveIt) {
  TestEnd client, server;
  net_.Connect(client, server);
  client->Write(Slice::Static("lost"));
  Answers lookup, connect;
  Resolve(lookup, "a.test");
  Connect(connect, net_.address);
  net_.network.reset();
  client->Write(Slice::Static("ignored"));
  client->PauseReading();
  net_.RunAll();
  EXPECT_EQ(server.log, "");
  EXPECT_EQ(lookup.log, "");
}

}  // namespace
}  // namespace sim
