#include "sim/http/content_encoder.h"

#include <string>

#include "client/http/content_decoder.h"
#include "gtest/gtest.h"
#include "sim/world/pattern.h"

namespace sim {
namespace {

using client::ContentCoding;
using client::ContentDecoder;
using client::Result;
using client::Slice;
using Encoding = ResponsePlan::Encoding;

std::string Decoded(ContentCoding coding, const std::string& encoded) {
  ContentDecoder decoder(coding, ContentDecoder::Limits{});
  decoder.Feed(Slice::Copy(encoded));
  decoder.FeedEof();
  std::string plain;
  Result<Slice> part = decoder.Next();
  for (; part.ok() && !part->empty(); part = decoder.Next()) plain.append(part->data(), part->size());
  return part.ok() ? plain : part.error().DebugString();
}

TEST(ContentEncoderTest, ADecoderGivesTheRepeatingPatternBack) {
  const client::Name request = client::Name().Child("request", 1);
  for (const uint64_t bytes : {0, 1, 7, 512, 513, 4096, 100'000, 3'000'000}) {
    for (const Encoding encoding : {Encoding::kGzip, Encoding::kDeflate, Encoding::kGzipMembers}) {
      const ContentCoding coding = encoding == Encoding::kDeflate ? ContentCoding::kDeflate : ContentCoding::kGzip;
      const std::string plain = Decoded(coding, EncodePattern(encoding, request, bytes));
      ASSERT_EQ(plain.size(), bytes);
      EXPECT_EQ(MatchRepeating(request, 0, plain), bytes);
    }
  }
}

TEST(ContentEncoderTest, TheRepeatingPatternIsTheSameFromEveryOffset) {
  const client::Name request = client::Name().Child("request", 1);
  std::string whole(2000, '\0');
  FillRepeating(request, 0, whole.data(), whole.size());
  for (const size_t offset : {1, 8, 511, 512, 513, 1999}) {
    EXPECT_EQ(MatchRepeating(request, offset, whole.substr(offset)), whole.size() - offset);
  }
  EXPECT_LT(MatchRepeating(request, 512, whole), 8u);
  EXPECT_LT(MatchRepeating(client::Name().Child("request", 2), 0, whole), 8u);
}

}  // namespace
}  // namespace sim
