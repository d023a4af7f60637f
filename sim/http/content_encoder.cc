#include "sim/http/content_encoder.h"

#include <zlib.h>

#include <algorithm>

#include "client/base/check.h"
#include "client/base/zlib_memory.h"
#include "sim/world/pattern.h"

namespace sim {

namespace {

constexpr int kWindowBits = 12;  // what repeats is near
constexpr uint64_t kMemberBytes = 10'000;

// Bytes [offset, end) of the pattern, as one stream.
void EncodeStream(int window, client::Name key, uint64_t offset, uint64_t end, std::string* encoded) {
  constexpr int kMemory = 5;
  constexpr size_t kPart = 4096;
  z_stream stream = {};
  client::UseOperatorNew(stream);
  CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window, kMemory, Z_DEFAULT_STRATEGY) == Z_OK);
  char plain[kPart];
  char part[kPart];
  int code = Z_OK;
  while (code != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      const size_t size = static_cast<size_t>(std::min<uint64_t>(kPart, end - offset));
      FillRepeating(key, offset, plain, size);
      offset += size;
      stream.next_in = reinterpret_cast<Bytef*>(plain);
      stream.avail_in = static_cast<uInt>(size);
    }
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = kPart;
    code = deflate(&stream, offset == end ? Z_FINISH : Z_NO_FLUSH);
    encoded->append(part, kPart - stream.avail_out);
  }
  deflateEnd(&stream);
}

}  // namespace

absl::string_view EncodingToken(ResponsePlan::Encoding encoding) {
  return encoding == ResponsePlan::Encoding::kDeflate ? "deflate" : "gzip";
}

std::string EncodePattern(ResponsePlan::Encoding encoding, client::Name key, uint64_t bytes) {
  CHECK(encoding != ResponsePlan::Encoding::kIdentity);
  constexpr int kGzip = 16;
  const int window = encoding == ResponsePlan::Encoding::kDeflate ? kWindowBits : kWindowBits + kGzip;
  const uint64_t most = encoding == ResponsePlan::Encoding::kGzipMembers ? kMemberBytes : std::max<uint64_t>(bytes, 1);
  std::string encoded;
  for (uint64_t offset = 0; offset == 0 || offset < bytes; offset += most) {
    EncodeStream(window, key, offset, std::min(bytes, offset + most), &encoded);
  }
  return encoded;
}

}  // namespace sim
