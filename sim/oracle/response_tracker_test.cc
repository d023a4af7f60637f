#include "sim/oracle/response_tracker.h"

#include <string>

#include "gtest/gtest.h"

namespace sim {
namespace {

// Feeds the first `split` bytes, then the rest; returns how many bytes were used up to the end of a response.
size_t FeedSplit(ResponseTracker& tracker, absl::string_view text, size_t split, bool head_request) {
  const size_t first = tracker.Feed(text.substr(0, split), head_request);
  if (first < split || tracker.ended()) return first;
  return split + tracker.Feed(text.substr(split), head_request);
}

void ExpectEndsAtEverySplit(const std::string& response, uint64_t body_bytes, bool head_request = false) {
  const std::string text = response + "HTTP/1.1 ";
  for (size_t split = 0; split <= response.size(); ++split) {
    ResponseTracker tracker;
    EXPECT_EQ(FeedSplit(tracker, text, split, head_request), response.size()) << split;
    EXPECT_TRUE(tracker.ended()) << split;
    EXPECT_TRUE(tracker.between()) << split;
    EXPECT_EQ(tracker.body_bytes(), body_bytes) << split;
  }
}

TEST(ResponseTracker, FollowsAContentLength) {
  ExpectEndsAtEverySplit("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5);
  ExpectEndsAtEverySplit("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 0);
}

TEST(ResponseTracker, FollowsChunksExtensionsAndTrailers) {
  ExpectEndsAtEverySplit(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
      15);
}

TEST(ResponseTracker, SkipsInterimResponses) {
  ExpectEndsAtEverySplit("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 1);
}

TEST(ResponseTracker, KnowsResponsesThatHaveNoBody) {
  ExpectEndsAtEverySplit("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0, /*head_request=*/true);
  ExpectEndsAtEverySplit("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 0);
}

TEST(ResponseTracker, ABodyUntilCloseNeverEndsByItself) {
  ResponseTracker tracker;
  tracker.Feed("HTTP/1.1 200 OK\r\n\r\nhello", false);
  EXPECT_TRUE(tracker.until_close());
  EXPECT_FALSE(tracker.ended());
  EXPECT_EQ(tracker.body_bytes(), 5u);
}

TEST(ResponseTracker, SaysNothingOfAnotherProtocol) {
  ResponseTracker tracker;
  tracker.Feed("HTTP/1.1 101 Switching Protocols\r\n\r\nxyz", false);
  EXPECT_TRUE(tracker.upgraded());
}

}  // namespace
}  // namespace sim
