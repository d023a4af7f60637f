#include "sim/explore/sweep.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "sim/choice/prng.h"
#include "sim/explore/isolated_runner.h"

namespace sim {
namespace {

struct Point {
  TapeEntry entry;
  uint64_t ordinal = 0;   // among its asker's
  uint64_t question = 0;  // among all
};

std::vector<Point> PointsOf(const std::vector<TapeEntry>& tape) {
  std::vector<Point> points;
  absl::btree_map<Name, uint64_t> asked;
  for (uint64_t i = 0; i < tape.size(); ++i) {
    if (tape[i].label == Label::kTaskCancel) points.push_back({tape[i], asked[tape[i].asker]++, i});
  }
  return points;
}

class Sweeper {
 public:
  Sweeper(const Program& program, const SweepOptions& options)
      : options_(options), runner_(program, Isolated(options)) {}

  SweepResult Run() {
    TapeRun quiet;
    quiet.laws = options_.laws;
    result_.quiet = runner_.Run(quiet).outcome;
    ++result_.runs;
    const std::vector<Point> points = PointsOf(RecordedComplete(runner_.history()));
    result_.points = points.size();
    for (const Point& point : points) known_.insert(point.entry.asker);
    if (!result_.quiet.held()) return std::move(result_);
    for (const Point& point : points) {
      if (options_.interrupted && options_.interrupted()) {
        result_.interrupted = true;
        break;
      }
      if (AtEachAnswer({}, point)) ++result_.swept;
    }
    return std::move(result_);
  }

 private:
  static IsolatedRunner::Options Isolated(const SweepOptions& options) {
    IsolatedRunner::Options isolated;
    isolated.isolation = options.isolation;
    return isolated;
  }

  // Whether each answer was asked for in each run.
  bool AtEachAnswer(const SparseTape& before, const Point& point) {
    bool taken = true;
    for (uint32_t answer = 1; answer < point.entry.count; ++answer) {
      SparseTape tape = before;
      tape.push_back({point.entry, point.ordinal});
      tape.back().entry.index = answer;
      taken = Behind(std::move(tape), point) && taken;
    }
    return taken;
  }

  // `tape` ends with the answer at `point`.
  bool Behind(SparseTape tape, const Point& point) {
    TapeRun run;
    run.laws = options_.laws;
    run.tape = std::move(tape);
    bool taken = One(run);
    const std::vector<Point> brought = run.tape.size() == 1 ? Brought() : std::vector<Point>();
    for (uint64_t i = 0; i < options_.random_runs; ++i) {
      run.random_from = point.question + 1;
      run.seed = RunSeed(options_.seed, ++random_);
      taken = One(run) && taken;
    }
    result_.behind += brought.size();
    for (const Point& behind : brought) taken = AtEachAnswer(run.tape, behind) && taken;
    return taken;
  }

  // The points of tasks that the answer in the last run has brought about.
  std::vector<Point> Brought() {
    std::vector<Point> points = PointsOf(RecordedComplete(runner_.history()));
    points.erase(std::remove_if(points.begin(), points.end(),
                                [this](const Point& point) { return known_.count(point.entry.asker) != 0; }),
                 points.end());
    return points;
  }

  bool One(const TapeRun& run) {
    const TapeRunReport report = runner_.Run(run);
    ++result_.runs;
    if (!report.outcome.held()) Keep(run.tape.back(), report.outcome);
    return report.unused == 0 && report.misfits == 0;
  }

  void Keep(const Decision& point, const Outcome& outcome) {
    ++result_.violations;
    const bool known = std::any_of(result_.kept.begin(), result_.kept.end(), [&](const SweepViolation& other) {
      return other.outcome.violation.law == outcome.violation.law && other.point.entry.asker == point.entry.asker &&
             other.point.entry.index == point.entry.index;
    });
    if (known || result_.kept.size() >= options_.kept_max) return;
    result_.kept.push_back({point, outcome, RecordedComplete(runner_.history())});
  }

  const SweepOptions& options_;
  IsolatedRunner runner_;
  absl::btree_set<Name> known_;  // who is asked in the quiet run
  uint64_t random_ = 0;
  SweepResult result_;
};

}  // namespace

SweepResult Sweep(const Program& program, const SweepOptions& options) { return Sweeper(program, options).Run(); }

}  // namespace sim
