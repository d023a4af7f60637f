// Undoes gzip and deflate (RFC 9110 section 8.4.1), on zlib: bytes in, bytes out, no I/O.
//
//   1. A stream that is cut, corrupt, or followed by anything but another gzip member is an error
//      (ErrorKind::kProtocol), behind the bytes that had been decoded before it. Errors are sticky.
//   2. Output is made only when it is asked for, kChunk bytes at most: a small input that expands without bound fills
//      no memory. It is refused all the same above Limits.
//   3. `deflate` is zlib's format; the bare deflate that some servers send is recognised by its first byte.
//   4. No input at all is a clean end: a response to HEAD names a coding and has no body.
//
// zlib's memory comes from operator new.
//
//   decoder.Feed(*std::move(bytes));
//   for (Result<Slice> part = decoder.Next(); part.ok() && !part->empty(); part = decoder.Next()) Consume(*part);
#ifndef CLIENT_HTTP_CONTENT_DECODER_H_
#define CLIENT_HTTP_CONTENT_DECODER_H_

#include <zlib.h>

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/base/error.h"
#include "client/base/slice.h"
#include "client/http/headers.h"

namespace client {

enum class ContentCoding : uint8_t { kGzip, kDeflate };

// The one coding of a message's body; none if it has none, several, or one that is unknown here.
absl::optional<ContentCoding> ContentCodingOf(const Headers& headers);

class ContentDecoder {
 public:
  static constexpr size_t kChunk = 64 << 10;  // bytes

  struct Limits {
    uint64_t bytes_max = uint64_t{1} << 30;  // of output
    uint64_t ratio_max = 500;                // bytes of output for each of input ...
    uint64_t ratio_from = 1 << 20;           // ... once there are so many bytes of output
  };

  ContentDecoder(ContentCoding coding, const Limits& limits);
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;
  ~ContentDecoder();

  // Requires that Next() has said that it needs more: nothing is queued here.
  void Feed(Slice bytes);
  void FeedEof() { eof_ = true; }

  // The next bytes. Empty: it needs more input or, after FeedEof(), everything has been decoded.
  Result<Slice> Next();

  uint64_t bytes_in() const { return bytes_in_; }
  uint64_t bytes_out() const { return bytes_out_; }

 private:
  ClientError Fail(absl::string_view why);
  bool Prepare();
  Result<Slice> Inflate();

  const ContentCoding coding_;
  const Limits limits_;
  z_stream stream_ = {};
  bool open_ = false;        // stream_ has been initialised
  bool member_ended_ = false;  // a stream has come to its end; another may follow if it is gzip
  bool output_full_ = false;   // zlib may hold more output than it could give
  bool eof_ = false;
  Slice input_;
  uint64_t bytes_in_ = 0;
  uint64_t bytes_out_ = 0;
  absl::optional<ClientError> error_;
};

}  // namespace client

#endif  // CLIENT_HTTP_CONTENT_DECODER_H_
