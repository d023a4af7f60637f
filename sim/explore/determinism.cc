#include "sim/explore/determinism.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "sim/explore/isolated_runner.h"
#include "sim/report/timeline.h"

namespace sim {
namespace {

struct Variant {
  const char* where;
  IsolatedRunner::Options options;
  bool for_crashes;  // the world's memory is laid out as in the first run
};

std::vector<Variant> Variants(const Program& program, const IsolationOptions& isolation) {
  std::vector<Variant> variants;
  IsolatedRunner::Options other;
  other.isolation = isolation;
  other.fresh = CanStartAnew(program);
  if (other.fresh) variants.push_back({"in a process that was started anew", other, false});
  other.fresh = false;
  other.noisy_heap = true;
  variants.insert(variants.begin(), {"in another process", other, true});
  if (isolation.memory == Memory::kHeap) return variants;
  other.arena.base_offset = size_t{37} << 12;
  variants.push_back({"with the world at another address", other, false});
  other.arena.base_offset = 0;
  other.arena.padded = true;
  variants.push_back({"with padded allocations", other, false});
  other.arena.padded = false;
  other.isolation.memory = Memory::kHeap;
  variants.push_back({"on the plain heap", other, false});
  return variants;
}

bool SameEvent(const TraceRecord& a, const TraceRecord& b) {
  return a.time_ns == b.time_ns && a.name == b.name && a.a == b.a && a.b == b.b && a.kind == b.kind;
}

void AppendContext(History& history, uint64_t at, std::string* text) {
  const uint64_t end = std::min(at + 1, history.trace_size());
  for (uint64_t i = at < 3 ? 0 : at - 3; i < end; ++i) {
    const TraceRecord& record = history.trace(i);
    absl::StrAppend(text, "\n    ", i == at ? "> " : "  ", FormatTime(record.time_ns - Scheduler::kStartNs), "  ",
                    DescribeEvent(record, history));
  }
  if (at >= history.trace_size()) absl::StrAppend(text, "\n    > nothing more");
}

std::string DescribeDifference(const char* where, History& reference, History& other) {
  const uint64_t both = std::min(reference.trace_size(), other.trace_size());
  uint64_t at = 0;
  uint64_t step = 0;
  while (at < both && SameEvent(reference.trace(at), other.trace(at))) {
    if (reference.trace(at++).kind == static_cast<uint16_t>(TraceKind::kStep)) ++step;
  }
  std::string text = absl::StrCat("NONDETERMINISTIC: the same tape, replayed ", where, ", makes another run");
  if (at == reference.trace_size() && at == other.trace_size()) {
    return absl::StrCat(text, "; the events that were kept (", at, ") are the same");
  }
  absl::StrAppend(&text, "; they part at event ", at + 1, ", step ", step, "\n  the run:");
  AppendContext(reference, at, &text);
  absl::StrAppend(&text, "\n  the replay:");
  AppendContext(other, at, &text);
  return text;
}

class Check {
 public:
  Check(const Program& program, const std::vector<TapeEntry>& tape, LawSet laws, const IsolationOptions& isolation)
      : program_(program), isolation_(isolation), again_(program, Plain(isolation)), first_(program, Plain(isolation)) {
    run_.strict = true;
    run_.complete = tape;
    run_.laws = laws;
    run_.keep_trace = true;
  }

  DeterminismReport Run() {
    reference_ = first_.Run(run_);
    report_.digest = reference_.outcome.digest;
    if (reference_.misfits > 0) {
      report_.deterministic = false;
      report_.reason = absl::StrCat("NONDETERMINISTIC: the tape of the run does not fit its own replay: ",
                                    reference_.misfit);
      return report_;
    }
    again_.Run(run_);
    if (!Compare("again in the same process", again_.Run(run_), again_, /*heap=*/false)) return report_;
    for (const Variant& variant : Variants(program_, isolation_)) {
      if (crashed() && !variant.for_crashes) continue;
      IsolatedRunner runner(program_, variant.options);
      const bool heap = variant.options.isolation.memory == Memory::kHeap;
      if (!Compare(variant.where, runner.Run(run_), runner, heap)) break;
    }
    return report_;
  }

 private:
  static IsolatedRunner::Options Plain(const IsolationOptions& isolation) {
    IsolatedRunner::Options options;
    options.isolation = isolation;
    return options;
  }
  bool crashed() const { return reference_.outcome.violation.law == LawId::kCrash; }

  bool Compare(const char* where, const TapeRunReport& other, IsolatedRunner& runner, bool heap) {
    if (Same(other, heap)) return true;
    report_.deterministic = false;
    report_.reason = DescribeDifference(where, first_.history(), runner.history());
    if (other.misfits > 0) absl::StrAppend(&report_.reason, "\n  ", other.misfit);
    if (other.outcome.violation.law != reference_.outcome.violation.law) {
      absl::StrAppend(&report_.reason, "\n  the run: ", Verdict(reference_), "; the replay: ", Verdict(other));
    }
    if (EdgeLog::kBuiltIn && !crashed()) CompareEdges(runner);
    return false;
  }

  // Where the code of the two runs goes different ways, which is earlier than what can be seen of it.
  void CompareEdges(IsolatedRunner& runner) {
    TapeRun run = run_;
    run.log_edges = true;
    for (IsolatedRunner* each : {&first_, &runner}) {
      // Twice: what a process does once in its life is not the difference.
      each->Run(run);
      each->Run(run);
    }
    const std::string fork = DescribeFork(*first_.edges(), *runner.edges());
    absl::StrAppend(&report_.reason, "\n  ", fork.empty() ? "the code takes the same way in both" : fork);
  }

  static std::string Verdict(const TapeRunReport& report) {
    if (report.outcome.violation.law == LawId::kNone) return "held";
    return absl::StrCat(LawName(report.outcome.violation.law), ": ", report.outcome.violation.reason);
  }

  bool Same(const TapeRunReport& other, bool heap) const {
    const LawId law = reference_.outcome.violation.law;
    const LawId other_law = other.outcome.violation.law;
    if (crashed()) {
      return other_law == law && other.outcome.steps == reference_.outcome.steps &&
             CrashClass(other.outcome.violation.reason) == CrashClass(reference_.outcome.violation.reason);
    }
    // A broken world is forgotten in an arena, and destroyed on the heap: it may die of that.
    if (heap && law != LawId::kNone && other_law == LawId::kCrash) return true;
    if (other.misfits > 0 || other.outcome.digest != reference_.outcome.digest) return false;
    // Leaks are counted in arenas only.
    return law == other_law || (heap && law == LawId::kNoOrphan);
  }

  const Program& program_;
  const IsolationOptions& isolation_;
  TapeRun run_;
  IsolatedRunner again_;
  IsolatedRunner first_;
  TapeRunReport reference_;
  DeterminismReport report_;
};

}  // namespace

DeterminismReport CheckDeterminism(const Program& program, const std::vector<TapeEntry>& tape, LawSet laws,
                                   const IsolationOptions& isolation) {
  return Check(program, tape, laws, isolation).Run();
}

}  // namespace sim
