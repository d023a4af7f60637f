// Coverage-guided mutation of tapes, as fuzzers do with bytes (Zalewski: AFL, 2013; Lampropoulos, Hicks, Pierce:
// "Coverage guided, property based testing", OOPSLA 2019).
//
// Runs that have shown a hand-off (coverage.h) that none before them had are kept as a corpus. A run takes one of them,
// more likely a recent one, and changes it:
//
//   - its beginning, up to some question, and from there on at random (a half of the runs)
//   - some decisions left out
//   - some decisions made otherwise
//   - its beginning, and another one's end
//   - some questions answered otherwise that were answered by 0
//
// One run in eight is random, and every run until there is a corpus. Random choices and the dullest ones are fair.
#ifndef SIM_EXPLORE_GUIDED_STRATEGY_H_
#define SIM_EXPLORE_GUIDED_STRATEGY_H_

#include <cstdint>
#include <vector>

#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/choice/source_table.h"
#include "sim/explore/lesson.h"
#include "sim/explore/sparse_tape.h"
#include "sim/explore/strategy.h"

namespace sim {

// Tapes, each of which has shown something that those before it had not.
class Corpus {
 public:
  static constexpr size_t kEntriesMax = 1024;  // then the oldest goes

  // How many of its keys are new; the tape is kept if any is.
  uint64_t Learn(const Lesson& lesson);
  bool Knows(uint64_t key) const { return seen_.Find(Name::FromId(key)) != nullptr; }

  size_t size() const { return entries_.size(); }
  const Lesson& operator[](size_t i) const { return entries_[i]; }
  size_t oldest() const { return oldest_; }  // once it is full

 private:
  struct Nothing {};

  SourceTable<Nothing> seen_;
  std::vector<Lesson> entries_;
  size_t oldest_ = 0;
};

// A tape up to a question, random choices from there on; at some places something else than 0.
class MutantSource final : public ChoiceSource {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};

  // Starts a run.
  void Set(SparseTape tape, uint64_t random_from, std::vector<uint64_t> places, uint64_t seed);
  void BeginRun() override;
  uint32_t Choose(const Question& question) override;

 private:
  SparseSource tape_{{}};
  RandomSource random_;
  Prng prng_{0};
  uint64_t random_from_ = 0;
  std::vector<uint64_t> places_;
  uint64_t asked_ = 0;
};

class GuidedStrategy final : public Strategy {
 public:
  ChoiceSource& ForRun(uint64_t base_seed, uint64_t run) override;
  bool independent() const override { return false; }
  bool learns() const override { return true; }
  bool Knows(uint64_t key) const override { return corpus_.Knows(key); }
  void Learn(const Lesson& lesson) override { corpus_.Learn(lesson); }

  // As Learn(); says how many of the keys were new.
  uint64_t Study(const Lesson& lesson) { return corpus_.Learn(lesson); }

 private:
  const Lesson& Pick(Prng& prng) const;
  void Mutate(Prng& prng);

  Corpus corpus_;
  RandomSource random_;
  MutantSource mutant_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_GUIDED_STRATEGY_H_
