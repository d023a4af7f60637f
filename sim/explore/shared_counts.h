// How many different things the runs of a campaign have shown, and which were shown by one run only.
//
// A hash table in memory that all processes of a campaign share, so that what it says does not depend on how many there
// are. Nothing is ever removed. Once it is full, new keys are not counted any more, and it says so. A process may die
// in the middle of it: when its run is made again, nothing is counted twice.
#ifndef SIM_EXPLORE_SHARED_COUNTS_H_
#define SIM_EXPLORE_SHARED_COUNTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

inline constexpr uint64_t kSeveralRuns = ~uint64_t{0};

// A key, and the only run that has shown it, or kSeveralRuns.
struct Sighting {
  uint64_t key, run;

  friend bool operator==(const Sighting&, const Sighting&) = default;
};

class SharedCounts {
 public:
  explicit SharedCounts(uint64_t capacity = uint64_t{1} << 20);  // a power of two
  SharedCounts(const SharedCounts&) = delete;
  SharedCounts& operator=(const SharedCounts&) = delete;
  ~SharedCounts();

  // Run `run` (from 1) has shown `key`. Returns false if it had been shown before, or is not counted.
  bool Add(uint64_t key, uint64_t run);

  // As if those runs had been made here.
  void AddAll(const std::vector<Sighting>& sightings);

  // All that is counted, by key. While nobody adds.
  std::vector<Sighting> Sightings() const;
  // There may be more.
  bool full() const { return shared_->full != 0; }
  void set_full() { shared_->full = 1; }

 private:

  struct Slot {
    std::atomic<uint64_t> key;  // 0: free
    std::atomic<uint64_t> run;  // the only one so far, or kSeveralRuns; 0: whoever fills it is not done
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
