// Bytes in order, really copied in and out, in chunks that a pool keeps warm.
#ifndef SIM_NET_BYTE_QUEUE_H_
#define SIM_NET_BYTE_QUEUE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace sim {

struct Chunk {
  static constexpr uint32_t kBytes = 4080;

  Chunk* next = nullptr;
  uint32_t used = 0;  // bytes filled from the start
  char bytes[kBytes] = {};
};

// Chunks that nobody uses. A chunk that comes back is cleared: equal states of a world have equal bytes.
class ChunkPool {
 public:
  ChunkPool() = default;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;
  ~ChunkPool();

  Chunk* Take();
  void Give(Chunk* chunk);

 private:
  Chunk* free_ = nullptr;
};

class ByteQueue {
 public:
  explicit ByteQueue(ChunkPool& pool) : pool_(pool) {}  // not owned; outlives the queue
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;
  ~ByteQueue() { Drop(size_); }

  size_t size() const { return size_; }
  void Append(absl::string_view bytes);
  // Takes the first `size` bytes out. Requires size <= size().
  void Take(char* to, size_t size);
  void Drop(size_t size);
  // Keeps the first `size` bytes. Requires size <= size().
  void Truncate(size_t size);

 private:
  ChunkPool& pool_;
  Chunk* head_ = nullptr;
  Chunk* tail_ = nullptr;
  uint32_t head_offset_ = 0;  // bytes of the first chunk that are gone
  size_t size_ = 0;
};

}  // namespace sim

#endif  // SIM_NET_BYTE_QUEUE_H_
