#include "client/base/slice.h"

#include <cstring>
#include <new>

namespace client {

Buffer* Buffer::New(size_t capacity) {
  CHECK_LE(capacity, uint32_t{1} << 30);
  void* memory = ::operator new(sizeof(Buffer) + capacity);
  return new (memory) Buffer(static_cast<uint32_t>(capacity));
}

void Buffer::Free(Buffer* buffer) { ::operator delete(buffer); }

Slice Slice::Copy(absl::string_view bytes) {
  if (bytes.empty()) return Slice();
  Buffer* buffer = Buffer::New(bytes.size());
  std::memcpy(buffer->data(), bytes.data(), bytes.size());
  return Adopt(buffer, 0, bytes.size());
}

}  // namespace client
