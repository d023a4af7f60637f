#include "sim/explore/fresh_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/explore/isolated_runner.h"

extern char** environ;

namespace sim {
namespace {

constexpr char kFlag[] = "--replay-in-a-fresh-process=";
constexpr size_t kFlagSize = sizeof(kFlag) - 1;

bool served = false;

void KeepOpen(int fd) {
  if (fd >= 0) fcntl(fd, F_SETFD, 0);
}

// That of the parent, and more: a time zone in which nobody lives, and so much text that the stack begins elsewhere.
std::vector<std::string> OtherEnvironment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::strncmp(*variable, "TZ=", 3) != 0) variables.push_back(*variable);
  }
  variables.push_back("TZ=XYZ-05:37");
  variables.push_back("WAVETANK_PADDING=" + std::string(3001, 'x'));
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

void ServeFreshProcess(int argc, char** argv, ProgramMaker maker) {
  served = true;
  if (argc != 2 || std::strncmp(argv[1], kFlag, kFlagSize) != 0) return;
  FreshDescriptors fds{};
  if (std::sscanf(argv[1] + kFlagSize, "%d,%d,%d,%d", &fds.socket, &fds.board, &fds.history, &fds.edges) != 4) {
    std::fprintf(stderr, "%s is for this program itself\n", kFlag);
    _exit(2);
  }
  const int status = IsolatedRunner::ServeFresh(fds, maker);
  std::fflush(nullptr);
  _exit(status);
}

bool CanStartAnew(const Program& program) {
  const size_t size = program.Recipe().size();
  return served && size > 0 && size <= IsolatedRunner::kRecipeMax;
}

void BecomeFresh(const FreshDescriptors& fds) {
  for (const int fd : {fds.socket, fds.board, fds.history, fds.edges}) KeepOpen(fd);
  std::vector<std::string> arguments = {
      "wavetank", absl::StrCat(kFlag, fds.socket, ",", fds.board, ",", fds.history, ",", fds.edges)};
  std::vector<std::string> environment = OtherEnvironment();
  (void)!chdir("/");
  execve("/proc/self/exe", Pointers(arguments).data(), Pointers(environment).data());
  std::fprintf(stderr, "cannot start /proc/self/exe: %s\n", std::strerror(errno));
  _exit(127);
}

}  // namespace sim
