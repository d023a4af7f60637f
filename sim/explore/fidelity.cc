#include "sim/explore/fidelity.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sim/choice/prng.h"
#include "sim/explore/isolated_runner.h"

namespace sim {
namespace {

IsolationOptions OnTheHeap(IsolationOptions isolation) {
  isolation.memory = Memory::kHeap;
  return isolation;
}

std::string Describe(const Outcome& outcome) {
  if (outcome.violation.law == LawId::kNone) return outcome.harness_fault;
  return absl::StrCat(LawName(outcome.violation.law), " violated: ", outcome.violation.reason);
}

constexpr size_t kShown = 20;

// How any two of the lines of `end` went together; of one line, that.
std::vector<std::string> PairsOf(const std::string& end) {
  const std::vector<std::string> lines = absl::StrSplit(end, '\n');
  if (lines.size() == 1) return lines;
  std::vector<std::string> pairs;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t j = i + 1; j < lines.size(); ++j) pairs.push_back(absl::StrCat(lines[i], "; ", lines[j]));
  }
  return pairs;
}

// One of the two networks: the same runs as often as they are asked for.
class Side {
 public:
  Side(const Program& program, const IsolationOptions& isolation, const FidelityOptions& options)
      : runner_(program, RunnerOptions(isolation)), seed_(options.seed) {
    run_.laws = options.laws;
    run_.describe_end = true;
  }

  // Run `number`, from 0: the quiet one first.
  TapeRunReport Run(uint64_t number) {
    run_.random_from = number == 0 ? SparseSource::kNever : 0;
    run_.seed = RunSeed(seed_, number);
    TapeRunReport report = runner_.Run(run_);
    report.outcome.end = WithoutNumbers(report.outcome.end);
    return report;
  }

 private:
  static IsolatedRunner::Options RunnerOptions(const IsolationOptions& isolation) {
    IsolatedRunner::Options options;
    options.isolation = isolation;
    return options;
  }

  IsolatedRunner runner_;
  const uint64_t seed_;
  TapeRun run_;
};

class Comparison {
 public:
  Comparison(const Program& simulated, const Program& real, const FidelityOptions& options)
      : options_(options),
        simulated_(simulated, options.isolation, options),
        real_(real, OnTheHeap(options.isolation), options) {}

  FidelityResult Compare() {
    result_.ok = Simulate(options_.simulated_runs);
    std::set<std::string> ends;
    std::map<std::string, uint64_t> pairs;  // the first run that showed it
    for (uint64_t run = 0; result_.ok && run < options_.real_runs; ++run) {
      const TapeRunReport report = real_.Run(run);
      const Outcome& outcome = report.outcome;
      ++result_.real_runs;
      if (!outcome.held()) return Broke("real sockets", run, report);
      ends.insert(outcome.end);
      for (std::string& pair : PairsOf(outcome.end)) pairs.emplace(std::move(pair), run);
    }
    for (const auto& [pair, run] : pairs) {
      while (result_.ok && simulated_pairs_.count(pair) == 0) {
        if (result_.simulated_runs >= options_.simulated_runs_max) return NeverSimulated(pair, run);
        result_.ok = Simulate(2 * result_.simulated_runs);
      }
    }
    result_.real_ends = ends.size();
    result_.simulated_ends = simulated_ends_.size();
    if (result_.ok) {
      result_.text = absl::StrCat(result_.real_runs, " runs on real sockets ended in ", result_.real_ends,
                                  result_.real_ends == 1 ? " way" : " ways", ", any two tasks as in some of ",
                                  result_.simulated_runs, " simulated runs, which ended in ", result_.simulated_ends);
    }
    return result_;
  }

 private:
  // Up to `runs` in all.
  bool Simulate(uint64_t runs) {
    for (; result_.simulated_runs < runs; ++result_.simulated_runs) {
      const TapeRunReport report = simulated_.Run(result_.simulated_runs);
      const Outcome& outcome = report.outcome;
      if (!outcome.held()) {
        Broke("the simulated network", result_.simulated_runs, report);
        return false;
      }
      if (!simulated_ends_.insert(outcome.end).second) continue;
      for (std::string& pair : PairsOf(outcome.end)) simulated_pairs_.insert(std::move(pair));
    }
    return true;
  }

  FidelityResult Broke(absl::string_view where, uint64_t run, const TapeRunReport& report) {
    result_.ok = false;
    result_.text =
        absl::StrCat("on ", where, ", run ", run, " of seed ", options_.seed, ": ", Describe(report.outcome));
    result_.output = report.output;
    return result_;
  }

  FidelityResult NeverSimulated(const std::string& pair, uint64_t run) {
    result_.ok = false;
    result_.text = absl::StrCat("run ", run, " of seed ", options_.seed, " ended on real sockets as none of ",
                                result_.simulated_runs, " simulated runs did:\n  ", pair, "\nthe simulated ones:");
    size_t shown = 0;
    for (const std::string& known : simulated_pairs_) {
      if (shown++ == kShown) break;
      absl::StrAppend(&result_.text, "\n  ", known);
    }
    if (simulated_pairs_.size() > kShown) {
      absl::StrAppend(&result_.text, "\n  and ", simulated_pairs_.size() - kShown, " more");
    }
    return result_;
  }

  const FidelityOptions& options_;
  Side simulated_;
  Side real_;
  std::set<std::string> simulated_ends_;
  std::set<std::string> simulated_pairs_;
  FidelityResult result_;
};

}  // namespace

FidelityResult CheckFidelity(const Program& simulated, const Program& real, const FidelityOptions& options) {
  return Comparison(simulated, real, options).Compare();
}

FidelityResult CheckCaughtForReal(const Program& real, LawSet expected, const FidelityOptions& options) {
  Side side(real, OnTheHeap(options.isolation), options);
  FidelityResult result;
  while (result.real_runs < options.real_runs) {
    const TapeRunReport report = side.Run(result.real_runs++);
    const Outcome& outcome = report.outcome;
    if (outcome.held()) continue;
    result.ok = outcome.violation.law != LawId::kNone && expected.Has(outcome.violation.law);
    result.text = absl::StrCat(Describe(outcome), "\n  in run ", result.real_runs, " on real sockets");
    result.output = report.output;
    return result;
  }
  result.text = absl::StrCat(result.real_runs, " runs on real sockets, all held");
  return result;
}

std::string WithoutNumbers(absl::string_view end) {
  std::string text;
  for (size_t i = 0; i < end.size(); ++i) {
    if (!absl::ascii_isdigit(end[i])) {
      text.push_back(end[i]);
      continue;
    }
    text.push_back('#');
    // Groups of three digits belong together: "163 840".
    while (i + 1 < end.size() && (absl::ascii_isdigit(end[i + 1]) ||
                                  (end[i + 1] == ' ' && i + 2 < end.size() && absl::ascii_isdigit(end[i + 2])))) {
      ++i;
    }
  }
  return text;
}

}  // namespace sim
