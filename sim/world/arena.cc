#include "sim/world/arena.h"

#include <execinfo.h>
#include <sys/mman.h>

#include <bit>
#include <cstring>

namespace sim {
namespace {

constexpr size_t kSlotSize = size_t{4} << 30;  // address space of one arena

constexpr size_t kSmall = 1024;  // up to here a class every 16 bytes, above four to each power of two

}  // namespace

void Arena::ReserveRegion() {
  if (region_size_ != 0) return;
  void* region = mmap(nullptr, kSlotSize * kSlots, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(region != MAP_FAILED);
  region_begin_ = reinterpret_cast<uintptr_t>(region);
  region_size_ = kSlotSize * kSlots;
}

Arena::Arena(const Options& options) : options_(options) {
  ReserveRegion();
  CHECK_LE(options.capacity + options.base_offset, kSlotSize);
  while (index_ < kSlots && slots_[index_] != nullptr) ++index_;
  CHECK_LT(size_t{index_}, kSlots);
  slots_[index_] = this;
  begin_ = reinterpret_cast<char*>(region_begin_ + kSlotSize * index_ + options.base_offset);
  CHECK_EQ(mprotect(begin_, options.capacity, PROT_READ | PROT_WRITE), 0);
  next_ = high_ = begin_;
  sites_.emplace_back();
}

Arena::~Arena() {
  CHECK(current_ != this);
  // Gives the pages back and makes every later access fault.
  CHECK(mmap(begin_, options_.capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) !=
        MAP_FAILED);
  slots_[index_] = nullptr;
}

uint8_t Arena::ClassOf(size_t size) {
  if (size <= kSmall) return static_cast<uint8_t>((size + 15) / 16);
  const int log = std::bit_width(size - 1) - 1;  // 2^log < size <= 2^(log+1)
  const size_t quarter = size_t{1} << (log - 2);
  const size_t step = (size - (size_t{1} << log) + quarter - 1) / quarter;  // 1..4
  return static_cast<uint8_t>(64 + (log - 10) * 4 + static_cast<int>(step));
}

size_t Arena::ClassSize(uint8_t size_class) {
  if (size_class <= 64) return size_t{size_class} * 16;
  const int log = 10 + (size_class - 65) / 4;
  const size_t step = static_cast<size_t>((size_class - 65) % 4) + 1;
  return (size_t{1} << log) + step * (size_t{1} << (log - 2));
}

void* Arena::Allocate(size_t size) {
  size_t room = size == 0 ? 1 : size;
  ++allocations_;
  if (options_.padded) room += 16 * (1 + allocations_ % 3);
  CHECK_LE(room, size_t{1} << 30);
  const uint8_t size_class = ClassOf(room);
  Header* header;
  if (void* free = free_[size_class]) {
    std::memcpy(&free_[size_class], free, sizeof(void*));
    std::memset(free, 0, sizeof(void*));
    header = static_cast<Header*>(free) - 1;
  } else {
    const size_t bytes = sizeof(Header) + ClassSize(size_class);
    CHECK(bytes <= options_.capacity - used_bytes());  // the world ran out of memory
    header = reinterpret_cast<Header*>(next_);
    next_ += bytes;
    if (next_ > high_) high_ = next_;
    header->size_class = size_class;
    header->arena = index_;
  }
  header->size = static_cast<uint32_t>(size);
  header->live = 1;
  header->site = options_.track_sites ? RecordSite() : 0;
  ++live_blocks_;
  return header + 1;
}

void Arena::Free(void* pointer) {
  Header* header = static_cast<Header*>(pointer) - 1;
  CHECK_EQ(header->live, 1);  // otherwise it was freed twice, or is no block
  Arena& arena = *slots_[header->arena];
  std::memset(pointer, 0, header->size);
  header->live = 0;
  header->size = 0;
  header->site = 0;
  void*& head = arena.free_[header->size_class];
  std::memcpy(pointer, &head, sizeof(head));
  head = pointer;
  --arena.live_blocks_;
}

void Arena::Reset() {
  std::memset(begin_, 0, static_cast<size_t>(high_ - begin_));
  next_ = high_ = begin_;
  live_blocks_ = 0;
  allocations_ = 0;
  free_.fill(nullptr);
  sites_.resize(1);
}

void Arena::Poison() {
  std::memset(begin_, 0xdb, static_cast<size_t>(high_ - begin_));
}

void Arena::Mark(Snapshot* snapshot) const {
  HostScope host;
  snapshot->bytes.assign(begin_, next_);
  snapshot->live_blocks = live_blocks_;
  snapshot->allocations = allocations_;
  snapshot->free = free_;
}

void Arena::Rewind(const Snapshot& snapshot) {
  const size_t size = snapshot.bytes.size();
  std::memcpy(begin_, snapshot.bytes.data(), size);
  if (begin_ + size < high_) std::memset(begin_ + size, 0, static_cast<size_t>(high_ - begin_) - size);
  next_ = high_ = begin_ + size;
  live_blocks_ = snapshot.live_blocks;
  allocations_ = snapshot.allocations;
  free_ = snapshot.free;
}

void Arena::ForEachLive(absl::FunctionRef<void(const Block&)> visit) const {
  for (const char* at = begin_; at < next_;) {
    const Header& header = *reinterpret_cast<const Header*>(at);
    if (header.live != 0) visit({&header + 1, header.size, sites_[header.site]});
    at += sizeof(Header) + ClassSize(header.size_class);
  }
}

void Arena::ForEachLiveBytes(absl::FunctionRef<void(const char* block, size_t size)> visit) const {
  for (const char* at = begin_; at < next_;) {
    const Header& header = *reinterpret_cast<const Header*>(at);
    if (header.live != 0) visit(reinterpret_cast<const char*>(&header + 1), header.size);
    at += sizeof(Header) + ClassSize(header.size_class);
  }
}

uint64_t Arena::RecordSite() {
  HostScope host;
  void* frames[16];
  const int count = backtrace(frames, 16);
  sites_.emplace_back(frames, frames + count);
  return sites_.size() - 1;
}

}  // namespace sim
