#include "sim/explore/shrinker.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "sim/choice/prng.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/program_shrinker.h"

namespace sim {
namespace {

constexpr size_t kFewDecisions = 16;  // up to here quadratic passes are cheap
constexpr uint64_t kCandidatesMax = 50'000;
constexpr uint64_t kDeviationsMax = 5000;
constexpr int64_t kDeviationsNs = 1'000'000'000;

// What goes wrong, in the order in which it is switched off; then sizes and what users do; then who comes when.
constexpr Label kFromFaultsToOrders[] = {
    Label::kLinkFate,     Label::kServerClose, Label::kConnectOutcome, Label::kDnsAnswer,    Label::kServerBytes,
    Label::kClockJump,    Label::kHookSync,    Label::kTaskCancel,     Label::kWorkloadMore, Label::kWorkloadNext,
    Label::kWorkloadSize, Label::kServerPace,  Label::kConnectDelay,   Label::kLinkDelay,    Label::kLinkSplit,
    Label::kGcCollect,    Label::kGcOrder,     Label::kLoopLate,       Label::kLoopNext,     Label::kToy,
};
static_assert(std::size(kFromFaultsToOrders) == kLabelCount);

IsolatedRunner::Options RunnerOptions(const ShrinkOptions& options, const Violation& failure) {
  IsolatedRunner::Options runner;
  runner.isolation = options.isolation;
  // Candidates that hang cost this much each.
  if (failure.law == LawId::kCrash) {
    runner.isolation.step_limit_ns = std::min<int64_t>(runner.isolation.step_limit_ns, 1'000'000'000);
  }
  return runner;
}

class Shrinking {
 public:
  Shrinking(const Program& program, const SparseTape& tape, const Violation& failure, const ShrinkOptions& options)
      : failure_(failure),
        options_(options),
        runner_(program, RunnerOptions(options, failure)),
        deadline_ns_(HostNanos() + options.budget_ns) {
    result_.tape = tape;
  }

  Shrunk Run() {
    if (!Reproduce()) return std::move(result_);
    DropGroups();
    Thin();
    bool better = true;
    while (better && !OutOfTime()) {
      better = DropSpans();
      better |= DropAndShift();
      better |= LowerIndices();
      better |= DropPairs();
    }
    FindFewer();
    result_.out_of_time = OutOfTime();
    return std::move(result_);
  }

 private:
  // What a tape weighs; less is simpler.
  using Weight = std::tuple<uint64_t, uint64_t, uint64_t>;
  static Weight WeightOf(const SparseTape& tape, uint64_t questions) {
    uint64_t indices = 0;
    for (const Decision& decision : tape) indices += decision.entry.index;
    return {tape.size(), indices, questions};
  }

  bool OutOfTime() const { return result_.candidates >= kCandidatesMax || HostNanos() >= deadline_ns_; }
  SparseTape& tape() { return result_.tape; }

  bool Reproduce() {
    result_.reproduced = Fails(tape());
    if (result_.reproduced) Take();
    return result_.reproduced;
  }

  bool Fails(const SparseTape& candidate) {
    ++result_.candidates;
    TapeRun run;
    run.tape = candidate;
    run.laws = options_.laws;
    report_ = runner_.Run(run);
    return SameFailure(report_.outcome.violation, failure_);
  }

  // The last run becomes the result.
  void Take() {
    result_.tape = RecordedSparse(runner_.history());
    result_.complete = RecordedComplete(runner_.history());
    result_.outcome = report_.outcome;
    weight_ = WeightOf(result_.tape, result_.complete.size());
  }

  bool Try(const SparseTape& candidate) {
    if (OutOfTime() || !Fails(candidate)) return false;
    if (WeightOf(RecordedSparse(runner_.history()), runner_.history().tape().size()) >= weight_) return false;
    Take();
    return true;
  }

  template <class Keep>
  bool TryFiltered(Keep keep) {
    SparseTape candidate;
    for (size_t i = 0; i < tape().size(); ++i) {
      if (keep(i)) candidate.push_back(tape()[i]);
    }
    return candidate.size() < tape().size() && Try(candidate);
  }

  // Whole labels; then all that has to do with one task, request or connection, whoever is nearest to the root first.
  void DropGroups() {
    for (const Label label : kFromFaultsToOrders) {
      TryFiltered([&](size_t i) { return tape()[i].entry.label != label; });
    }
    std::vector<std::pair<size_t, Name>> owners;  // with their depth
    for (const Decision& decision : tape()) {
      const std::vector<Name> chain = Owners(decision);
      for (size_t i = 0; i < chain.size(); ++i) owners.emplace_back(chain.size() - i, chain[i]);
    }
    std::sort(owners.begin(), owners.end());
    owners.erase(std::unique(owners.begin(), owners.end()), owners.end());
    for (const auto& [depth, owner] : owners) {
      TryFiltered([&](size_t i) {
        const std::vector<Name> chain = Owners(tape()[i]);
        return std::find(chain.begin(), chain.end(), owner) == chain.end();
      });
    }
  }

  // Whom a decision is about, and all above: who asked, or of the scheduler who was chosen.
  std::vector<Name> Owners(const Decision& decision) {
    std::vector<Name> owners;
    const TapeEntry& entry = decision.entry;
    for (Name name = entry.asker.empty() ? entry.chosen : entry.asker; !name.empty();) {
      owners.push_back(name);
      name = runner_.history().Parent(name);
    }
    return owners;
  }

  // Random halves and quarters: gets out of long tapes fast.
  void Thin() {
    Prng prng(tape().size());
    for (int failed = 0; failed < 8 && tape().size() > kFewDecisions && !OutOfTime();) {
      const uint32_t chance = failed % 2 == 0 ? 64 : 128;
      failed = TryFiltered([&](size_t) { return prng.Chance(chance); }) ? 0 : failed + 1;
    }
  }

  // Spans, from the end to the beginning, big to small.
  bool DropSpans() {
    bool any = false;
    for (size_t span = std::max<size_t>(tape().size(), 1); span > 0; span /= 2) {
      for (size_t end = tape().size(); end > 0 && !OutOfTime();) {
        const size_t begin = end > span ? end - span : 0;
        if (TryFiltered([&](size_t i) { return i < begin || i >= end; })) any = true;
        end = std::min(begin, tape().size());
      }
    }
    return any;
  }

  // A decision taken out early often moves what comes after it by a question or two.
  bool DropAndShift() {
    bool any = false;
    for (size_t i = 0; i < tape().size() && tape().size() <= 2 * kFewDecisions && !OutOfTime();) {
      bool dropped = false;
      for (const int64_t shift : {-1, 1, -2, 2}) {
        if (!dropped && Try(Shifted(i, shift))) dropped = any = true;
      }
      if (!dropped) ++i;
    }
    return any;
  }

  SparseTape Shifted(size_t drop, int64_t shift) {
    SparseTape candidate = tape();
    const TapeEntry entry = candidate[drop].entry;
    for (size_t i = drop + 1; i < candidate.size(); ++i) {
      Decision& later = candidate[i];
      if (later.entry.label != entry.label || !(later.entry.asker == entry.asker)) continue;
      if (shift < 0 && later.ordinal < static_cast<uint64_t>(-shift)) continue;
      later.ordinal += static_cast<uint64_t>(shift);
    }
    candidate.erase(candidate.begin() + static_cast<int64_t>(drop));
    return candidate;
  }

  bool LowerIndices() {
    bool any = false;
    for (size_t i = 0; i < tape().size() && !OutOfTime(); ++i) {
      while (i < tape().size() && tape()[i].entry.index > 1) {
        const uint32_t index = tape()[i].entry.index;
        if (!TryIndex(i, 1) && !TryIndex(i, index / 2) && !TryIndex(i, index - 1)) break;
        any = true;
      }
    }
    return any;
  }

  bool TryIndex(size_t i, uint32_t index) {
    SparseTape candidate = tape();
    candidate[i].entry.index = index;
    candidate[i].entry.chosen = Name();
    return Try(candidate);
  }

  bool DropPairs() {
    if (tape().size() > kFewDecisions) return false;
    for (size_t i = 0; i < tape().size(); ++i) {
      for (size_t j = i + 1; j < tape().size(); ++j) {
        if (TryFiltered([&](size_t k) { return k != i && k != j; })) return true;
      }
    }
    return false;
  }

  // A schedule of many small steps may be one of a few others: all runs with one decision, then with two.
  void FindFewer() {
    // Crashes cost a process each.
    if (failure_.law == LawId::kCrash) return;
    deviations_end_ns_ = std::min(deadline_ns_, HostNanos() + kDeviationsNs);
    deviations_left_ = kDeviationsMax;
    for (size_t decisions = 1; decisions <= 2 && decisions < tape().size(); ++decisions) {
      if (Deviate({}, decisions)) return;
    }
  }

  // `base` and so many decisions behind it. True if one of these tapes was taken.
  bool Deviate(const SparseTape& base, size_t more) {
    if (more == 0) return TryOther(base);
    if (!DeviationsLeft()) return false;
    Fails(base);
    const std::vector<TapeEntry> entries = RecordedComplete(runner_.history());
    size_t begin = entries.size();
    while (begin > 0 && entries[begin - 1].index == 0) --begin;
    absl::btree_map<std::pair<Label, Name>, uint64_t> asked;
    for (size_t i = 0; i < entries.size(); ++i) {
      const uint64_t ordinal = asked[{entries[i].label, entries[i].asker}]++;
      for (uint32_t index = 1; i >= begin && index < entries[i].count; ++index) {
        if (!DeviationsLeft()) return false;
        SparseTape other = base;
        other.push_back({entries[i], ordinal});
        other.back().entry.index = index;
        other.back().entry.chosen = Name();
        if (Deviate(other, more - 1)) return true;
      }
    }
    return false;
  }

  bool DeviationsLeft() const {
    return deviations_left_ > 0 && !OutOfTime() && HostNanos() < deviations_end_ns_;
  }

  // Of the same words, too: nothing but chance has led here.
  bool TryOther(const SparseTape& other) {
    --deviations_left_;
    if (!Fails(other) || !SameReason(failure_.reason, report_.outcome.violation.reason)) return false;
    if (WeightOf(RecordedSparse(runner_.history()), runner_.history().tape().size()) >= weight_) return false;
    Take();
    return true;
  }

  const Violation failure_;
  const ShrinkOptions options_;
  IsolatedRunner runner_;
  int64_t deadline_ns_;
  TapeRunReport report_;
  uint64_t deviations_left_ = 0;
  int64_t deviations_end_ns_ = 0;
  Weight weight_;
  Shrunk result_;
};

}  // namespace

bool SameFailure(const Violation& a, const Violation& b) {
  if (a.law != b.law || a.law == LawId::kNone) return false;
  return a.law != LawId::kCrash || CrashClass(a.reason) == CrashClass(b.reason);
}

Shrunk Shrink(const Program& program, const SparseTape& tape, const Violation& failure, const ShrinkOptions& options) {
  return Shrinking(program, tape, failure, options).Run();
}

}  // namespace sim
