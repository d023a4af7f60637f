#include "tools/sites.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace wavetank {
namespace {

bool IsSource(absl::string_view name) {
  if (!absl::EndsWith(name, ".cc") && !absl::EndsWith(name, ".h")) return false;
  return !absl::EndsWith(name, "_test.cc") && !absl::EndsWith(name, "_benchmark.cc");
}

void Walk(const std::string& root, const std::string& folder, std::vector<Place>* places) {
  std::vector<std::string> names;
  DIR* listing = opendir(absl::StrCat(root, "/", folder).c_str());
  if (listing == nullptr) return;
  while (const dirent* entry = readdir(listing)) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  closedir(listing);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string file = absl::StrCat(folder, "/", name);
    const std::string path = absl::StrCat(root, "/", file);
    struct stat info;
    if (stat(path.c_str(), &info) != 0) continue;
    if (S_ISDIR(info.st_mode)) {
      if (name != "testing" && name != "real" && name != "examples") Walk(root, file, places);
    } else if (IsSource(name)) {
      std::ifstream stream(path);
      const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
      for (Place& place : PlacesIn(file, text)) places->push_back(std::move(place));
    }
  }
}

// As PlacesIn() calls it; empty for what is not the client's.
std::string ClientFile(absl::string_view file) {
  const size_t at = file.rfind("client/");
  if (at == absl::string_view::npos || (at > 0 && file[at - 1] != '/')) return "";
  return std::string(file.substr(at));
}

struct Listed {
  std::string reason;
  bool used = false;
};

}  // namespace

std::vector<Place> PlacesIn(absl::string_view file, absl::string_view text) {
  std::vector<Place> places;
  std::map<std::string, int> seen;
  uint32_t line = 0;
  for (absl::string_view code : absl::StrSplit(text, '\n')) {
    ++line;
    code = code.substr(0, code.find("//"));
    if (!absl::StrContains(code, "co_await ") && !absl::StrContains(code, ".Suspend(")) continue;
    std::string stripped(absl::StripAsciiWhitespace(code));
    const int number = ++seen[stripped];
    if (number > 1) absl::StrAppend(&stripped, " #", number);
    places.push_back({std::string(file), line, std::move(stripped)});
  }
  return places;
}

std::vector<Place> ClientPlaces(const std::string& root) {
  std::vector<Place> places;
  Walk(root, "client", &places);
  return places;
}

SiteReport CompareSites(const std::vector<Place>& places, const absl::btree_set<sim::SiteSurvey::Place>& reached,
                        absl::string_view reasons) {
  SiteReport report;
  report.places = places.size();
  std::map<std::pair<std::string, std::string>, Listed> listed;
  for (absl::string_view line : absl::StrSplit(reasons, '\n', absl::SkipWhitespace())) {
    if (line[0] == '#') continue;
    const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(" | ", 2));
    if (parts.size() == 3) {
      listed[{std::string(parts[0]), std::string(parts[1])}].reason = std::string(parts[2]);
    } else {
      report.wrong.push_back(absl::StrCat("not `file | text | reason`: ", line));
    }
  }
  absl::btree_set<sim::SiteSurvey::Place> unknown;
  for (const sim::SiteSurvey::Place& place : reached) {
    const std::string file = ClientFile(place.first);
    if (!file.empty()) unknown.emplace(file, place.second);
  }
  for (const Place& place : places) {
    const bool was_reached = unknown.erase({place.file, place.line}) > 0;
    const std::string where = absl::StrCat(place.file, ":", place.line, ": ", place.text);
    const auto entry = listed.find({place.file, place.text});
    if (entry != listed.end()) entry->second.used = true;
    if (was_reached) {
      ++report.reached;
      if (entry != listed.end()) report.wrong.push_back(absl::StrCat(where, ": is listed, and was reached"));
    } else if (entry != listed.end()) {
      ++report.listed;
      report.never.push_back(absl::StrCat(where, ": ", entry->second.reason));
    } else {
      report.wrong.push_back(absl::StrCat(where, ": was never suspended at, and no reason is listed"));
    }
  }
  for (const auto& [key, entry] : listed) {
    if (!entry.used) report.wrong.push_back(absl::StrCat(key.first, ": is listed, and not there: ", key.second));
  }
  for (const sim::SiteSurvey::Place& place : unknown) {
    report.wrong.push_back(absl::StrCat(place.first, ":", place.second, ": a suspension that the sources do not show"));
  }
  return report;
}

}  // namespace wavetank
