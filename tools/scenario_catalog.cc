#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "sim/loopback/loopback_network.h"
#include "sim/scenario/cancel_everywhere.h"
#include "sim/scenario/loader.h"
#include "sim/scenario/reducible_scenario.h"
#include "sim/scenario/scenario_program.h"
#include "tools/catalog.h"
#include "tools/out_folder.h"

namespace wavetank {
namespace {

constexpr int kFoldersDeep = 4;
constexpr absl::string_view kEnding = ".textproto";

bool IsFile(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool IsFolder(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string Absolute(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) != nullptr ? std::string(resolved) : path;
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  DIR* listing = opendir(folder.c_str());
  if (listing == nullptr) return names;
  while (const dirent* entry = readdir(listing)) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  closedir(listing);
  std::sort(names.begin(), names.end());
  return names;
}

// The first line of the comment at the head that says something.
std::string ClaimOf(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line) && !line.empty() && line[0] == '#') {
    const absl::string_view text = absl::StripAsciiWhitespace(absl::string_view(line).substr(1));
    if (!text.empty() && !absl::StartsWith(text, "proto-file:")) return std::string(text);
  }
  return "";
}

// "deadlock, depth 3", of a bug of the museum.
std::string BugOf(const std::string& path) {
  const sim::LoadResult loaded = sim::LoadScenarioFile(path);
  if (loaded.program == nullptr) return "";
  const sim::HistoryPlan& history = loaded.program->plan().history;
  return history.laws.empty() ? "" : absl::StrCat(history.bug_class, ", depth ", history.depth);
}

CatalogEntry::Kind KindOf(const std::string& name) {
  if (absl::StartsWith(name, "history/")) return CatalogEntry::Kind::kHistory;
  if (absl::StartsWith(name, "canary/")) return CatalogEntry::Kind::kCanary;
  return CatalogEntry::Kind::kScenario;
}

void Walk(const std::string& folder, const std::string& prefix, int deep, std::vector<CatalogEntry>* entries) {
  const std::string own = absl::StrCat(folder, "/scenario", kEnding);
  if (IsFile(own) && !prefix.empty()) {
    const std::string name = prefix.substr(0, prefix.size() - 1);
    const CatalogEntry::Kind kind = KindOf(name);
    const std::string bug = kind == CatalogEntry::Kind::kHistory ? BugOf(own) : "";
    entries->push_back({name, own, kind, ClaimOf(own), bug});
    return;
  }
  for (const std::string& file : FilesIn(folder)) {
    const std::string path = absl::StrCat(folder, "/", file);
    if (IsFolder(path)) {
      if (deep > 0) Walk(path, absl::StrCat(prefix, file, "/"), deep - 1, entries);
    } else if (absl::EndsWith(file, kEnding) && !absl::EndsWith(file, absl::StrCat(".tape", kEnding)) &&
               !prefix.empty()) {
      const std::string name = absl::StrCat(prefix, absl::StripSuffix(file, kEnding));
      entries->push_back({name, path, KindOf(name), ClaimOf(path), ""});
    }
  }
}

}  // namespace

std::string ScenarioCatalog::FindRoot() {
  for (const char* variable : {"WAVETANK_ROOT", "BUILD_WORKSPACE_DIRECTORY"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && IsFolder(absl::StrCat(value, "/scenarios"))) return value;
  }
  const char* runfiles = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  if (runfiles != nullptr && workspace != nullptr) return absl::StrCat(runfiles, "/", workspace);
  return ".";
}

std::vector<CatalogEntry> ScenarioCatalog::List() const {
  std::vector<CatalogEntry> entries;
  Walk(absl::StrCat(root_, "/scenarios"), "", kFoldersDeep, &entries);
  std::sort(entries.begin(), entries.end(),
            [](const CatalogEntry& a, const CatalogEntry& b) { return a.name < b.name; });
  return entries;
}

std::string ScenarioCatalog::Find(const std::string& name) const {
  const std::string base = absl::StrCat(root_, "/scenarios/");
  for (const std::string& path :
       {FromUserFolder(name), name, absl::StrCat(base, name, kEnding), absl::StrCat(base, name, "/scenario", kEnding),
        absl::StrCat(base, "history/", name, "/scenario", kEnding)}) {
    if (IsFile(path)) return path;
  }
  return "";
}

std::string ScenarioCatalog::NameOf(const std::string& path) const {
  const std::string absolute = Absolute(path);
  const size_t at = path.rfind("scenarios/");
  if (at != std::string::npos && (at == 0 || path[at - 1] == '/')) {
    absl::string_view name = absl::string_view(path).substr(at + sizeof("scenarios/") - 1);
    name = absl::StripSuffix(absl::StripSuffix(name, kEnding), "/scenario");
    const std::string found = Find(std::string(name));
    if (!found.empty() && Absolute(found) == absolute) return std::string(name);
  }
  return absolute;
}

bool ScenarioCatalog::Load(const std::string& name_or_path, LoadedScenario* scenario,
                           std::vector<std::string>* errors) const {
  const bool everywhere = absl::EndsWith(name_or_path, kCancelEverywhere);
  const std::string path = Find(std::string(absl::StripSuffix(name_or_path, kCancelEverywhere)));
  if (path.empty()) {
    errors->push_back(absl::StrCat("'", name_or_path, "' is neither a file nor a scenario; `list` names those"));
    return false;
  }
  sim::LoadResult loaded = sim::LoadScenarioFile(path);
  if (loaded.program == nullptr) {
    *errors = std::move(loaded.errors);
    return false;
  }
  scenario->name = NameOf(path);
  scenario->text_digest = FileDigest(path);
  if (everywhere) {
    scenario->name += kCancelEverywhere;
    loaded.program = std::make_unique<sim::ScenarioProgram>(sim::CancelEverywhere(loaded.program->plan()));
  }
  std::ifstream file(path, std::ios::binary);
  scenario->reducible = sim::ReducibleScenario::Parse(
      std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()), everywhere);
  scenario->laws = loaded.program->laws();
  scenario->history = loaded.program->plan().history.laws;
  if (SIM_HAS_ARENA) scenario->memory = loaded.program->memory();
  for (const sim::OriginPlan& origin : loaded.program->plan().origins) scenario->costly |= origin.tls;
  scenario->loopback = std::make_shared<sim::ScenarioProgram>(loaded.program->plan(), sim::MakeLoopbackNetwork);
  scenario->program = std::move(loaded.program);
  return true;
}

}  // namespace wavetank
