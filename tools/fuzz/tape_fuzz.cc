// Tapes as text: what is read is written and read again as the same.
#include <string>
#include <vector>

#include "sim/explore/sparse_tape.h"
#include "sim/explore/tape_file.h"
#include "sim/world/history.h"
#include "tools/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using wavetank::Require;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto& nobody = *new sim::History();  // knows no names
  sim::TapeFile tape;
  std::vector<std::string> errors;
  const bool ok = sim::ParseTape(text, "input", &tape, &errors);
  Require(ok == errors.empty(), "there is a tape, or there are errors");
  if (!ok) return 0;
  for (const sim::Decision& decision : tape.decisions) {
    Require(decision.entry.index != 0 && decision.entry.index < decision.entry.count, "a decision is among its own");
  }
  const std::string written = sim::TapeText(tape, nobody);
  sim::TapeFile again;
  Require(sim::ParseTape(written, "written", &again, &errors), "what is written can be read");
  Require(again.decisions == tape.decisions && again.complete == tape.complete &&
              again.is_complete == tape.is_complete && again.law == tape.law && again.judged == tape.judged &&
              again.digest == tape.digest && again.scenario == tape.scenario,
          "and is the same");
  wavetank::RequireSame(written, sim::TapeText(again, nobody), "also as text");
  sim::SparseSource source(tape.decisions);
  source.BeginRun();
  return 0;
}
