#include "sim/explore/realigner.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sim {
namespace {

constexpr uint64_t kTriesMax = 600;
constexpr uint64_t kSearches = 64;

class Realigning {
 public:
  Realigning(IsolatedRunner& runner, const TapeRun& run) : runner_(runner), run_(run), current_(run.tape) {}

  Realigned Run(uint64_t digest) {
    result_.report = runner_.Run(run_);
    result_.drift = result_.report.drift;
    const bool other = digest != 0 && result_.report.outcome.digest != digest;
    if (!result_.drift.empty()) {
      result_.drift = "drifted at " + result_.drift;
    } else if (other) {
      result_.drift = "drifted: all decisions find their places, but the run is another one (its digest differs)";
    }
    if (!result_.report.outcome.held() || result_.drift.empty()) return std::move(result_);
    const uint64_t questions = runner_.history().tape().size();
    fitting_ = result_.report.fitting;
    if (Move() || Search(questions)) return std::move(result_);
    result_.report = runner_.Run(run_);  // the history of the tape as it is
    return std::move(result_);
  }

 private:
  bool Move() {
    for (size_t i = 0; i < current_.size(); ++i) {
      int64_t nearest = 0;
      uint64_t fitting = 0;
      for (int64_t distance = 1; distance <= kShiftMax; ++distance) {
        for (const int64_t shift : {distance, -distance}) {
          if (result_.tried >= kTriesMax) return false;
          SparseTape moved = current_;
          if (!Shift(i, shift, &moved)) continue;
          TapeRun run = run_;
          run.tape = moved;
          if (Breaks(run)) {
            Note(i, shift);
            return true;
          }
          const bool finds = i < 64 && (report_.fitting >> i & 1) != 0;
          if (nearest != 0 || !finds) continue;
          nearest = shift;
          fitting = report_.fitting;
        }
      }
      const bool fits = i < 64 && (fitting_ >> i & 1) != 0;
      if (fits || nearest == 0) continue;
      Shift(i, nearest, &current_);
      fitting_ = fitting;
      Note(i, nearest);
    }
    result_.alignment.clear();
    return false;
  }

  // The decisions from `from` on of the same asker and label. False if one would come before the first question.
  static bool Shift(size_t from, int64_t shift, SparseTape* tape) {
    const TapeEntry& entry = (*tape)[from].entry;
    for (size_t i = from; i < tape->size(); ++i) {
      Decision& decision = (*tape)[i];
      if (decision.entry.label != entry.label || !(decision.entry.asker == entry.asker)) continue;
      if (shift < 0 && decision.ordinal < static_cast<uint64_t>(-shift)) return false;
      decision.ordinal += static_cast<uint64_t>(shift);
    }
    return true;
  }

  // Begins with the tape, and goes on at random from ever later questions.
  bool Search(uint64_t questions) {
    for (uint64_t i = 0; i < kSearches && result_.tried < kTriesMax; ++i) {
      TapeRun run = run_;
      run.random_from = questions * (i % 8) / 8;
      run.seed = i + 1;
      if (!Breaks(run)) continue;
      result_.alignment = absl::StrCat("at random from question ", run.random_from + 1, " on");
      return true;
    }
    return false;
  }

  bool Breaks(const TapeRun& run) {
    ++result_.tried;
    report_ = runner_.Run(run);
    if (report_.outcome.held()) return false;
    result_.report = report_;
    return true;
  }

  void Note(size_t decision, int64_t shift) {
    const absl::string_view label = LabelName(run_.tape[decision].entry.label);
    absl::StrAppend(&result_.alignment, result_.alignment.empty() ? "" : ", ", label, " ", std::abs(shift),
                    shift > 0 ? " later" : " earlier", " from decision ", decision + 1, " on");
  }

  IsolatedRunner& runner_;
  const TapeRun run_;
  SparseTape current_;
  uint64_t fitting_ = 0;  // of current_
  TapeRunReport report_;
  Realigned result_;
};

}  // namespace

Realigned Realign(IsolatedRunner& runner, const TapeRun& run, uint64_t digest) {
  return Realigning(runner, run).Run(digest);
}

}  // namespace sim
