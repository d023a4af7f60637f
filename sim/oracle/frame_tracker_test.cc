#include "sim/oracle/frame_tracker.h"

#include <string>

#include "client/websocket/frame_codec.h"
#include "gtest/gtest.h"
#include "sim/choice/prng.h"

namespace sim {
namespace {

using client::FrameOpcode;

class Dice final : public client::Entropy {
 public:
  uint64_t Next() override { return prng_.Next(); }

 private:
  Prng prng_{1};
};

// Messages of all kinds of length, with control frames between and inside them; a Close; and something behind it.
std::string Frames(client::Entropy* mask) {
  std::string bytes;
  const auto add = [&](FrameOpcode opcode, bool fin, size_t size) {
    bytes += std::string(client::EncodeFrame(opcode, fin, std::string(size, 'x'), mask).view());
  };
  add(FrameOpcode::kText, true, 0);
  add(FrameOpcode::kBinary, false, 125);
  add(FrameOpcode::kPing, true, 9);
  add(FrameOpcode::kContinuation, true, 126);
  add(FrameOpcode::kBinary, true, 70'000);
  add(FrameOpcode::kText, false, 3);
  bytes += std::string(client::EncodeCloseFrame(4000, "enough", mask).view());
  return bytes;
}

TEST(FrameTracker, CountsMessagesAndFindsTheCloseAtEverySplit) {
  Dice dice;
  for (client::Entropy* mask : {static_cast<client::Entropy*>(nullptr), static_cast<client::Entropy*>(&dice)}) {
    const std::string bytes = Frames(mask);
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{1000}, bytes.size()}) {
      FrameTracker tracker;
      for (size_t at = 0; at < bytes.size();) {
        ASSERT_FALSE(tracker.closed());
        at += tracker.Feed(absl::string_view(bytes).substr(at, piece));
      }
      EXPECT_EQ(tracker.messages(), 3u);
      EXPECT_EQ(tracker.pings(), 1u);
      EXPECT_TRUE(tracker.in_message());
      EXPECT_TRUE(tracker.closed());
      EXPECT_EQ(tracker.close_code(), 4000);
      EXPECT_EQ(tracker.Feed("more"), 0u);
    }
  }
}

TEST(FrameTracker, ACloseThatSaysNothingIs1005) {
  FrameTracker tracker;
  tracker.Feed(client::EncodeFrame(FrameOpcode::kClose, true, "", nullptr).view());
  EXPECT_EQ(tracker.close_code(), 1005);
}

}  // namespace
}  // namespace sim
