// A tape without its zeros: the decisions that were not the dullest, each with its place.
//
// The place is the ordinal among the questions of the same asker about the same label, which is how lenient replay
// matches (see sim/choice/replay_source.h). So a sparse tape replays its run exactly, and what an edit of the scenario,
// of the client or of the tape itself adds or takes away in one place does not shift the rest. Shrinking works on it:
// a run of 100 000 questions has some dozens of decisions.
#ifndef SIM_EXPLORE_SPARSE_TAPE_H_
#define SIM_EXPLORE_SPARSE_TAPE_H_

#include <cstdint>
#include <vector>

#include "sim/choice/choice_source.h"
#include "sim/choice/tape.h"

namespace sim {

struct Decision {
  TapeEntry entry;       // index > 0
  uint64_t ordinal = 0;  // of the question among those of entry.asker about entry.label, from 0

  friend bool operator==(const Decision&, const Decision&) = default;
};

// In the order in which they were taken.
using SparseTape = std::vector<Decision>;

SparseTape Sparse(const TapeEntry* begin, const TapeEntry* end);

// Replays a sparse tape leniently: at its place, a decision's chosen id is taken if it is offered, otherwise its index,
// otherwise 0. Everything else is answered with 0, or by `rest` from a given question on.
class SparseSource final : public ChoiceSource {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};

  struct Misfit {
    uint64_t decision = 0;  // index into the tape
    bool offered = false;   // the id was not offered, but the index was taken; otherwise 0 was
    uint32_t asked_count = 0;
  };

  // `rest` is not owned; it answers every question from the `rest_from`-th on (from 0), when the tape's have ended too.
  explicit SparseSource(SparseTape tape, ChoiceSource* rest = nullptr, uint64_t rest_from = kNever);

  void BeginRun() override;
  uint32_t Choose(const Question& question) override;

  uint64_t misfits() const { return misfits_; }
  const Misfit& first_misfit() const { return first_misfit_; }  // requires misfits() > 0
  // Decisions that no question came for.
  uint64_t unused() const { return tape_.size() - used_; }

  // The first decision whose place was not as the tape has it: other alternatives, another id, or no question at all.
  struct Drift {
    static constexpr uint64_t kNone = ~uint64_t{0};
    uint64_t decision = kNone;  // index into the tape
    uint32_t asked_count = 0;   // 0: there was no such question
  };
  Drift drift() const;
  // Whether a decision's place was as the tape has it.
  bool fits(uint64_t decision) const { return asked_counts_[decision] == kFits; }

 private:
  // The decisions of one asker and label: order_[begin, end), of which `next` comes next.
  struct Stream {
    Label label;
    Name asker;
    uint32_t begin, end, next;
    uint64_t asked;
  };

  static constexpr uint32_t kFits = ~uint32_t{0};

  uint32_t Take(const Question& question, uint32_t position);

  SparseTape tape_;
  ChoiceSource* rest_;
  uint64_t rest_from_;
  std::vector<uint32_t> order_;  // decisions by stream, then by ordinal
  std::vector<Stream> streams_;  // sorted by label and asker
  std::vector<uint32_t> asked_counts_;  // of each decision: kFits, else the alternatives that there were; 0: not asked
  uint64_t questions_ = 0;
  uint64_t used_ = 0;
  uint64_t misfits_ = 0;
  Misfit first_misfit_;
};

}  // namespace sim

#endif  // SIM_EXPLORE_SPARSE_TAPE_H_
