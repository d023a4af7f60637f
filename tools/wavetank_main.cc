// The program. Historic bugs link it with patched objects of the client in front.
#include <string>
#include <vector>

#include "absl/debugging/symbolize.h"
#include "tools/catalog.h"
#include "tools/commands.h"

int main(int argc, char** argv) {
  absl::InitializeSymbolizer(argv[0]);
  const wavetank::ScenarioCatalog catalog(wavetank::ScenarioCatalog::FindRoot());
  return wavetank::WavetankMain(std::vector<std::string>(argv + 1, argv + argc), catalog);
}
