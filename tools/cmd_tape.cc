#include <cstdio>

#include "absl/strings/str_cat.h"
#include "sim/choice/bytes_source.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/tape_file.h"
#include "tools/commands.h"
#include "tools/finding.h"

namespace wavetank {
namespace {

bool ReadBytes(const std::string& path, std::string* bytes, std::string* error) {
  const std::string problem = sim::ReadFile(path, sim::IsolatedRunner::kBytesMax, bytes);
  if (!problem.empty()) *error = absl::StrCat(path, ": ", problem);
  if (bytes->size() > sim::IsolatedRunner::kBytesMax) *error = absl::StrCat(path, ": too long for a tape");
  return error->empty();
}

sim::IsolatedRunner::Options RunnerOptions(const LoadedScenario& scenario, const Options& options) {
  sim::IsolatedRunner::Options runner;
  runner.isolation = Isolation(scenario, options);
  return runner;
}

sim::TapeRunReport RunBytes(sim::IsolatedRunner& runner, const std::string& bytes, sim::LawSet laws) {
  sim::TapeRun run;
  run.from_bytes = true;
  run.bytes = bytes;
  run.laws = laws;
  return runner.Run(run);
}

int FromBytes(const Catalog& catalog, const Options& options) {
  std::vector<std::string> errors;
  std::string bytes, error;
  LoadedScenario scenario;
  if (!ReadBytes(FromUserFolder(options.from_bytes), &bytes, &error)) return BadInput({error});
  if (!catalog.Load(options.operands[0], &scenario, &errors)) return BadInput(errors);
  sim::IsolatedRunner runner(*scenario.program, RunnerOptions(scenario, options));
  const sim::TapeRunReport report = RunBytes(runner, bytes, options.Judges(scenario.laws));
  sim::TapeFile tape;
  tape.scenario = scenario.name;
  tape.law = report.outcome.violation.law;
  tape.reason = report.outcome.harness_fault.empty() ? report.outcome.violation.reason : report.outcome.harness_fault;
  tape.judged = options.laws;
  tape.digest = report.outcome.digest;
  tape.decisions = sim::RecordedSparse(runner.history());
  std::fprintf(stderr, "%s%s: %s\n", report.output.c_str(), scenario.name.c_str(),
               DescribeOutcome(report.outcome).c_str());
  return Print(sim::TapeText(tape, runner.history())) ? kHeld : kHarness;
}

int ToBytes(const Catalog& catalog, const Options& options) {
  std::vector<std::string> errors;
  sim::TapeFile tape;
  LoadedScenario scenario;
  if (!sim::LoadTape(FromUserFolder(options.operands[0]), &tape, &errors)) return BadInput(errors);
  if (!catalog.Load(options.scenario.empty() ? tape.scenario : options.scenario, &scenario, &errors)) {
    return BadInput(errors);
  }
  sim::IsolatedRunner runner(*scenario.program, RunnerOptions(scenario, options));
  sim::TapeRun run;
  run.tape = tape.decisions;
  run.laws = options.laws.empty() && !tape.judged.empty() ? tape.Judges() : options.Judges(scenario.laws);
  const sim::TapeRunReport report = runner.Run(run);
  const std::vector<sim::TapeEntry> complete = sim::RecordedComplete(runner.history());
  const std::string bytes = sim::BytesSource::FromTape(complete.data(), complete.data() + complete.size());
  if (bytes.size() > sim::IsolatedRunner::kBytesMax) return BadInput({"the tape is too long for bytes"});
  const sim::TapeRunReport again = RunBytes(runner, bytes, run.laws);
  if (again.outcome.digest != report.outcome.digest || again.outcome.violation.law != report.outcome.violation.law) {
    std::fprintf(stderr, "wavetank: the bytes make another run than the tape: %s\n",
                 DescribeOutcome(again.outcome).c_str());
    return kHarness;
  }
  const absl::Status written = sim::WriteFileAtomically(FromUserFolder(options.to_bytes), bytes);
  if (!written.ok()) return BadInput({std::string(written.message())});
  std::fprintf(stderr, "%s: %s; %d bytes\n", scenario.name.c_str(), DescribeOutcome(report.outcome).c_str(),
               static_cast<int>(bytes.size()));
  return kHeld;
}

}  // namespace

int TapeCommand(const Catalog& catalog, const Options& options) {
  if (options.from_bytes.empty() == options.to_bytes.empty()) {
    return UsageError("tape needs either --from-bytes=FILE or --to-bytes=FILE");
  }
  if (options.operands.size() != 1) {
    return UsageError(options.to_bytes.empty() ? "--from-bytes takes one SCENARIO" : "--to-bytes takes one TAPE");
  }
  return options.to_bytes.empty() ? FromBytes(catalog, options) : ToBytes(catalog, options);
}

}  // namespace wavetank
