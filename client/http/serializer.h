// Heads, chunks and trailers as bytes (RFC 9112). No I/O.
//
// Nothing leaves here that would be read as more than was meant: methods, targets, names and values are checked, and
// what cannot be sent is ErrorKind::kUsage, with nothing appended.
#ifndef CLIENT_HTTP_SERIALIZER_H_
#define CLIENT_HTTP_SERIALIZER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/base/slice.h"
#include "client/http/body_framing.h"
#include "client/http/headers.h"

namespace client {

// A request line, `Host: host` unless the headers bring one, the headers in their order, and the framing's own field.
// The headers must not bring Content-Length or Transfer-Encoding: these follow from `framing` (never kUntilClose).
// One allocation.
Result<Slice> SerializeRequestHead(absl::string_view method, absl::string_view target, absl::string_view host,
                                   const Headers& headers, const BodyFraming& framing);

// A status line and the headers as they are, framing fields included: a server, or a test of one, may lie here.
// `status` has three digits.
Result<void> AppendResponseHead(int status, absl::string_view reason, const Headers& headers, std::string* out);

// The line before a chunk's data. `bytes` > 0: a chunk without data would end the body.
inline constexpr size_t kChunkHeaderMax = 18;  // 16 digits and the line end
size_t FormatChunkHeader(uint64_t bytes, char* out);  // returns how many characters; writes kChunkHeaderMax at most
inline constexpr char kChunkEnd[] = "\r\n";                  // after a chunk's data
inline constexpr char kLastChunk[] = "0\r\n\r\n";            // the end of a body without trailers

// The end of a chunked body with trailers: last chunk, fields, empty line. Framing fields are refused (RFC 9110 6.5.1).
Result<void> AppendTrailers(const Headers& trailers, std::string* out);

}  // namespace client

#endif  // CLIENT_HTTP_SERIALIZER_H_
