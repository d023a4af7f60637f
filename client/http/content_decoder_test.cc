#include "client/http/content_decoder.h"

#include <zlib.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace client {
namespace {

constexpr int kGzip = MAX_WBITS + 16;
constexpr int kZlib = MAX_WBITS;
constexpr int kRaw = -MAX_WBITS;

std::string Deflated(absl::string_view text, int window) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(&out[0]);
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Drain(ContentDecoder& decoder, std::string* error) {
  std::string text;
  for (;;) {
    Result<Slice> part = decoder.Next();
    if (!part.ok()) {
      *error = std::string(part.error().message());
      return text;
    }
    if (part->empty()) return text;
    EXPECT_LE(part->size(), ContentDecoder::kChunk);
    text.append(part->data(), part->size());
  }
}

// The text, and behind a bar the error.
std::string Decode(const std::vector<absl::string_view>& pieces, ContentCoding coding,
                   const ContentDecoder::Limits& limits = ContentDecoder::Limits()) {
  ContentDecoder decoder(coding, limits);
  std::string error;
  std::string text;
  for (const absl::string_view piece : pieces) {
    decoder.Feed(Slice::Copy(piece));
    text += Drain(decoder, &error);
    if (!error.empty()) return absl::StrCat(text, "|", error);
  }
  decoder.FeedEof();
  text += Drain(decoder, &error);
  return error.empty() ? text : absl::StrCat(text, "|", error);
}

std::string DecodeAtEverySplit(absl::string_view input, ContentCoding coding) {
  const std::string whole = Decode({input}, coding);
  for (size_t i = 0; i <= input.size(); ++i) {
    EXPECT_EQ(Decode({input.substr(0, i), input.substr(i)}, coding), whole) << "cut at " << i;
  }
  std::vector<absl::string_view> bytes;
  for (size_t i = 0; i < input.size(); ++i) bytes.push_back(input.substr(i, 1));
  EXPECT_EQ(Decode(bytes, coding), whole);
  return whole;
}

const char kText[] = "it was the best of times, it was the worst of times";

TEST(ContentDecoderTest, GzipAndBothFormsOfDeflateAtEverySplit) {
  EXPECT_EQ(DecodeAtEverySplit(Deflated(kText, kGzip), ContentCoding::kGzip), kText);
  EXPECT_EQ(DecodeAtEverySplit(Deflated(kText, kZlib), ContentCoding::kDeflate), kText);
  EXPECT_EQ(DecodeAtEverySplit(Deflated(kText, kRaw), ContentCoding::kDeflate), kText);
  EXPECT_EQ(DecodeAtEverySplit(Deflated("", kGzip), ContentCoding::kGzip), "");
}

TEST(ContentDecoderTest, GzipMembersFollowEachOther) {
  const std::string input = Deflated("one ", kGzip) + Deflated("", kGzip) + Deflated("two", kGzip);
  EXPECT_EQ(DecodeAtEverySplit(input, ContentCoding::kGzip), "one two");
}

TEST(ContentDecoderTest, NoInputIsACleanEnd) {
  EXPECT_EQ(Decode({}, ContentCoding::kGzip), "");
  EXPECT_EQ(Decode({""}, ContentCoding::kDeflate), "");
}

TEST(ContentDecoderTest, ACutStreamIsAnErrorBehindWhatCouldBeDecoded) {
  for (const int window : {kGzip, kZlib, kRaw}) {
    const ContentCoding coding = window == kGzip ? ContentCoding::kGzip : ContentCoding::kDeflate;
    const std::string input = Deflated(kText, window);
    for (size_t size = 1; size < input.size(); ++size) {
      const std::string got = Decode({absl::string_view(input).substr(0, size)}, coding);
      const size_t bar = got.find('|');
      ASSERT_NE(bar, std::string::npos) << size;
      EXPECT_EQ(got.substr(0, bar), std::string(kText).substr(0, bar));
      const absl::string_view name = window == kGzip ? "gzip" : "deflate";
      EXPECT_EQ(got.substr(bar + 1), absl::StrCat("bad ", name, " body: it ended early"));
    }
  }
}

TEST(ContentDecoderTest, ACorruptStreamIsAnError) {
  std::string sum = Deflated(kText, kGzip);
  sum[sum.size() - 5] ^= 1;
  EXPECT_EQ(DecodeAtEverySplit(sum, ContentCoding::kGzip), absl::StrCat(kText, "|bad gzip body: incorrect data check"));
  EXPECT_EQ(Decode({"not gzip at all"}, ContentCoding::kGzip), "|bad gzip body: incorrect header check");
}

TEST(ContentDecoderTest, BytesBehindTheEndAreAnError) {
  EXPECT_EQ(DecodeAtEverySplit(Deflated("one", kGzip) + "x", ContentCoding::kGzip),
            "one|bad gzip body: bytes behind its end");
  EXPECT_EQ(DecodeAtEverySplit(Deflated("one", kZlib) + "x", ContentCoding::kDeflate),
            "one|bad deflate body: bytes behind its end");
}

TEST(ContentDecoderTest, LongOutputComesInChunks) {
  std::string text;
  for (int i = 0; i < 60000; ++i) absl::StrAppend(&text, i * 7919 % 10007, ",");
  const std::string input = Deflated(text, kGzip);
  EXPECT_EQ(Decode({input}, ContentCoding::kGzip), text);
  const std::string zeros(300000, '\0');
  EXPECT_EQ(Decode({Deflated(zeros, kRaw)}, ContentCoding::kDeflate), zeros);
}

TEST(ContentDecoderTest, OutputIsBounded) {
  const std::string bomb = Deflated(std::string(4 << 20, '\0'), kGzip);
  const std::string too_much = Decode({bomb}, ContentCoding::kGzip);
  EXPECT_TRUE(too_much.size() < (2 << 20)) << too_much.size();
  EXPECT_EQ(too_much.substr(too_much.find('|')), "|bad gzip body: it expands too much");
  ContentDecoder::Limits limits;
  limits.bytes_max = sizeof(kText) - 1;
  EXPECT_EQ(Decode({Deflated(kText, kGzip)}, ContentCoding::kGzip, limits), kText);
  limits.bytes_max -= 1;
  EXPECT_EQ(Decode({Deflated(kText, kGzip)}, ContentCoding::kGzip, limits),
            "|bad gzip body: more output than is allowed");
}

TEST(ContentDecoderTest, OnlyASingleKnownCodingIsUndone) {
  const auto coding = [](std::initializer_list<absl::string_view> values) {
    Headers headers;
    for (const absl::string_view value : values) headers.Add("Content-Encoding", value);
    return ContentCodingOf(headers);
  };
  EXPECT_EQ(coding({"GZip"}), ContentCoding::kGzip);
  EXPECT_EQ(coding({"x-gzip"}), ContentCoding::kGzip);
  EXPECT_EQ(coding({"deflate"}), ContentCoding::kDeflate);
  EXPECT_FALSE(coding({}).has_value());
  EXPECT_FALSE(coding({"br"}).has_value());
  EXPECT_FALSE(coding({"gzip, gzip"}).has_value());
  EXPECT_FALSE(coding({"gzip", "gzip"}).has_value());
}

}  // namespace
}  // namespace client
