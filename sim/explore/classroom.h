// Where the jobs of a campaign tell each other what they have learned. One of them in each process.
//
//   Classroom classroom(logs, job, plan);
//   for (run : ...) {
//     if (!classroom.Enter(run, strategy, may_go_on)) break;
//     ... make the run ...
//     classroom.Tell(run, strategy, coverage, tape);
//   }
//   classroom.Leave();
#ifndef SIM_EXPLORE_CLASSROOM_H_
#define SIM_EXPLORE_CLASSROOM_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "sim/choice/tape.h"
#include "sim/explore/lesson_log.h"
#include "sim/explore/strategy.h"

namespace sim {

class Classroom {
 public:
  // Runs of all jobs: first, first + stride, ...
  struct Plan {
    uint64_t base_seed, first, stride;
  };

  // `logs` are those of all jobs, outlive this and are not owned; this is job `job`.
  Classroom(const std::vector<LessonLog*>& logs, size_t job, const Plan& plan);

  // Before a run: teaches `strategy` what it may know, waiting for jobs that are behind. False if `may_go_on` says so
  // meanwhile.
  bool Enter(uint64_t run, Strategy& strategy, absl::FunctionRef<bool()> may_go_on);

  // After a run that held: leaves a lesson if there was something new in it.
  // `keys` and `places` are those of the run's coverage.
  void Tell(uint64_t run, const Strategy& strategy, const std::vector<uint64_t>& keys,
            const std::vector<uint64_t>& places, const Tape& tape);

  // Between two runs: the next one of this job will be `run` or a later one.
  void Await(uint64_t run) { logs_[job_]->set_epochs_done(EpochOf(run)); }

  // While nobody is in the middle of a run: the lessons since the last time, by run.
  void Gather(std::vector<Lesson>* lessons);

  // Afterwards: the lessons of all jobs that have taught `strategy` something new, by run.
  void Collect(Strategy& strategy, std::vector<Lesson>* corpus);

  // There will be no more runs of this job.
  void Leave() { logs_[job_]->set_epochs_done(LessonLog::kAllEpochs); }

 private:
  static constexpr uint64_t kDecisionsMax = 4096;  // of a tape that is kept

  // The next lesson of the first `epochs` epochs, in the order of their runs, into lesson_; false if there is none.
  bool Next(uint64_t epochs);
  uint64_t EpochOf(uint64_t run) const { return (run - plan_.first) / plan_.stride / Strategy::kEpochRuns; }

  std::vector<LessonLog*> logs_;
  size_t job_;
  Plan plan_;
  uint64_t entered_ = 0;           // epochs
  std::vector<uint64_t> offsets_;  // read so far, by log
  Lesson lesson_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_CLASSROOM_H_
