// What a few random runs of a program looked like: the estimates that some strategies need beforehand.
//
// Estimates are made before a search begins and not along it, so that run i depends on (base seed, i) alone, whoever
// makes it and after whatever.
#ifndef SIM_CHOICE_PROFILE_H_
#define SIM_CHOICE_PROFILE_H_

#include <cstdint>
#include <vector>

#include "sim/choice/choice_source.h"
#include "sim/choice/random_source.h"
#include "sim/choice/source_table.h"

namespace sim {

struct Profile {
  struct OfSource {
    Name name;
    uint64_t steps = 0;    // on average over the runs that it appeared in, at least 1
    uint64_t touched = 0;  // by any of its steps: see ChoiceSource::AfterStep()
  };
  uint64_t questions = 0;         // about loop.next, in the longest run; 0: nothing is known
  std::vector<OfSource> sources;  // in the order in which they appeared
};

// Random choices, watched. BeginRun() begins one more run of the profile.
class Profiler final : public ChoiceSource {
 public:
  Profiler() { watches_ = true; }

  void Seed(uint64_t seed) { random_.Seed(seed); }
  void BeginRun() override {
    ++run_;
    questions_ = 0;
  }
  uint32_t Choose(const Question& question) override;
  void AfterStep(Name source, uint64_t touched) override;

  Profile Result() const;

 private:
  struct Count {
    Name name;
    uint64_t steps, touched, runs, last_run;
  };

  RandomSource random_;
  uint64_t run_ = 0;
  uint64_t questions_ = 0;  // in this run
  uint64_t questions_max_ = 0;
  SourceTable<uint32_t> index_;  // into counts_
  std::vector<Count> counts_;
};

}  // namespace sim

#endif  // SIM_CHOICE_PROFILE_H_
