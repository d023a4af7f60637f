#include "client/http/content_decoder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "client/base/zlib_memory.h"

namespace client {

absl::optional<ContentCoding> ContentCodingOf(const Headers& headers) {
  const std::vector<absl::string_view> codings = headers.GetAll("Content-Encoding");
  if (codings.size() != 1) return absl::nullopt;
  const absl::string_view coding = codings.front();
  if (absl::EqualsIgnoreCase(coding, "gzip") || absl::EqualsIgnoreCase(coding, "x-gzip")) return ContentCoding::kGzip;
  if (absl::EqualsIgnoreCase(coding, "deflate")) return ContentCoding::kDeflate;
  return absl::nullopt;
}

ContentDecoder::ContentDecoder(ContentCoding coding, const Limits& limits) : coding_(coding), limits_(limits) {}

ContentDecoder::~ContentDecoder() {
  if (open_) inflateEnd(&stream_);
}

void ContentDecoder::Feed(Slice bytes) {
  CHECK(input_.empty());
  bytes_in_ += bytes.size();
  input_ = std::move(bytes);
}

Result<Slice> ContentDecoder::Next() {
  if (error_.has_value()) return *error_;
  if (input_.empty() && (member_ended_ || bytes_in_ == 0)) return Slice();
  if (input_.empty() && !output_full_ && !eof_) return Slice();
  if (!Prepare()) return *error_;
  return Inflate();
}

bool ContentDecoder::Prepare() {
  if (open_ && !member_ended_) return true;
  if (open_) {
    // RFC 1952 section 2.2: members follow each other, with nothing in between.
    const bool next = coding_ == ContentCoding::kGzip && static_cast<uint8_t>(input_.data()[0]) == 0x1F;
    if (!next || inflateReset(&stream_) != Z_OK) {
      Fail("bytes behind its end");
      return false;
    }
    member_ended_ = false;
    return true;
  }
  constexpr int kGzipOnly = 16;
  const bool zlib = coding_ == ContentCoding::kDeflate && (input_.data()[0] & 0x0F) == Z_DEFLATED;
  UseOperatorNew(stream_);
  const int window = coding_ == ContentCoding::kGzip ? MAX_WBITS + kGzipOnly : zlib ? MAX_WBITS : -MAX_WBITS;
  CHECK(inflateInit2(&stream_, window) == Z_OK);
  open_ = true;
  return true;
}

Result<Slice> ContentDecoder::Inflate() {
  constexpr size_t kSmallest = 4 << 10;
  const size_t capacity = std::clamp(4 * input_.size(), kSmallest, kChunk);
  Buffer* const buffer = Buffer::New(capacity);
  const Slice output = Slice::Adopt(buffer, 0, capacity);
  size_t size = 0;
  while (size == 0) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input_.data()));
    stream_.avail_in = static_cast<uInt>(input_.size());
    stream_.next_out = reinterpret_cast<Bytef*>(buffer->data());
    stream_.avail_out = static_cast<uInt>(capacity);
    const int code = inflate(&stream_, Z_NO_FLUSH);
    input_.RemovePrefix(input_.size() - stream_.avail_in);
    size = capacity - stream_.avail_out;
    output_full_ = stream_.avail_out == 0;
    bytes_out_ += size;
    if (bytes_out_ > limits_.bytes_max) return Fail("more output than is allowed");
    const bool expands = bytes_out_ > limits_.ratio_from && bytes_out_ / limits_.ratio_max > bytes_in_;
    if (expands) return Fail("it expands too much");
    if (code == Z_STREAM_END) {
      member_ended_ = true;
      if (size > 0 || input_.empty()) break;
      if (!Prepare()) return *error_;
    } else if (code == Z_BUF_ERROR || (code == Z_OK && size == 0 && input_.empty())) {
      if (size == 0 && eof_) return Fail("it ended early");
      break;
    } else if (code != Z_OK) {
      const ClientError error = Fail(stream_.msg != nullptr ? stream_.msg : "corrupt");
      if (size == 0) return error;  // else the next time
    }
  }
  return output.Sub(0, size);
}

ClientError ContentDecoder::Fail(absl::string_view why) {
  const absl::string_view coding = coding_ == ContentCoding::kGzip ? "gzip" : "deflate";
  error_ = ClientError(ErrorKind::kProtocol, absl::StrCat("bad ", coding, " body: ", why));
  input_ = Slice();
  return *error_;
}

}  // namespace client
