// Servers that nobody here wrote, as child processes of a test.
//
//   TemporaryFolder folder;
//   const std::string program = FindProgram("nginx");
//   std::unique_ptr<ServerProcess> server = ServerProcess::Start(2, folder.path() + "/log", [&](const Ports& ports) {
//     folder.Write("nginx.conf", ...);
//     return std::vector<std::string>{program, "-c", folder.path() + "/nginx.conf"};
//   });
//   ... talk to 127.0.0.1, server->port(0) ...
#ifndef CLIENT_REAL_SERVER_PROCESS_H_
#define CLIENT_REAL_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace client::testing {

// A new folder that everybody may read, also a server that gives up its privileges. Gone with this.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }
  void Write(absl::string_view name, absl::string_view contents) const;
  std::string Read(absl::string_view name) const;  // empty if there is none
  // `user` may write there as well, if there is such a one and we may say so.
  void MakeFolder(absl::string_view name, const char* user = nullptr) const;

 private:
  std::string path_;
};

// Where the program is, also where only administrators look; empty if it is not installed.
std::string FindProgram(absl::string_view name);
// Debian's python3, if it can import `module`; else empty.
std::string FindPythonWith(absl::string_view module);

using Ports = std::vector<uint16_t>;

// Ends with this, and with the test however that ends.
class ServerProcess {
 public:
  using Command = absl::FunctionRef<std::vector<std::string>(const Ports& ports)>;

  // Runs what `command` says for `ports` free ports of 127.0.0.1, and waits until something listens on each. Starts
  // anew if another process was faster to take one. Null if the server ends by itself: the test has then failed, with
  // what the server had said. Its output goes to the file `log`.
  static std::unique_ptr<ServerProcess> Start(size_t ports, const std::string& log, Command command);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  uint16_t port(size_t index) const { return ports_.at(index); }

 private:
  ServerProcess(pid_t process, Ports ports) : process_(process), ports_(std::move(ports)) {}
  bool Listens();

  pid_t process_;  // and the group of those that it starts; 0 once it has ended
  const Ports ports_;
};

}  // namespace client::testing

#endif  // CLIENT_REAL_SERVER_PROCESS_H_
