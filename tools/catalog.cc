#include "tools/catalog.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace wavetank {

std::string FromUserFolder(const std::string& path) {
  const char* folder = std::getenv("BUILD_WORKING_DIRECTORY");
  if (path.empty() || path[0] == '/' || folder == nullptr) return path;
  return absl::StrCat(folder, "/", path);
}

}  // namespace wavetank
