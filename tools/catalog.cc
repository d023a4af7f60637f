#include "tools/catalog.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/toys/canaries.h"

namespace wavetank {

std::string ScenarioOf(const sim::TapeFile& tape, const std::string& tape_path) {
  if (!absl::StartsWith(tape.scenario, kBesideTheTape)) return tape.scenario;
  const size_t slash = tape_path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : tape_path.substr(0, slash);
  return absl::StrCat(folder, "/", tape.scenario.substr(sizeof(kBesideTheTape) - 1));
}

const sim::Program& Catalog::Canary() const { return *sim::FindCanary("must_stall"); }

std::string FromUserFolder(const std::string& path) {
  const char* folder = std::getenv("BUILD_WORKING_DIRECTORY");
  if (path.empty() || path[0] == '/' || folder == nullptr) return path;
  return absl::StrCat(folder, "/", path);
}

}  // namespace wavetank
