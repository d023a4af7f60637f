#include "sim/explore/corpus_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sim/explore/coverage.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/tape_file.h"

namespace sim {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kEnding = ".tape.textproto";

std::vector<std::string> TapesIn(const std::string& path) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (absl::EndsWith(entry->path().string(), kEnding)) files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Runs tapes and sees what they show.
class Viewer {
 public:
  Viewer(const Program& program, LawSet laws, const IsolationOptions& isolation)
      : laws_(laws), runner_(program, IsolatedRunner::Options{.isolation = isolation}) {}

  Outcome View(const SparseTape& tape, Lesson* lesson) {
    TapeRun run;
    run.tape = tape;
    run.laws = laws_;
    run.keep_trace = true;
    const TapeRunReport report = runner_.Run(run);
    const History& history = runner_.history();
    coverage_.BeginRun();
    if (history.trace_size() > 0) coverage_.OnRecords(&history.trace(0), history.trace_size());
    lesson->run = 0;
    lesson->questions = history.tape().size();
    coverage_.AddMarks(history);
    lesson->keys = coverage_.keys();
    lesson->places = coverage_.places();
    lesson->decisions = Placed(history.tape().begin(), history.tape().end());
    return report.outcome;
  }

  const History& history() { return runner_.history(); }

 private:
  LawSet laws_;
  IsolatedRunner runner_;
  HandoffCoverage coverage_;
};

}  // namespace

CorpusFolder::CorpusFolder(const std::string& dir, const Program& program, const std::string& scenario, LawSet laws,
                           const IsolationOptions& isolation)
    : path_(absl::StrCat(dir, "/", absl::StrReplaceAll(scenario, {{"/", "_"}}))),
      program_(program),
      scenario_(scenario),
      laws_(laws),
      isolation_(isolation) {}

std::vector<Lesson> CorpusFolder::Load(std::vector<std::string>* messages) {
  std::vector<Lesson> lessons;
  Viewer viewer(program_, laws_, isolation_);
  for (const std::string& path : TapesIn(path_)) {
    TapeFile tape;
    if (!LoadTape(path, &tape, messages)) {
      spared_.push_back(path);
      continue;
    }
    Lesson lesson;
    const Outcome outcome = viewer.View(tape.decisions, &lesson);
    if (outcome.held()) {
      lessons.push_back(std::move(lesson));
    } else {
      spared_.push_back(path);
      messages->push_back(absl::StrCat(path, " does not hold: ", LawName(outcome.violation.law),
                                       outcome.harness_fault, "; replay it"));
    }
  }
  return lessons;
}

bool CorpusFolder::Save(const std::vector<Lesson>& lessons, uint64_t seed, std::string* error) const {
  std::error_code failed;
  fs::create_directories(path_, failed);
  if (failed) {
    *error = absl::StrCat(path_, ": ", failed.message());
    return false;
  }
  std::vector<const Lesson*> by_size;
  for (const Lesson& lesson : lessons) by_size.push_back(&lesson);
  std::sort(by_size.begin(), by_size.end(), [](const Lesson* a, const Lesson* b) {
    return std::make_pair(a->decisions.size(), a) < std::make_pair(b->decisions.size(), b);  // by place in `lessons`
  });
  Viewer viewer(program_, laws_, isolation_);
  absl::btree_set<uint64_t> seen;
  absl::btree_set<std::string> kept(spared_.begin(), spared_.end());
  for (const Lesson* candidate : by_size) {
    Lesson lesson;
    const Outcome outcome = viewer.View(candidate->Tape(), &lesson);
    if (!outcome.held()) continue;
    const size_t before = seen.size();
    seen.insert(lesson.keys.begin(), lesson.keys.end());
    if (seen.size() == before) continue;
    TapeFile tape;
    tape.scenario = scenario_;
    tape.seed = seed;
    tape.run = candidate->run;
    tape.digest = outcome.digest;
    tape.decisions = lesson.Tape();
    const std::string path = absl::StrCat(path_, "/", absl::Hex(outcome.digest, absl::kZeroPad16), kEnding);
    kept.insert(path);
    const absl::Status written = WriteFileAtomically(path, TapeText(tape, viewer.history()));
    if (written.ok()) continue;
    *error = std::string(written.message());
    return false;
  }
  for (const std::string& path : TapesIn(path_)) {
    if (kept.count(path) == 0) fs::remove(path, failed);
  }
  return true;
}

}  // namespace sim
