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
      if (slot.key.compare_exchange_strong(found, key)) {
        filled_[shared_->used++] = static_cast<uint32_t>(i);
        uint64_t nobody = 0;
        slot.run.compare_exchange_strong(nobody, run);
        return true;
      }
    }
    if (found != key) continue;
    // 0: the one that came first has not yet said who it is.
    const uint64_t first = slot.run.load(std::memory_order_relaxed);
    if (first != run && first != kSeveral) slot.run = kSeveral;
    return false;
  }
}

SharedCounts::Summary SharedCounts::Summarize() const {
  Summary summary;
  summary.full = shared_->full != 0;
  for (uint64_t i = 0; i < shared_->used; ++i) {
    ++summary.distinct;
    const uint64_t run = slots_[filled_[i]].run;
    if (run == kSeveral) continue;
    ++summary.once;
    summary.runs.push_back(run);
  }
  std::sort(summary.runs.begin(), summary.runs.end());
  return summary;
}

}  // namespace sim
