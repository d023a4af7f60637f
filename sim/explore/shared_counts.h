// How many different things the runs of a campaign have shown, and which were shown by one run only.
//
// A hash table in memory that all processes of a campaign share, so that what it says does not depend on how many there
// are. Nothing is ever removed. Once it is full, new keys are not counted any more, and it says so.
#ifndef SIM_EXPLORE_SHARED_COUNTS_H_
#define SIM_EXPLORE_SHARED_COUNTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

class SharedCounts {
 public:
  explicit SharedCounts(uint64_t capacity = uint64_t{1} << 20);  // a power of two
  SharedCounts(const SharedCounts&) = delete;
  SharedCounts& operator=(const SharedCounts&) = delete;
  ~SharedCounts();

  // Run `run` (from 1) has shown `key`. Returns false if it had been shown before, or is not counted.
  bool Add(uint64_t key, uint64_t run);

  struct Summary {
    uint64_t distinct = 0;
    uint64_t once = 0;           // shown by one run only
    std::vector<uint64_t> runs;  // those runs, sorted, each as often as it has such keys
    bool full = false;           // there may be more of all
  };
  // While nobody adds.
  Summary Summarize() const;

 private:
  static constexpr uint64_t kSeveral = ~uint64_t{0};

  struct Slot {
    std::atomic<uint64_t> key;  // 0: free
    std::atomic<uint64_t> run;  // the only one so far, or kSeveral
  };
  struct Shared {
    std::atomic<uint64_t> used;
    std::atomic<uint64_t> full;
  };

  uint64_t capacity_;
  Shared* shared_;
  Slot* slots_;
  std::atomic<uint32_t>* filled_;  // the slots in use, in the order in which they were filled
};

}  // namespace sim

#endif  // SIM_EXPLORE_SHARED_COUNTS_H_
