// Scenarios as text: whatever it is, a program or errors come of it.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sim/scenario/cancel_everywhere.h"
#include "sim/scenario/loader.h"
#include "tools/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using wavetank::Require;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const sim::LoadResult loaded = sim::LoadScenarioText(text, "input");
  Require((loaded.program == nullptr) != loaded.errors.empty(), "there is a program, or there are errors");
  for (const std::string& error : loaded.errors) {
    Require(absl::StartsWith(error, "input:") && error.size() > sizeof("input:1:1: "), "errors say where");
  }
  const sim::LoadResult again = sim::LoadScenarioText(text, "input");
  wavetank::RequireSame(absl::StrJoin(loaded.errors, "\n"), absl::StrJoin(again.errors, "\n"),
                        "the same text has the same errors");
  if (loaded.program == nullptr) return 0;
  Require(loaded.program->Recipe() == absl::StrCat(sim::kScenarioRecipe, text), "a program knows its text");
  Require(!loaded.program->name().empty(), "a scenario has a name");
  sim::CancelEverywhere(loaded.program->plan());
  return 0;
}
