#include "sim/http/hostile_server.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/net/net_testing.h"

namespace sim {
namespace {

class Told final : public ServerObserver {
 public:
  int untruthful = 0;
  void Untruthful(Name connection) override { ++untruthful; }
};

// What it draws first: whether it speaks unasked; then for each request the places of its response in their order.
class HostileServerTest : public ::testing::Test, private client::ConnectHandler {
 protected:
  HostileServerTest()
      : net_({.offers = {Label::kServerBytes}}),
        server_(net_.world(), told_, MakeName(net_.loop(), Name(), "server")) {
    net_.network->StopListening(net_.address);
    net_.network->Listen(net_.address, server_, net_.options);
  }
  ~HostileServerTest() override { client_.transport.reset(); }

  void Connect(std::deque<uint32_t> answers) {
    net_.source.answers[Label::kServerBytes] = std::move(answers);
    const Name name = MakeName(net_.loop(), Name(), "connection", 1);
    const std::unique_ptr<client::Operation> operation = net_.network->Connect(net_.address, net_.options, name, *this);
    net_.RunAll();
    client_.transport->SetProtocol(&client_);
    net_.RunAll();
  }
  void Send(absl::string_view bytes) {
    client_->Write(client::Slice::Copy(bytes));
    net_.RunAll();
  }

  TestNet net_;
  Told told_;
  HostileServer server_;
  TestEnd client_;

 private:
  void OnConnected(client::Result<std::unique_ptr<client::Transport>> transport) override {
    client_.transport = std::move(transport).value();
  }
};

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
constexpr char kHonest[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

TEST_F(HostileServerTest, WithAllZerosItIsAnHonestOneThatSaysItIsNot) {
  Connect({});
  EXPECT_EQ(told_.untruthful, 1);
  Send(kGet);
  EXPECT_EQ(client_.received, kHonest);
  Send(kGet);
  EXPECT_EQ(client_.received, absl::StrCat(kHonest, kHonest));
  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(HostileServerTest, EachPlaceIsSpoiledByItself) {
  Connect({0, 1, 2});
  Send(kGet);
  EXPECT_EQ(client_.received, "HTTP/1.0 200 OK\r\n\r\nhello");
}

TEST_F(HostileServerTest, ItWaitsForTheWholeHead) {
  Connect({});
  Send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(client_.received, "");
  Send("\r\n");
  EXPECT_EQ(client_.received, kHonest);
}

TEST_F(HostileServerTest, ItMaySpeakUnasked) {
  Connect({1, 5});
  EXPECT_EQ(client_.received, "garbage");
}

TEST_F(HostileServerTest, ItMayCloseBehindAResponse) {
  Connect({0, 0, 0, 0, 0, 0, 0, 0, 2});
  Send(kGet);
  EXPECT_EQ(client_.received, kHonest);
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(HostileServerTest, ItSwitchesProtocolsWithTheRightAccept) {
  Connect({0, 0, 0, 0, 0, 1});
  Send("GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_EQ(client_.received,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05hello");
}

TEST_F(HostileServerTest, ItClosesAfterSoManyResponses) {
  Connect({});
  for (int i = 0; i < HostileServer::kResponsesMax; ++i) Send(kGet);
  EXPECT_FALSE(absl::StrContains(client_.log, "eof"));
  Send(kGet);
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

TEST_F(HostileServerTest, WhenAllIsHealedItClosesWhatIsOpenAndWhatIsOpened) {
  Connect({});
  server_.Heal();
  net_.RunAll();
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
  client_.transport.reset();
  net_.RunAll();
  client_.log.clear();
  Connect({});
  Send(kGet);
  EXPECT_EQ(client_.received, "");
  EXPECT_TRUE(absl::StrContains(client_.log, "eof"));
}

}  // namespace
}  // namespace sim
