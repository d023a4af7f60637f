// The program. Historic bugs link it with patched objects of the client in front.
#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/debugging/symbolize.h"
#include "absl/strings/strip.h"
#include "sim/explore/fresh_process.h"
#include "sim/scenario/cancel_everywhere.h"
#include "sim/scenario/loader.h"
#include "tools/catalog.h"
#include "tools/commands.h"

namespace {

std::shared_ptr<const sim::Program> MakeProgram(const std::string& recipe) {
  absl::string_view text = recipe;
  const bool everywhere = absl::ConsumePrefix(&text, sim::kCancelRecipe);
  if (!absl::ConsumePrefix(&text, sim::kScenarioRecipe)) return nullptr;
  sim::LoadResult loaded = sim::LoadScenarioText(text, "the scenario");
  if (loaded.program == nullptr || !everywhere) return std::move(loaded.program);
  return std::make_shared<sim::ScenarioProgram>(sim::CancelEverywhere(loaded.program->plan()));
}

// A standard stream that is closed stays unusable, instead of being the next file that is opened.
void OccupyClosedStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDONLY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  OccupyClosedStreams();
  sim::ServeFreshProcess(argc, argv, MakeProgram);
  absl::InitializeSymbolizer(argv[0]);
  const wavetank::ScenarioCatalog catalog(wavetank::ScenarioCatalog::FindRoot());
  return wavetank::WavetankMain(std::vector<std::string>(argv + 1, argv + argc), catalog);
}
