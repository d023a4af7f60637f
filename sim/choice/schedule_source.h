// What the strategies for schedules have in common: they answer "loop.next" and leave every other label to the biased
// dice of RandomSource, with its swarm masks (but for loop.next, which is theirs).
//
// Fairness: a strategy may starve a source for as long as it likes, and what then looks like a livelock is its doing.
// So after a bounded number of questions, eight times those of the longest run that was seen, a run goes on oldest
// first: nobody is overtaken any more, and what does not come to rest now does not for the program's own reasons. The
// bound lies far below WorldConfig::max_steps, where NO-SPIN judges.
#ifndef SIM_CHOICE_SCHEDULE_SOURCE_H_
#define SIM_CHOICE_SCHEDULE_SOURCE_H_

#include <algorithm>
#include <cstdint>

#include "sim/choice/choice_source.h"
#include "sim/choice/prng.h"
#include "sim/choice/profile.h"
#include "sim/choice/random_source.h"

namespace sim {

class ScheduleSource : public ChoiceSource {
 public:
  static constexpr uint64_t kFairFromMax = 100'000;  // questions

  // Estimates for the runs to come. Without them the number of questions is guessed anew for each run.
  virtual void Use(const Profile& profile) { questions_of_profile_ = profile.questions; }

  // Starts a run.
  void Seed(uint64_t seed) {
    others_.Seed(seed);
    prng_ = Prng(Mix(seed ^ 0x5c4ed01e5c4ed01eu));
    asked_ = 0;
    questions_ = questions_of_profile_ != 0 ? questions_of_profile_ : uint64_t{16} << prng_.Below(9);
    fair_from_ = std::min(8 * questions_ + 256, kFairFromMax);
    SeedSchedule();
  }

  uint32_t Choose(const Question& question) final {
    if (question.label != Label::kLoopNext) return others_.Choose(question);
    if (++asked_ > fair_from_) return 0;
    return Next(question);
  }

  // Of the run: questions about loop.next after which it is oldest first.
  uint64_t fair_from() const { return fair_from_; }

 protected:
  virtual void SeedSchedule() = 0;
  // Who runs next.
  virtual uint32_t Next(const Question& question) = 0;

  Prng& prng() { return prng_; }
  uint64_t asked() const { return asked_; }          // questions about loop.next, with the current one
  uint64_t questions() const { return questions_; }  // that the run is expected to have; at least 1

  // A place among the expected questions, from 1.
  uint64_t DrawPlace() { return 1 + prng_.Below(static_cast<uint32_t>(std::min<uint64_t>(questions_, ~0u))); }

 private:
  RandomSource others_;
  Prng prng_{0};
  uint64_t questions_of_profile_ = 0;
  uint64_t questions_ = 1;
  uint64_t asked_ = 0;
  uint64_t fair_from_ = 0;
};

}  // namespace sim

#endif  // SIM_CHOICE_SCHEDULE_SOURCE_H_
