#include "sim/explore/explainer.h"

#include "absl/strings/str_cat.h"
#include "sim/explore/decision_text.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/shrinker.h"

namespace sim {
namespace {

constexpr int kFutures = 20;

class Explaining {
 public:
  Explaining(const Program& program, const SparseTape& tape, const Violation& failure, LawSet laws,
             const IsolationOptions& isolation)
      : failure_(failure), runner_(program, Options(isolation, failure)) {
    run_.tape = tape;
    run_.laws = laws;
  }

  Explanation Run() {
    Explanation explanation;
    const SparseTape tape = run_.tape;
    const TapeRunReport whole = runner_.Run(run_);
    questions_ = runner_.history().tape().size();
    complete_ = RecordedComplete(runner_.history());
    for (const Decision& decision : tape) {
      explanation.decisions.push_back(DescribeDecision(decision, runner_.history()));
    }
    if (!SameFailure(whole.outcome.violation, failure_)) return explanation;
    for (size_t i = 0; i < tape.size(); ++i) {
      run_.tape = tape;
      run_.tape.erase(run_.tape.begin() + static_cast<int64_t>(i));
      const bool matters = !Fails();
      explanation.matters.push_back(matters);
      if (!matters) explanation.decisions[i] += " (the failure stays without it)";
    }
    run_.tape = tape;
    explanation.unavoidable = PointOfNoReturn();
    return explanation;
  }

 private:
  static IsolatedRunner::Options Options(const IsolationOptions& isolation, const Violation& failure) {
    IsolatedRunner::Options options;
    options.isolation = isolation;
    if (failure.law == LawId::kCrash && options.isolation.step_limit_ns > 1'000'000'000) {
      options.isolation.step_limit_ns = 1'000'000'000;
    }
    return options;
  }

  bool Fails() { return SameFailure(runner_.Run(run_).outcome.violation, failure_); }

  bool AllFuturesFail(uint64_t from) {
    run_.random_from = from;
    for (int i = 0; i < kFutures; ++i) {
      run_.seed = static_cast<uint64_t>(i) + 1;
      if (!Fails()) return false;
    }
    return true;
  }

  std::string PointOfNoReturn() {
    // Crashes and hangs cost a process each.
    if (failure_.law == LawId::kCrash) return "";
    if (!AllFuturesFail(questions_)) return "";
    uint64_t avoidable = 0;
    uint64_t lost = questions_;
    if (AllFuturesFail(0)) return "unavoidable from the start: it also happens in 20 random runs";
    while (lost - avoidable > 1) {
      const uint64_t middle = avoidable + (lost - avoidable) / 2;
      (AllFuturesFail(middle) ? lost : avoidable) = middle;
    }
    uint64_t taken = 0;
    for (uint64_t i = 0; i < lost; ++i) {
      if (complete_[i].index != 0) ++taken;
    }
    return absl::StrCat("unavoidable from question ", lost, " of ", questions_, " on, after ", taken,
                        taken == 1 ? " decision" : " decisions", ": from there it also happens in ", kFutures,
                        " random runs");
  }

  const Violation failure_;
  IsolatedRunner runner_;
  TapeRun run_;
  std::vector<TapeEntry> complete_;
  uint64_t questions_ = 0;
};

}  // namespace

Explanation Explain(const Program& program, const SparseTape& tape, const Violation& failure, LawSet laws,
                    const IsolationOptions& isolation) {
  return Explaining(program, tape, failure, laws, isolation).Run();
}

std::string DescribeDecision(const Decision& decision, const History& history) {
  const TapeEntry& entry = decision.entry;
  std::string text(LabelName(entry.label));
  if (!entry.asker.empty()) absl::StrAppend(&text, " of ", history.Render(entry.asker));
  absl::StrAppend(&text, ", time ", decision.ordinal + 1, ": ");
  if (entry.label == Label::kLoopNext) {
    return absl::StrCat(text, history.Render(entry.chosen), " runs, though ", entry.index,
                        entry.index == 1 ? " other" : " others", " of ", entry.count, " ready had waited longer");
  }
  const std::string chosen = ChosenText(entry, history);
  if (!chosen.empty()) absl::StrAppend(&text, chosen, ", ");
  return absl::StrCat(text, "alternative ", entry.index, " of ", entry.count, " (0 is the dullest)");
}

}  // namespace sim
