#include "client/http/payload.h"

#include <utility>

namespace client {

BytesPayload::BytesPayload(Slice bytes) : length_(bytes.size()) { slices_.push_back(std::move(bytes)); }

BytesPayload::BytesPayload(absl::InlinedVector<Slice, 2> slices) : slices_(std::move(slices)) {
  for (const Slice& slice : slices_) length_ += slice.size();
}

Task<Result<Slice>> BytesPayload::Next() {
  while (next_ < slices_.size() && slices_[next_].empty()) ++next_;
  if (next_ == slices_.size()) co_return Slice();
  co_return slices_[next_++];
}

Result<void> BytesPayload::Rewind() {
  next_ = 0;
  return Result<void>();
}

StreamPayload::StreamPayload(std::unique_ptr<BodySource> source, absl::optional<uint64_t> length)
    : source_(std::move(source)), length_(length) {}

Task<Result<Slice>> StreamPayload::Next() {
  if (error_.has_value()) co_return *error_;
  if (ended_) co_return Slice();
  Result<Slice> bytes = co_await source_->Next();
  if (!bytes.ok()) {
    error_ = bytes.error();
  } else if (bytes->empty()) {
    ended_ = true;
  }
  co_return std::move(bytes);
}

Result<void> StreamPayload::Rewind() {
  Result<void> rewound = source_->Rewind();
  if (!rewound.ok()) return rewound;
  ended_ = false;
  error_.reset();
  return rewound;
}

}  // namespace client
