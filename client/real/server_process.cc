#include "client/real/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/check.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Free a moment ago, and all different.
Ports FreePorts(size_t count) {
  std::vector<int> sockets;
  Ports ports;
  for (size_t i = 0; i < count; ++i) {
    sockets.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    CHECK_EQ(bind(sockets.back(), reinterpret_cast<sockaddr*>(&address), size), 0);
    CHECK_EQ(getsockname(sockets.back(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int socket : sockets) close(socket);
  return ports;
}

bool Connects(uint16_t port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool connected = connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(connection);
  return connected;
}

// Between fork and exec only what a signal handler might do.
pid_t Spawn(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t process = fork();
  CHECK_GE(process, 0);
  if (process != 0) return process;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  signal(SIGPIPE, SIG_DFL);
  dup2(open("/dev/null", O_RDONLY), 0);
  dup2(open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), 1);
  dup2(1, 2);
  execv(argv[0], argv.data());
  _exit(127);
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TemporaryFolder::TemporaryFolder() : path_("/tmp/wavetank_real_XXXXXX") {
  CHECK(mkdtemp(path_.data()) != nullptr);
  CHECK_EQ(chmod(path_.c_str(), 0755), 0);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::Write(absl::string_view name, absl::string_view contents) const {
  std::ofstream file(absl::StrCat(path_, "/", name), std::ios::binary);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  file.close();
  CHECK(file.good());
}

std::string TemporaryFolder::Read(absl::string_view name) const { return Contents(absl::StrCat(path_, "/", name)); }

void TemporaryFolder::MakeFolder(absl::string_view name, const char* user) const {
  const std::string path = absl::StrCat(path_, "/", name);
  CHECK_EQ(mkdir(path.c_str(), 0755), 0);
  const passwd* const entry = user != nullptr && geteuid() == 0 ? getpwnam(user) : nullptr;
  if (entry != nullptr) CHECK_EQ(chown(path.c_str(), entry->pw_uid, entry->pw_gid), 0);
}

std::string FindProgram(absl::string_view name) {
  const char* const path = getenv("PATH");
  const std::string folders = absl::StrCat(path != nullptr ? path : "", ":/usr/bin:/usr/sbin:/usr/local/sbin");
  for (const absl::string_view folder : absl::StrSplit(folders, ':', absl::SkipEmpty())) {
    const std::string program = absl::StrCat(folder, "/", name);
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

std::string FindPythonWith(absl::string_view module) {
  const std::string python = "/usr/bin/python3";
  if (access(python.c_str(), X_OK) != 0) return "";
  const pid_t process = Spawn({python, "-c", absl::StrCat("import ", module)}, "/dev/null");
  int status = 0;
  CHECK_EQ(waitpid(process, &status, 0), process);
  return status == 0 ? python : "";
}

std::unique_ptr<ServerProcess> ServerProcess::Start(size_t ports, const std::string& log, Command command) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    Ports free = FreePorts(ports);
    const std::vector<std::string> arguments = command(free);
    std::unique_ptr<ServerProcess> server(new ServerProcess(Spawn(arguments, log), std::move(free)));
    if (server->Listens()) return server;
  }
  ADD_FAILURE() << "the server does not start: " << Contents(log);
  return nullptr;
}

// Asks again and again until it listens or has ended; a server that does neither is ended by the test's own timeout.
bool ServerProcess::Listens() {
  for (const uint16_t port : ports_) {
    while (!Connects(port)) {
      if (waitpid(process_, nullptr, WNOHANG) == process_) {
        process_ = 0;
        return false;
      }
      poll(nullptr, 0, 10);
    }
  }
  return true;
}

ServerProcess::~ServerProcess() {
  if (process_ == 0) return;
  kill(-process_, SIGKILL);
  kill(process_, SIGKILL);  // if it has no group of its own yet
  waitpid(process_, nullptr, 0);
}

}  // namespace client::testing
