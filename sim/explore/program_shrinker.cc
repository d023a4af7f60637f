#include "sim/explore/program_shrinker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "sim/explore/host_clock.h"
#include "sim/explore/isolated_runner.h"

namespace sim {
namespace {

constexpr uint64_t kProgramsMax = 3000;
constexpr int kSearches = 8;            // runs that go on at random, of a coarse reduction
constexpr size_t kLongerMax = 1;        // decisions by which a tape may grow in all while its program shrinks
constexpr int64_t kLeastBudgetNs = 200'000'000;

// A line with its numbers taken out: "user#2/get", "163 840 bytes", "0.020 s".
std::string WithoutNumbers(absl::string_view line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    if (!absl::ascii_isdigit(line[i])) {
      text += line[i];
      continue;
    }
    while (i + 1 < line.size()) {
      const bool joint = (line[i + 1] == ' ' || line[i + 1] == '.') && i + 2 < line.size();
      if (absl::ascii_isdigit(line[i + 1])) {
        ++i;
      } else if (joint && absl::ascii_isdigit(line[i + 2])) {
        i += 2;
      } else {
        break;
      }
    }
    while (!text.empty() && (text.back() == '#' || text.back() == '-')) text.pop_back();
    text += '#';
  }
  return text;
}

std::vector<std::string> Lines(absl::string_view reason) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(reason, '\n', absl::SkipWhitespace())) {
    lines.push_back(WithoutNumbers(line));
  }
  return lines;
}

class ProgramShrinking {
 public:
  ProgramShrinking(const ReducibleProgram::Ptr& program, const SparseTape& tape, const Violation& failure,
                   const ShrinkOptions& options)
      : program_(program), failure_(failure), options_(options), deadline_ns_(HostNanos() + options.budget_ns) {
    result_.tape.tape = tape;
  }

  ShrunkProgram Run() {
    ShrinkTape(options_.budget_ns / 3);
    if (!result_.tape.reproduced) return std::move(result_);
    failure_ = result_.tape.outcome.violation;
    decisions_max_ = result_.tape.tape.size() + kLongerMax;
    quiet_holds_ = QuietHolds(*program_);
    WriteDown();
    bool better = true;
    while (better && !OutOfTime()) {
      better = Pass();
      if (!written_down_) better |= WriteDown();
    }
    if (result_.program != nullptr) ShrinkTape(deadline_ns_ - HostNanos());
    result_.tape.out_of_time |= OutOfTime();
    return std::move(result_);
  }

 private:
  bool OutOfTime() const { return tried_ >= kProgramsMax || HostNanos() >= deadline_ns_; }

  IsolatedRunner::Options RunnerOptions() const {
    IsolatedRunner::Options runner;
    runner.isolation = options_.isolation;
    if (failure_.law == LawId::kCrash) {
      runner.isolation.step_limit_ns = std::min<int64_t>(runner.isolation.step_limit_ns, 1'000'000'000);
    }
    return runner;
  }

  void ShrinkTape(int64_t budget_ns) {
    ShrinkOptions options = options_;
    options.budget_ns = std::max(budget_ns, kLeastBudgetNs);
    Shrunk shrunk = Shrink(program_->program(), result_.tape.tape, failure_, options);
    result_.candidates += shrunk.candidates;
    if (shrunk.reproduced || !result_.tape.reproduced) result_.tape = std::move(shrunk);
  }

  bool QuietHolds(const ReducibleProgram& program) {
    IsolatedRunner runner(program.program(), RunnerOptions());
    return Quiet(runner);
  }

  bool Quiet(IsolatedRunner& runner) {
    TapeRun run;
    run.laws = options_.laws;
    return runner.Run(run).outcome.held();
  }

  // What the failing run has drawn, as parts of the program. True if it was taken.
  bool WriteDown() {
    SparseTape tape = result_.tape.tape;
    ReducibleProgram::Ptr candidate;
    {
      IsolatedRunner runner(program_->program(), RunnerOptions());
      if (!Fails(runner, tape)) return false;
      tape = RecordedSparse(runner.history());
      candidate = program_->WrittenDown(runner.history(), &tape);
    }
    written_down_ = candidate == nullptr;
    if (candidate == nullptr) return false;
    IsolatedRunner runner(candidate->program(), RunnerOptions());
    ++tried_;
    if (!Fails(runner, tape) && !Search(runner, tape)) return false;
    Take(candidate, runner);
    quiet_holds_ = Quiet(runner);
    return written_down_ = true;
  }

  // All reductions, once. True if one was taken.
  bool Pass() {
    bool any = false;
    for (size_t i = 0; i < program_->reductions() && !OutOfTime();) {
      if (Try(i)) {
        any = true;
      } else {
        ++i;
      }
    }
    return any;
  }

  bool Try(size_t reduction) {
    const ReducibleProgram::Ptr candidate = program_->Reduce(reduction);
    if (candidate == nullptr) return false;
    ++tried_;
    IsolatedRunner runner(candidate->program(), RunnerOptions());
    const SparseTape& tape = result_.tape.tape;
    if (!Fails(runner, tape) && !(program_->IsCoarse(reduction) && Search(runner, tape))) return false;
    const SparseTape recorded = RecordedSparse(runner.history());
    const Outcome outcome = report_.outcome;
    std::vector<TapeEntry> complete = RecordedComplete(runner.history());
    if (quiet_holds_ && !Quiet(runner)) return false;
    if (recorded.size() > decisions_max_) return TakeShrunk(candidate, recorded, outcome.violation);
    Take(candidate, recorded, std::move(complete), outcome);
    return true;
  }

  // The tape came from a search, and has to become short first.
  bool TakeShrunk(const ReducibleProgram::Ptr& candidate, const SparseTape& tape, const Violation& failure) {
    ShrinkOptions options = options_;
    options.budget_ns = std::max(kLeastBudgetNs, (deadline_ns_ - HostNanos()) / 8);
    Shrunk shrunk = Shrink(candidate->program(), tape, failure, options);
    result_.candidates += shrunk.candidates;
    const bool same = shrunk.reproduced && SameReason(failure_.reason, shrunk.outcome.violation.reason);
    if (!same || shrunk.tape.size() > decisions_max_) return false;
    program_ = result_.program = candidate;
    result_.tape = std::move(shrunk);
    return true;
  }

  bool Fails(IsolatedRunner& runner, const SparseTape& tape) {
    TapeRun run;
    run.tape = tape;
    return Fails(runner, run);
  }

  bool Fails(IsolatedRunner& runner, TapeRun& run) {
    ++result_.candidates;
    run.laws = options_.laws;
    report_ = runner.Run(run);
    const Violation& violation = report_.outcome.violation;
    if (!SameFailure(violation, failure_)) return false;
    return violation.law == LawId::kCrash || SameReason(failure_.reason, violation.reason);
  }

  // Begins with the tape, and goes on at random: from its middle, from its beginning, and so on.
  bool Search(IsolatedRunner& runner, const SparseTape& tape) {
    const uint64_t questions = runner.history().tape().size();
    for (int i = 0; i < kSearches && !OutOfTime(); ++i) {
      TapeRun run;
      run.tape = tape;
      run.random_from = questions * static_cast<uint64_t>(i % 4) / 4;
      run.seed = static_cast<uint64_t>(i) + 1;
      if (Fails(runner, run)) return true;
    }
    return false;
  }

  void Take(const ReducibleProgram::Ptr& candidate, IsolatedRunner& runner) {
    const Outcome outcome = report_.outcome;
    Take(candidate, RecordedSparse(runner.history()), RecordedComplete(runner.history()), outcome);
  }

  void Take(const ReducibleProgram::Ptr& candidate, const SparseTape& tape, std::vector<TapeEntry> complete,
            const Outcome& outcome) {
    program_ = result_.program = candidate;
    result_.tape.tape = tape;
    result_.tape.complete = std::move(complete);
    result_.tape.outcome = outcome;
  }

  ReducibleProgram::Ptr program_;
  Violation failure_;
  const ShrinkOptions options_;
  const int64_t deadline_ns_;
  size_t decisions_max_ = 0;
  bool quiet_holds_ = false;
  bool written_down_ = false;  // what was drawn, or nothing was
  uint64_t tried_ = 0;  // programs
  TapeRunReport report_;
  ShrunkProgram result_;
};

}  // namespace

ShrunkProgram ShrinkProgram(const ReducibleProgram::Ptr& program, const SparseTape& tape, const Violation& failure,
                            const ShrinkOptions& options) {
  return ProgramShrinking(program, tape, failure, options).Run();
}

bool SameReason(absl::string_view original, absl::string_view candidate) {
  const std::vector<std::string> lines = Lines(original);
  const std::vector<std::string> others = Lines(candidate);
  if (lines.empty() || others.empty()) return lines.empty() && others.empty();
  if (lines[0] != others[0] || (lines.size() > 1 && others.size() == 1)) return false;
  const absl::btree_set<std::string> known(lines.begin(), lines.end());
  return std::all_of(others.begin(), others.end(), [&](const std::string& line) { return known.contains(line); });
}

}  // namespace sim
