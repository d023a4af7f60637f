#include "client/net/uv_read_buffers.h"

#include <algorithm>
#include <utility>

#include "client/base/check.h"

namespace client {

UvReadBuffers::~UvReadBuffers() {
  if (current_ != nullptr) current_->Unref();
  for (Buffer* buffer : kept_) buffer->Unref();
}

absl::Span<char> UvReadBuffers::Prepare(size_t size) {
  if (current_ == nullptr || current_->capacity() < size) {
    Switch(size);
  } else if (current_->unique()) {
    used_ = 0;
  } else if (current_->capacity() - used_ < (size + 1) / 2) {
    Switch(size);
  }
  return absl::Span<char>(current_->data() + used_, std::min(size, current_->capacity() - used_));
}

Slice UvReadBuffers::Take(size_t size) {
  current_->Ref();
  Slice slice = Slice::Adopt(current_, used_, size);
  used_ = std::min((used_ + size + kAlign - 1) / kAlign * kAlign, current_->capacity());
  return slice;
}

void UvReadBuffers::Switch(size_t capacity) {
  used_ = 0;
  // A look at a few: what is still held was, as a rule, taken last.
  constexpr size_t kLooks = 4;
  for (size_t i = 0; i < std::min(kLooks, kept_.size()); ++i) {
    Buffer*& candidate = kept_[next_];
    next_ = (next_ + 1) % kept_.size();
    if (!candidate->unique() || candidate->capacity() < capacity) continue;
    std::swap(candidate, current_);
    return;
  }
  Buffer* const old = std::exchange(current_, Buffer::New(capacity));
  if (old == nullptr) return;
  if (kept_.size() < kKept) {
    kept_.push_back(old);
  } else {
    std::exchange(kept_[next_], old)->Unref();
    next_ = (next_ + 1) % kept_.size();
  }
}

}  // namespace client
