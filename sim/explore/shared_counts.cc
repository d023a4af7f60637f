#include "sim/explore/shared_counts.h"

#include <sys/mman.h>

#include <algorithm>

#include "client/base/check.h"

namespace sim {
namespace {

constexpr size_t kHead = 64;

size_t MemorySize(uint64_t capacity) {
  return kHead + capacity * (sizeof(std::atomic<uint64_t>) * 2 + sizeof(std::atomic<uint32_t>));
}

}  // namespace

SharedCounts::SharedCounts(uint64_t capacity) : capacity_(capacity) {
  CHECK_EQ(capacity & (capacity - 1), 0u);
  void* memory = mmap(nullptr, MemorySize(capacity), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(memory != MAP_FAILED);
  shared_ = static_cast<Shared*>(memory);
  slots_ = reinterpret_cast<Slot*>(static_cast<char*>(memory) + kHead);
  filled_ = reinterpret_cast<std::atomic<uint32_t>*>(slots_ + capacity);
}

SharedCounts::~SharedCounts() { munmap(shared_, MemorySize(capacity_)); }

bool SharedCounts::Add(uint64_t key, uint64_t run) {
  if (key == 0) key = 1;
  for (uint64_t i = key & (capacity_ - 1);; i = (i + 1) & (capacity_ - 1)) {
    Slot& slot = slots_[i];
    uint64_t found = slot.key.load(std::memory_order_relaxed);
    if (found == 0) {
      // With room for what other processes are about to fill.
      if (shared_->used.load(std::memory_order_relaxed) >= capacity_ / 8 * 7) {
        shared_->full = 1;
        return false;
      }
      if (slot.key.compare_exchange_strong(found, key)) found = key;
    }
    if (found != key) continue;
    uint64_t first = slot.run.load(std::memory_order_relaxed);
    // Not always the one that took the slot: that may have died.
    if (first == 0 && slot.run.compare_exchange_strong(first, run)) {
      filled_[shared_->used++] = static_cast<uint32_t>(i);
      return true;
    }
    if (first != run && first != kSeveralRuns) slot.run = kSeveralRuns;
    return false;
  }
}

void SharedCounts::AddAll(const std::vector<Sighting>& sightings) {
  for (const Sighting& sighting : sightings) Add(sighting.key, sighting.run);
}

std::vector<Sighting> SharedCounts::Sightings() const {
  std::vector<Sighting> sightings;
  sightings.reserve(shared_->used);
  for (uint64_t i = 0; i < shared_->used; ++i) {
    const Slot& slot = slots_[filled_[i]];
    sightings.push_back({slot.key, slot.run});
  }
  std::sort(sightings.begin(), sightings.end(), [](const Sighting& a, const Sighting& b) { return a.key < b.key; });
  return sightings;
}

}  // namespace sim
