// The runs of a scenario: the bytes are the tape (sim/choice/bytes_source.h), and all laws judge. A violation ends the
// process, with what broke, how it came to that, and the tape in a file that `wavetank replay` takes. A crash is no
// tape yet: `wavetank tape SCENARIO --from-bytes=FILE` makes one of the file that libFuzzer leaves.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sim/choice/bytes_source.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/tape_file.h"
#include "sim/report/timeline.h"
#include "sim/scenario/loader.h"
#include "sim/world/runner.h"

namespace wavetank {

// Each target has its own: storm_fuzz.bzl makes them.
extern const char kScenarioName[];
extern const char kScenarioText[];

namespace {

// Where the user is, or what Bazel keeps of a test.
std::string Folder() {
  for (const char* variable : {"TEST_UNDECLARED_OUTPUTS_DIR", "BUILD_WORKING_DIRECTORY"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr) return value;
  }
  return ".";
}

class Storm {
 public:
  Storm() : loaded_(sim::LoadScenarioText(kScenarioText, kScenarioName)) {
    for (const std::string& error : loaded_.errors) std::fprintf(stderr, "%s\n", error.c_str());
    if (loaded_.program == nullptr) std::abort();
  }

  void Run(absl::string_view bytes) {
    sim::BytesSource source(bytes);
    sim::RunOptions options;
    options.laws = loaded_.program->laws();
    const sim::Outcome outcome = runner_.Run(*loaded_.program, source, options);
    if (!outcome.held()) Report(bytes);
  }

 private:
  [[noreturn]] void Report(absl::string_view bytes) {
    sim::BytesSource source(bytes);
    sim::RunOptions options;
    options.laws = loaded_.program->laws();
    options.keep_trace = true;
    const sim::Outcome outcome = runner_.Run(*loaded_.program, source, options);
    sim::TapeFile tape;
    tape.scenario = kScenarioName;
    tape.law = outcome.violation.law;
    tape.reason = outcome.harness_fault.empty() ? outcome.violation.reason : outcome.harness_fault;
    tape.digest = outcome.digest;
    tape.decisions = sim::RecordedSparse(runner_.history());
    const std::string law = outcome.harness_fault.empty() ? std::string(LawName(tape.law)) : "HARNESS";
    const std::string path =
        absl::StrCat(Folder(), "/", absl::StrReplaceAll(kScenarioName, {{"/", "_"}}), "_",
                     absl::StrReplaceAll(law, {{"⇒", "-"}, {"≠", "-NOT-"}}), "_libfuzzer.tape.textproto");
    const absl::Status written = sim::WriteFileAtomically(path, sim::TapeText(tape, runner_.history()));
    std::fprintf(stderr, "%s%s: %s at %s, step %d: %s\n  tape: %s\n",
                 sim::Timeline(runner_.history(), sim::TimelineOptions()).c_str(), kScenarioName, law.c_str(),
                 sim::FormatTime(outcome.violation.time_ns).c_str(), static_cast<int>(outcome.violation.step),
                 tape.reason.c_str(), written.ok() ? path.c_str() : std::string(written.message()).c_str());
    std::abort();
  }

  const sim::LoadResult loaded_;
  sim::Runner runner_;
};

}  // namespace
}  // namespace wavetank

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto& storm = *new wavetank::Storm();
  storm.Run(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
