// PCT: priorities with a few change points. Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with
// probabilistic guarantees of finding bugs", ASPLOS 2010.
//
// Every source gets a random priority, and the highest of those that are ready runs. At d - 1 questions, drawn among
// the k expected ones, whoever was chosen falls below all others: the i-th change point to rank i from the bottom. A
// bug of depth d (d events must come in a certain order) among n sources is found with probability at least 1/(n
// k^(d-1)) in every run. Steps without a choice are not counted: lowering who is alone changes nothing.
#ifndef SIM_CHOICE_PCT_SOURCE_H_
#define SIM_CHOICE_PCT_SOURCE_H_

#include <array>
#include <cstdint>

#include "sim/choice/schedule_source.h"

namespace sim {

class PctSource final : public ScheduleSource {
 public:
  static constexpr uint32_t kDepthMax = 8;

  // `depth` 0: drawn for each run, from 1 to 5.
  explicit PctSource(uint32_t depth = 0) : depth_(depth) {}

 private:
  void SeedSchedule() override;
  uint32_t Next(const Question& question) override;

  uint64_t Priority(Name name) const {
    for (uint32_t i = 0; i < lowered_count_; ++i) {
      if (lowered_[i].name == name) return lowered_[i].rank;
    }
    return Mix(name.id() ^ salt_) | uint64_t{1} << 63;
  }
  void Lower(Name name, uint32_t rank);

  struct Lowered {
    Name name;
    uint32_t rank;
  };

  uint32_t depth_;
  uint64_t salt_ = 0;
  uint32_t change_count_ = 0;
  std::array<uint64_t, kDepthMax> changes_{};  // questions
  uint32_t lowered_count_ = 0;
  std::array<Lowered, kDepthMax> lowered_{};
};

}  // namespace sim

#endif  // SIM_CHOICE_PCT_SOURCE_H_
