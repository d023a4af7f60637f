// A view of bytes that keeps the buffer it points into alive. Copying a slice copies a reference, never bytes.
//
// One thread: the count is a plain integer. Buffers come from operator new, so that in a simulation they live in the
// world's arena.
#ifndef CLIENT_BASE_SLICE_H_
#define CLIENT_BASE_SLICE_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/base/check.h"

namespace client {

// Reference-counted bytes of fixed capacity. Made by Buffer::New() with one reference.
class Buffer {
 public:
  static Buffer* New(size_t capacity);

  char* data() { return reinterpret_cast<char*>(this + 1); }
  size_t capacity() const { return capacity_; }
  bool unique() const { return references_ == 1; }
  void Ref() { ++references_; }
  void Unref() {
    if (--references_ == 0) Free(this);
  }

 private:
  explicit Buffer(uint32_t capacity) : references_(1), capacity_(capacity) {}
  static void Free(Buffer* buffer);

  uint32_t references_;
  uint32_t capacity_;  // bytes
};

class Slice {
 public:
  Slice() = default;
  Slice(const Slice& other) : buffer_(other.buffer_), data_(other.data_), size_(other.size_) {
    if (buffer_ != nullptr) buffer_->Ref();
  }
  Slice(Slice&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Slice& operator=(Slice other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Slice() {
    if (buffer_ != nullptr) buffer_->Unref();
  }

  // Bytes that outlive every slice of them: a literal, or memory that its owner keeps long enough.
  static Slice Static(absl::string_view bytes) { return Slice(nullptr, bytes.data(), bytes.size()); }
  static Slice Copy(absl::string_view bytes);
  // Takes over the caller's reference of `buffer`.
  static Slice Adopt(Buffer* buffer, size_t offset, size_t size) {
    CHECK_LE(offset + size, buffer->capacity());
    return Slice(buffer, buffer->data() + offset, size);
  }

  const char* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  absl::string_view view() const { return absl::string_view(data_, size_); }

  // Bytes [offset, offset + size) in the same buffer.
  Slice Sub(size_t offset, size_t size) const {
    CHECK_LE(offset + size, size_);
    if (buffer_ != nullptr) buffer_->Ref();
    return Slice(buffer_, data_ + offset, size);
  }
  // The part of this slice that `part`, a view into it, covers.
  Slice Sub(absl::string_view part) const { return Sub(static_cast<size_t>(part.data() - data_), part.size()); }
  void RemovePrefix(size_t n) {
    CHECK_LE(n, size_);
    data_ += n;
    size_ -= n;
  }

 private:
  Slice(Buffer* buffer, const char* data, size_t size) : buffer_(buffer), data_(data), size_(size) {}

  Buffer* buffer_ = nullptr;  // null: static bytes
  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace client

#endif  // CLIENT_BASE_SLICE_H_
