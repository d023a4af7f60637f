#include "sim/world/site.h"

#include "absl/debugging/symbolize.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sim {

std::string SiteText(const std::vector<void*>& frames) {
  std::string text;
  int shown = 0;
  for (void* frame : frames) {
    char name[256];
    // A return address may be the first byte after its function: look one byte before.
    if (!absl::Symbolize(static_cast<char*>(frame) - 1, name, sizeof(name))) continue;
    const absl::string_view view(name);
    if (absl::StrContains(view, "Arena::") || absl::StartsWith(view, "operator new") ||
        absl::StartsWith(view, "std::") || absl::StrContains(view, "Allocate")) {
      continue;
    }
    absl::StrAppend(&text, shown == 0 ? " from " : " < ", view);
    if (++shown == 5) break;
  }
  return text;
}

}  // namespace sim
