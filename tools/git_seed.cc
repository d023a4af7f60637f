#include "tools/git_seed.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace wavetank {
namespace {

constexpr size_t kDigits = 12;  // 48 bits: exact in every JSON reader

// What the command prints; empty if it fails.
std::string OutputOf(const char* const* command) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return "";
  const pid_t child = fork();
  if (child == 0) {
    dup2(output[1], STDOUT_FILENO);
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDERR_FILENO);
    execvp(command[0], const_cast<char* const*>(command));
    _exit(127);
  }
  close(output[1]);
  std::string text;
  char buffer[256];
  ssize_t n;
  while ((n = read(output[0], buffer, sizeof(buffer))) > 0 || (n < 0 && errno == EINTR)) {
    if (n > 0) text.append(buffer, static_cast<size_t>(n));
  }
  close(output[0]);
  int status = 1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? text : "";
}

}  // namespace

bool GitSeed(const std::string& folder, uint64_t* seed, std::string* error) {
  const std::string at = folder.empty() ? "." : folder;
  const char* const command[] = {"git", "-C", at.c_str(), "rev-parse", "--verify", "HEAD", nullptr};
  const std::string hash = OutputOf(command);
  for (size_t i = 0; i < kDigits; ++i) {
    if (i < hash.size() && absl::ascii_isxdigit(static_cast<unsigned char>(hash[i]))) continue;
    *error = absl::StrCat(at, " is not in a git repository with a commit");
    return false;
  }
  *seed = std::strtoull(hash.substr(0, kDigits).c_str(), nullptr, 16);
  return true;
}

}  // namespace wavetank
