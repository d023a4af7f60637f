// From the text of a scenario to a program that can be run, or to everything that is wrong with it.
//
// Whatever the file holds, loading ends in a program or in errors, never in a crash, and no scenario that loads can
// exhaust memory by its sizes alone. Errors read `file:line:column: what is wrong`, with lines and columns from 1.
// The parser stops at the first error of syntax or type; unknown fields and everything that makes no sense is reported
// at once, in the order of the file.
#ifndef SIM_SCENARIO_LOADER_H_
#define SIM_SCENARIO_LOADER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/scenario/scenario_program.h"

namespace sim {

struct LoadResult {
  std::unique_ptr<ScenarioProgram> program;  // null if there are errors
  std::vector<std::string> errors;
};

inline constexpr size_t kScenarioBytesMax = 1 << 20;

// The recipe of a scenario's program is this and its text.
inline constexpr char kScenarioRecipe[] = "scenario\n";

LoadResult LoadScenarioFile(const std::string& path);

// `file_name` is what the errors call it.
LoadResult LoadScenarioText(absl::string_view text, absl::string_view file_name);

}  // namespace sim

#endif  // SIM_SCENARIO_LOADER_H_
