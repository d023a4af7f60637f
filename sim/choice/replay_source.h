// Replays a tape, strictly or leniently.
//
// Strict: every question must be the one on the tape: label, asker, count and chosen id. The first misfit ends the run
// and is named. Lenient (shrinking, code that was edited): the k-th question of an asker about a label gets the tape's
// k-th entry of that asker and label, wherever it stands, so that what an edit adds or takes away in one place does not
// shift the rest. Its chosen id is taken if it is offered, otherwise its index, otherwise 0; the first misfit is
// remembered. Where the tape has nothing the answer is 0, so every prefix and every edit of a tape is a valid run.
#ifndef SIM_CHOICE_REPLAY_SOURCE_H_
#define SIM_CHOICE_REPLAY_SOURCE_H_

#include <cstdint>
#include <vector>

#include "sim/choice/choice_source.h"
#include "sim/choice/tape.h"

namespace sim {

class ReplaySource final : public ChoiceSource {
 public:
  enum class Mode { kStrict, kLenient };

  struct Misfit {
    uint64_t entry;      // of the tape; its size if the tape had ended
    TapeEntry expected;  // all empty where the tape had ended
    Label asked_label;
    Name asked_by;
    uint32_t asked_count;
  };

  ReplaySource(std::vector<TapeEntry> entries, Mode mode);

  void BeginRun() override;
  uint32_t Choose(const Question& question) override;

  uint64_t misfits() const { return misfits_; }
  const Misfit& first_misfit() const { return first_misfit_; }  // requires misfits() > 0
  // Strict: every entry was asked for.
  bool used_up() const { return next_ >= entries_.size(); }

 private:
  // The entries of one asker and label: order_[begin, end), of which `next` comes next.
  struct Stream {
    Label label;
    Name asker;
    uint32_t begin, end, next;
  };

  uint32_t Strict(const Question& question);
  uint32_t Lenient(const Question& question);
  void Miss(const Question& question, uint64_t entry);

  std::vector<TapeEntry> entries_;
  Mode mode_;
  std::vector<uint32_t> order_;    // entries by stream, then by position
  std::vector<Stream> streams_;    // sorted by label and asker
  uint64_t next_ = 0;
  uint64_t misfits_ = 0;
  Misfit first_misfit_{};
};

}  // namespace sim

#endif  // SIM_CHOICE_REPLAY_SOURCE_H_
