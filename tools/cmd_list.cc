#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/commands.h"
#include "tools/finding.h"
#include "tools/json.h"

namespace wavetank {
namespace {

const char* KindName(CatalogEntry::Kind kind) {
  switch (kind) {
    case CatalogEntry::Kind::kScenario: return "scenario";
    case CatalogEntry::Kind::kHistory: return "history";
    case CatalogEntry::Kind::kCanary: return "canary";
  }
  return "";
}

}  // namespace

int ListCommand(const Catalog& catalog, const Options& options) {
  if (!options.operands.empty()) return UsageError("list takes no operands");
  const std::vector<CatalogEntry> entries = catalog.List();
  size_t width = 0;
  for (const CatalogEntry& entry : entries) width = std::max(width, entry.name.size());
  std::string text;
  for (const CatalogEntry& entry : entries) {
    if (options.json) {
      JsonObject json;
      json.Add("scenario", entry.name).Add("kind", KindName(entry.kind));
      json.Add("claim", entry.claim).Add("bug", entry.bug).Add("path", entry.path);
      text += json.Text() + "\n";
    } else {
      const std::string bug = entry.bug.empty() ? "" : absl::StrCat("[", entry.bug, "] ");
      absl::StrAppendFormat(&text, "%-*s  %s%s\n", static_cast<int>(width), entry.name, bug, entry.claim);
    }
  }
  return Print(text) ? kHeld : kHarness;
}

}  // namespace wavetank
