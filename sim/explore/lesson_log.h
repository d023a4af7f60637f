// The lessons of one job, in memory that all jobs of a campaign share: written by one, read by all.
//
// Runs are counted in epochs. What a run may know is what the epochs up to the one before the last have taught,
// whoever made their runs: so it does not depend on the number of jobs what a strategy learns, and jobs seldom wait
// for another. A log keeps all of the campaign, so that a process that is started again learns it anew. Once it is
// full, nothing more is learned from its job.
#ifndef SIM_EXPLORE_LESSON_LOG_H_
#define SIM_EXPLORE_LESSON_LOG_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "sim/explore/lesson.h"

namespace sim {

class LessonLog {
 public:
  static constexpr uint64_t kAllEpochs = ~uint64_t{0};

  explicit LessonLog(size_t capacity = size_t{64} << 20);  // bytes
  LessonLog(const LessonLog&) = delete;
  LessonLog& operator=(const LessonLog&) = delete;
  ~LessonLog();

  // Runs in ascending order.
  void Append(const Lesson& lesson);

  // Of how many epochs every lesson is here.
  uint64_t epochs_done() const { return shared_->epochs_done; }
  void set_epochs_done(uint64_t epochs) { shared_->epochs_done = epochs; }

  // The run of the lesson at `offset` (0 for the first); false if there is none yet.
  bool PeekRun(uint64_t offset, uint64_t* run) const;
  // The lesson there; returns the offset of the next one. Requires PeekRun().
  uint64_t Read(uint64_t offset, Lesson* lesson) const;

 private:
  struct Shared {
    std::atomic<uint64_t> size, epochs_done, full;
  };
  struct Head {
    uint64_t run, questions, keys, decisions;  // as many places as keys
  };

  size_t capacity_;
  Shared* shared_;
  char* bytes_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_LESSON_LOG_H_
