// The body of a request, before it is framed: a source of slices, and whether it can be sent again.
#ifndef CLIENT_HTTP_PAYLOAD_H_
#define CLIENT_HTTP_PAYLOAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/types/optional.h"
#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/slice.h"

namespace client {

class Payload {
 public:
  virtual ~Payload() = default;

  // Bytes in all, from the start; none where only the end will tell, so that the body goes out chunked.
  virtual absl::optional<uint64_t> length() const = 0;

  // Whether Rewind() can succeed: only then may a request be sent a second time (RFC 9110 section 9.2.2).
  virtual bool replayable() const = 0;

  // The next bytes; empty at the end, and from then on. After an error the payload is used up until Rewind().
  // Cancel safety: as the implementation says; bytes that were not returned are lost at worst, so that a cancelled
  // payload must be rewound or abandoned.
  virtual Task<Result<Slice>> Next() = 0;

  // Back to the first byte. Requires that no Next() is pending.
  virtual Result<void> Rewind() = 0;
};

// Bytes that are there. Cancel safety: Next() never waits.
class BytesPayload final : public Payload {
 public:
  explicit BytesPayload(Slice bytes);
  explicit BytesPayload(absl::InlinedVector<Slice, 2> slices);

  absl::optional<uint64_t> length() const override { return length_; }
  bool replayable() const override { return true; }
  Task<Result<Slice>> Next() override;
  Result<void> Rewind() override;

 private:
  absl::InlinedVector<Slice, 2> slices_;
  uint64_t length_ = 0;
  size_t next_ = 0;
};

// A user's source of bytes: a file, a pipe, another response.
class BodySource {
 public:
  virtual ~BodySource() = default;

  // The next bytes; an empty slice is the end. It may answer at once (from inside the client's step), later, or fail;
  // the failure reaches whoever sent the request, as it is.
  virtual Task<Result<Slice>> Next() = 0;

  // Goes back to the first byte, for a request that is sent again. By default it cannot.
  virtual bool replayable() const { return false; }
  virtual Result<void> Rewind() { return ClientError(ErrorKind::kBodySource, "the body source cannot be rewound"); }
};

// The bytes of a BodySource. The source is not asked again after its end or its failure.
class StreamPayload final : public Payload {
 public:
  StreamPayload(std::unique_ptr<BodySource> source, absl::optional<uint64_t> length);

  absl::optional<uint64_t> length() const override { return length_; }
  bool replayable() const override { return source_->replayable(); }
  Task<Result<Slice>> Next() override;
  Result<void> Rewind() override;

 private:
  std::unique_ptr<BodySource> source_;
  absl::optional<uint64_t> length_;
  bool ended_ = false;
  absl::optional<ClientError> error_;
};

}  // namespace client

#endif  // CLIENT_HTTP_PAYLOAD_H_
