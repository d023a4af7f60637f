#include "tools/fetch/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "tools/fetch/exit_status.h"

namespace wavetank {

using client::Result;
using Owner = Descriptor::Owner;

Result<std::unique_ptr<Output>> Output::Open(client::UvReactor& reactor, client::Name name, const std::string& path) {
  if (path.empty() || path == "-") {
    return std::unique_ptr<Output>(new Output(reactor, name, STDOUT_FILENO, Owner::kOthers, "stdout", "", ""));
  }
  struct stat about;
  if (stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode)) {
    const int number = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (number < 0) return FileError(path, errno);
    return std::unique_ptr<Output>(new Output(reactor, name, number, Owner::kUs, path, path, ""));
  }
  std::string part = path + ".part";
  const int number = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (number < 0) return FileError(part, errno);
  return std::unique_ptr<Output>(new Output(reactor, name, number, Owner::kUs, part, path, part));
}

Output::Output(client::UvReactor& reactor, client::Name name, int number, Owner owner, std::string text,
               std::string path, std::string part)
    : descriptor_(reactor, name, number, owner, std::move(text)), path_(std::move(path)), part_(std::move(part)) {}

Output::~Output() {
  if (!part_.empty()) unlink(part_.c_str());
}

Result<void> Output::Commit() {
  const Result<void> closed = descriptor_.Close();
  if (!closed.ok() || part_.empty()) return closed;
  if (rename(part_.c_str(), path_.c_str()) != 0) return FileError(path_, errno);
  part_.clear();
  return {};
}

bool Output::is_terminal() const { return isatty(descriptor_.number()) != 0; }

}  // namespace wavetank
