#include "sim/net/byte_queue.h"

#include <cstring>

#include "client/base/check.h"

namespace sim {

ChunkPool::~ChunkPool() {
  while (free_ != nullptr) {
    Chunk* const next = free_->next;
    delete free_;
    free_ = next;
  }
}

Chunk* ChunkPool::Take() {
  if (free_ == nullptr) return new Chunk;
  Chunk* const chunk = free_;
  free_ = chunk->next;
  chunk->next = nullptr;
  return chunk;
}

void ChunkPool::Give(Chunk* chunk) {
  std::memset(chunk->bytes, 0, chunk->used);
  chunk->used = 0;
  chunk->next = free_;
  free_ = chunk;
}

void ByteQueue::Append(absl::string_view bytes) {
  const char* from = bytes.data();
  size_t left = bytes.size();
  size_ += left;
  while (left > 0) {
    if (tail_ == nullptr || tail_->used == Chunk::kBytes) {
      Chunk* const chunk = pool_.Take();
      (tail_ != nullptr ? tail_->next : head_) = chunk;
      tail_ = chunk;
    }
    const size_t room = Chunk::kBytes - tail_->used;
    const size_t here = left < room ? left : room;
    std::memcpy(tail_->bytes + tail_->used, from, here);
    tail_->used += static_cast<uint32_t>(here);
    from += here;
    left -= here;
  }
}

void ByteQueue::Take(char* to, size_t size) {
  CHECK_LE(size, size_);
  size_ -= size;
  while (size > 0) {
    const size_t there = head_->used - head_offset_;
    const size_t here = size < there ? size : there;
    if (to != nullptr) {
      std::memcpy(to, head_->bytes + head_offset_, here);
      to += here;
    }
    head_offset_ += static_cast<uint32_t>(here);
    size -= here;
    if (head_offset_ < head_->used) continue;
    Chunk* const done = head_;
    head_ = done->next;
    if (head_ == nullptr) tail_ = nullptr;
    head_offset_ = 0;
    pool_.Give(done);
  }
}

void ByteQueue::Drop(size_t size) { Take(nullptr, size); }

void ByteQueue::Truncate(size_t size) {
  CHECK_LE(size, size_);
  if (size == 0) return Drop(size_);
  size_ = size;
  Chunk* last = head_;
  size_t end = head_offset_ + size;  // of the kept bytes, counted from the start of `last`
  while (end > last->used) {
    end -= last->used;
    last = last->next;
  }
  std::memset(last->bytes + end, 0, last->used - end);
  last->used = static_cast<uint32_t>(end);
  for (Chunk* chunk = last->next; chunk != nullptr;) {
    Chunk* const next = chunk->next;
    pool_.Give(chunk);
    chunk = next;
  }
  last->next = nullptr;
  tail_ = last;
}

}  // namespace sim
