#include "tools/out_folder.h"

#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "sim/explore/tape_file.h"

namespace wavetank {

bool MakeFolder(const std::string& path) {
  for (size_t end = 1; end <= path.size(); ++end) {
    if (end < path.size() && path[end] != '/') continue;
    if (mkdir(path.substr(0, end).c_str(), 0777) != 0 && errno != EEXIST) return false;
  }
  return true;
}

std::string WhyNotWritable(const std::string& folder) {
  if (!MakeFolder(folder)) return absl::StrCat(folder, ": cannot be made: ", std::strerror(errno));
  struct stat info;
  if (stat(folder.c_str(), &info) != 0) return absl::StrCat(folder, ": ", std::strerror(errno));
  if (!S_ISDIR(info.st_mode)) return absl::StrCat(folder, ": is not a folder");
  // Half a page: a file system that is full has room for an empty file.
  const std::string trial = absl::StrCat(folder, "/.trial.", getpid());
  const absl::Status written = sim::WriteFileAtomically(trial, std::string(2048, '.'));
  unlink(trial.c_str());
  return written.ok() ? "" : absl::StrCat(folder, ": cannot be written: ", written.message());
}

std::vector<std::string> FilesEndingIn(const std::string& folder, absl::string_view ending) {
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (absl::EndsWith(entry->path().string(), ending)) files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string FlatName(const std::string& scenario) {
  std::string name = scenario;
  if (!name.empty() && name[0] == '/') name = name.substr(name.rfind('/') + 1);
  return absl::StrReplaceAll(name, {{"/", "_"}, {".textproto", ""}});
}

std::string FlatLaw(const std::string& law) { return absl::StrReplaceAll(law, {{"⇒", "-"}, {"≠", "-NOT-"}}); }

std::string BaseOfTape(const std::string& path) {
  return std::string(absl::StripSuffix(path.substr(path.rfind('/') + 1), kTapeEnding));
}

uint64_t FileDigest(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return 0;
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::vector<char> buffer(1 << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    XXH3_64bits_update(state.get(), buffer.data(), static_cast<size_t>(file.gcount()));
  }
  return XXH3_64bits_digest(state.get());
}

}  // namespace wavetank
