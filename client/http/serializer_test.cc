#include "client/http/serializer.h"

#include <string>

#include "gtest/gtest.h"

namespace client {
namespace {

std::string RequestHead(absl::string_view method, absl::string_view target, absl::string_view host,
                        const Headers& headers, const BodyFraming& framing) {
  const Result<Slice> head = SerializeRequestHead(method, target, host, headers, framing);
  return head.ok() ? std::string(head->view()) : head.error().DebugString();
}

Headers One(absl::string_view name, absl::string_view value) {
  Headers headers;
  headers.Add(name, value);
  return headers;
}

TEST(SerializerTest, ARequestHeadHasAHostAndTheFramingsField) {
  const Headers headers = One("Accept", "*/*");
  EXPECT_EQ(RequestHead("GET", "/x?y", "a.test:81", headers, BodyFraming::None()),
            "GET /x?y HTTP/1.1\r\nHost: a.test:81\r\nAccept: */*\r\n\r\n");
  EXPECT_EQ(RequestHead("POST", "/", "a.test", headers, BodyFraming::Length(0)),
            "POST / HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(RequestHead("PUT", "/", "a.test", headers, BodyFraming::Length(18446744073709551615u)),
            "PUT / HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\nContent-Length: 18446744073709551615\r\n\r\n");
  EXPECT_EQ(RequestHead("PUT", "/", "a.test", Headers(), BodyFraming::Chunked()),
            "PUT / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(SerializerTest, AHostOfTheUsersTakesThePlaceOfOurs) {
  EXPECT_EQ(RequestHead("GET", "/", "a.test", One("host", "b.test"), BodyFraming::None()),
            "GET / HTTP/1.1\r\nhost: b.test\r\n\r\n");
  Headers two = One("host", "b.test");
  two.Add("Host", "c.test");
  EXPECT_EQ(RequestHead("GET", "/", "a.test", two, BodyFraming::None()),
            "usage: cannot send a second Host field, \"c.test\"");
}

TEST(SerializerTest, NothingCanBeSmuggledIn) {
  const Headers none;
  EXPECT_EQ(RequestHead("GET /", "/", "a", none, BodyFraming::None()), "usage: cannot send the method \"GET /\"");
  EXPECT_EQ(RequestHead("", "/", "a", none, BodyFraming::None()), "usage: cannot send the method \"\"");
  EXPECT_EQ(RequestHead("GET", "/ HTTP/1.1\r\nA: b", "a", none, BodyFraming::None()),
            "usage: cannot send the target \"/ HTTP/1.1\\r\\nA: b\"");
  EXPECT_EQ(RequestHead("GET", "", "a", none, BodyFraming::None()), "usage: cannot send the target \"\"");
  EXPECT_EQ(RequestHead("GET", "/\xc3", "a", none, BodyFraming::None()), "usage: cannot send the target \"/\\303\"");
  EXPECT_EQ(RequestHead("GET", "/", "a\r\nB: c", none, BodyFraming::None()),
            "usage: cannot send the host \"a\\r\\nB: c\"");
  EXPECT_EQ(RequestHead("GET", "/", "a", One("A", "b\r\nC: d"), BodyFraming::None()),
            "usage: cannot send as value of A \"b\\r\\nC: d\"");
  EXPECT_EQ(RequestHead("GET", "/", "a", One("A:", "b"), BodyFraming::None()),
            "usage: cannot send the field name \"A:\"");
  EXPECT_EQ(RequestHead("GET", "/", "a", One("content-length", "5"), BodyFraming::None()),
            "usage: cannot send a framing field of the user's, \"content-length\"");
  EXPECT_EQ(RequestHead("GET", "/", "a", One("Transfer-Encoding", "chunked"), BodyFraming::None()),
            "usage: cannot send a framing field of the user's, \"Transfer-Encoding\"");
}

TEST(SerializerTest, AResponseHeadTakesTheHeadersAsTheyAre) {
  std::string out = "before ";
  ASSERT_TRUE(AppendResponseHead(200, "OK", One("Content-Length", "5"), &out).ok());
  EXPECT_EQ(out, "before HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  out.clear();
  EXPECT_FALSE(AppendResponseHead(99, "OK", Headers(), &out).ok());
  EXPECT_FALSE(AppendResponseHead(200, "O\rK", Headers(), &out).ok());
  EXPECT_FALSE(AppendResponseHead(200, "OK", One("A", "\n"), &out).ok());
  EXPECT_EQ(out, "");
}

TEST(SerializerTest, ChunkHeadersAreHexadecimal) {
  const auto format = [](uint64_t bytes) {
    char out[kChunkHeaderMax];
    return std::string(out, FormatChunkHeader(bytes, out));
  };
  EXPECT_EQ(format(1), "1\r\n");
  EXPECT_EQ(format(10), "a\r\n");
  EXPECT_EQ(format(0x12345), "12345\r\n");
  EXPECT_EQ(format(~uint64_t{0}), "ffffffffffffffff\r\n");
}

TEST(SerializerTest, TrailersEndAChunkedBody) {
  std::string out;
  ASSERT_TRUE(AppendTrailers(One("T", "v"), &out).ok());
  EXPECT_EQ(out, "0\r\nT: v\r\n\r\n");
  out.clear();
  EXPECT_FALSE(AppendTrailers(One("Content-Length", "5"), &out).ok());
  EXPECT_FALSE(AppendTrailers(One("T", "v\r\n"), &out).ok());
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace client
