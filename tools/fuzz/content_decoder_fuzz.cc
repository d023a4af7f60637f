// Compressed bodies, fed whole, in pieces of the input's choice, and byte by byte.
//
// A byte of flags (gzip or deflate, small limits, cut off at the end), pieces, and the body.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/http/content_decoder.h"
#include "tools/fuzz/fuzz_input.h"

namespace wavetank {
namespace {

using client::ContentCoding;
using client::ContentDecoder;

struct Body {
  ContentCoding coding;
  ContentDecoder::Limits limits;
};

struct Decoded {
  std::string bytes;
  std::string error;  // empty: none
  bool above_limit() const { return absl::StrContains(error, "than is allowed"); }
};

Decoded Decode(const Body& body, const std::vector<absl::string_view>& pieces) {
  ContentDecoder decoder(body.coding, body.limits);
  Decoded decoded;
  for (size_t i = 0; i <= pieces.size(); ++i) {
    if (i < pieces.size()) {
      decoder.Feed(client::Slice::Copy(pieces[i]));
    } else {
      decoder.FeedEof();
    }
    for (;;) {
      const client::Result<client::Slice> part = decoder.Next();
      if (!part.ok()) {
        Require(!decoder.Next().ok(), "errors are sticky");
        decoded.error = std::string(part.error().message());
        return decoded;
      }
      if (part->empty()) break;
      Require(part->size() <= ContentDecoder::kChunk, "output comes in small parts");
      absl::StrAppend(&decoded.bytes, part->view());
      Require(decoded.bytes.size() <= body.limits.bytes_max, "the output keeps its limit");
    }
  }
  Require(decoder.bytes_out() == decoded.bytes.size(), "what came out is counted");
  return decoded;
}

void Compare(const Decoded& whole, const Decoded& cut, const char* claim) {
  Require(whole.error.empty() == cut.error.empty(), "cuts do not change the verdict");
  // The part that goes above the limit is refused as a whole, and what is a part depends on the cuts.
  if (whole.above_limit() && cut.above_limit()) {
    return Require(absl::StartsWith(cut.bytes, whole.bytes) || absl::StartsWith(whole.bytes, cut.bytes), claim);
  }
  RequireSame(whole.bytes, cut.bytes, claim);
}

}  // namespace
}  // namespace wavetank

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using wavetank::Cut;
  wavetank::FuzzInput input(data, size);
  const uint8_t flags = input.Byte();
  wavetank::Body body{(flags & 1) != 0 ? client::ContentCoding::kDeflate : client::ContentCoding::kGzip, {}};
  // No ratio: it is of the input so far, and so depends on the cuts.
  body.limits.bytes_max = (flags & 2) != 0 ? 100 : 4 << 20;
  body.limits.ratio_max = 1 << 20;
  const std::vector<size_t> pieces = input.Pieces();
  const wavetank::Decoded whole = wavetank::Decode(body, {input.rest()});
  wavetank::Compare(whole, wavetank::Decode(body, Cut(input.rest(), pieces)), "cuts change no byte");
  wavetank::Compare(whole, wavetank::Decode(body, Cut(input.rest(), {1})), "nor do cuts everywhere");
  return 0;
}
