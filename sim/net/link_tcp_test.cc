// A link with Options::tcp: what a transfer over a distance takes, to the nanosecond.
#include <cstdint>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "sim/net/net_testing.h"

namespace sim {
namespace {

using client::Slice;

constexpr int64_t kMs = 1'000'000;
constexpr uint32_t kSegment = 1448;

// A connection that stands; times count from then.
class LinkTcpTest : public testing::Test {
 protected:
  void Connect(Link::Options link) {
    link.tcp = true;
    TestNet::Setup setup;
    setup.config.link = link;
    setup.options.write_high = 0;
    setup.options.write_low = 0;
    net_ = std::make_unique<TestNet>(setup);
    client_.log_bytes = server_.log_bytes = false;
    net_->Connect(client_, server_);
    start_ns_ = net_->loop().now_ns();
  }
  void Write(size_t bytes) { client_->Write(Slice::Copy(std::string(bytes, 'x'))); }
  // What has been received until `ns` have passed.
  size_t ReceivedAfter(int64_t ns) {
    for (;;) {
      net_->RunReady();
      const auto& timers = net_->loop().timers();
      if (timers.empty() || timers.next_deadline_ns() > start_ns_ + ns || !net_->loop().Advance()) break;
    }
    return server_.received.size();
  }

  std::unique_ptr<TestNet> net_;  // outlives the ends
  TestEnd client_, server_;
  int64_t start_ns_ = 0;
};

TEST_F(LinkTcpTest, BeginsWithTenSegmentsAndDoublesThemWithEachRoundTrip) {
  Connect({.send_buffer = 1 << 20, .window = 1 << 20, .max_segment = kSegment, .latency_ns = 10 * kMs});
  Write(100 * kSegment);
  EXPECT_EQ(ReceivedAfter(10 * kMs - 1), 0u);
  EXPECT_EQ(ReceivedAfter(10 * kMs), 10u * kSegment);
  EXPECT_EQ(ReceivedAfter(30 * kMs - 1), 10u * kSegment);
  EXPECT_EQ(ReceivedAfter(30 * kMs), 30u * kSegment);
  EXPECT_EQ(ReceivedAfter(50 * kMs), 70u * kSegment);
  EXPECT_EQ(ReceivedAfter(70 * kMs), 100u * kSegment);
}

TEST_F(LinkTcpTest, SendsAWindowInEachRoundTrip) {
  Connect({.send_buffer = 1 << 20, .window = 4 * kSegment, .max_segment = kSegment, .latency_ns = 10 * kMs});
  Write(10 * kSegment);
  EXPECT_EQ(ReceivedAfter(10 * kMs), 4u * kSegment);
  EXPECT_EQ(ReceivedAfter(30 * kMs - 1), 4u * kSegment);
  EXPECT_EQ(ReceivedAfter(30 * kMs), 8u * kSegment);
  EXPECT_EQ(ReceivedAfter(50 * kMs), 10u * kSegment);
}

TEST_F(LinkTcpTest, KeepsWhatWasSentInTheBufferUntilItIsAcknowledged) {
  Connect({.send_buffer = 3000, .window = 1 << 20, .max_segment = kSegment, .latency_ns = 10 * kMs});
  Write(3000);
  Write(1000);
  EXPECT_EQ(ReceivedAfter(10 * kMs), 3000u);
  EXPECT_EQ(ReceivedAfter(30 * kMs - 1), 3000u);
  EXPECT_EQ(client_->unsent_bytes(), 0u) << "there was room after 20 ms";
  EXPECT_EQ(ReceivedAfter(30 * kMs), 4000u);
}

TEST_F(LinkTcpTest, SendsHeadersAsWell) {
  Connect({.max_segment = kSegment, .bytes_per_second = 1'500'000});
  Write(2 * kSegment + 100);
  EXPECT_EQ(ReceivedAfter(1 * kMs), 1u * kSegment);
  EXPECT_EQ(ReceivedAfter(2 * kMs), 2u * kSegment);
  EXPECT_EQ(ReceivedAfter(2 * kMs + 152'000'000 / 1500 - 1), 2u * kSegment);
  EXPECT_EQ(ReceivedAfter(2 * kMs + 152'000'000 / 1500), 2u * kSegment + 100);
}

TEST_F(LinkTcpTest, DoesNotCutASegmentShortWhileAnAcknowledgementIsOnItsWay) {
  Connect({.window = kSegment + 100, .max_segment = kSegment, .latency_ns = 10 * kMs});
  Write(2 * kSegment);
  EXPECT_EQ(ReceivedAfter(10 * kMs), 1u * kSegment) << "and not the 100 bytes that would fit";
  EXPECT_EQ(ReceivedAfter(30 * kMs), 2u * kSegment);
}

TEST_F(LinkTcpTest, EndsAfterTheBytesThatWaitedForAcknowledgements) {
  Connect({.window = kSegment, .max_segment = kSegment, .latency_ns = 10 * kMs});
  Write(3 * kSegment);
  client_->Close();
  net_->RunAll();
  EXPECT_EQ(server_.received.size(), 3u * kSegment);
  EXPECT_NE(server_.log.find("eof"), std::string::npos) << server_.log;
  EXPECT_EQ(net_->loop().now_ns() - start_ns_, 60 * kMs) << "the last acknowledgement";
}

}  // namespace
}  // namespace sim
