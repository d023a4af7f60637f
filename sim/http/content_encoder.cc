#include "sim/http/content_encoder.h"

#include <zlib.h>

#include <algorithm>

#include "client/base/check.h"
#include "client/base/zlib_memory.h"
#include "sim/world/pattern.h"

namespace sim {

absl::string_view EncodingToken(ResponsePlan::Encoding encoding) {
  return encoding == ResponsePlan::Encoding::kGzip ? "gzip" : "deflate";
}

std::string EncodePattern(ResponsePlan::Encoding encoding, client::Name key, uint64_t bytes) {
  constexpr int kWindowBits = 12;  // what repeats is near
  constexpr int kMemory = 5;
  constexpr int kGzip = 16;
  constexpr size_t kPart = 4096;
  CHECK(encoding != ResponsePlan::Encoding::kIdentity);
  z_stream stream = {};
  client::UseOperatorNew(stream);
  const int window = encoding == ResponsePlan::Encoding::kGzip ? kWindowBits + kGzip : kWindowBits;
  CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window, kMemory, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string encoded;
  char plain[kPart];
  char part[kPart];
  uint64_t offset = 0;
  int code = Z_OK;
  while (code != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      const size_t size = static_cast<size_t>(std::min<uint64_t>(kPart, bytes - offset));
      FillRepeating(key, offset, plain, size);
      offset += size;
      stream.next_in = reinterpret_cast<Bytef*>(plain);
      stream.avail_in = static_cast<uInt>(size);
    }
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = kPart;
    code = deflate(&stream, offset == bytes ? Z_FINISH : Z_NO_FLUSH);
    encoded.append(part, kPart - stream.avail_out);
  }
  deflateEnd(&stream);
  return encoded;
}

}  // namespace sim
