#include "tools/fetch/input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/fetch/exit_status.h"

namespace wavetank {
namespace {

using client::ClientError;
using client::ErrorKind;
using client::Result;
using client::Slice;
using client::Task;

constexpr size_t kReadBytes = 64 << 10;

}  // namespace

Result<std::unique_ptr<FileSource>> FileSource::Open(client::UvReactor& reactor, client::Name name,
                                                     const std::string& path,
                                                     std::function<void(size_t bytes)> sent) {
  const bool standard = path == "-";
  // O_NONBLOCK: a named pipe is not to be waited for here.
  const int number = standard ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (number < 0) return FileError(path, errno);
  const Descriptor::Owner owner = standard ? Descriptor::Owner::kOthers : Descriptor::Owner::kUs;
  std::unique_ptr<FileSource> source(
      new FileSource(reactor, name, number, owner, standard ? "stdin" : path, std::move(sent)));
  const Result<void> measured = source->Measure();
  if (!measured.ok()) return measured.error();
  return source;
}

FileSource::FileSource(client::UvReactor& reactor, client::Name name, int number, Descriptor::Owner owner,
                       std::string text, std::function<void(size_t bytes)> sent)
    : descriptor_(reactor, name, number, owner, std::move(text)), sent_(std::move(sent)) {}

Result<void> FileSource::Measure() {
  struct stat about;
  if (fstat(descriptor_.number(), &about) != 0) return FileError(descriptor_.text(), errno);
  if (S_ISDIR(about.st_mode)) return FileError(descriptor_.text(), EISDIR);
  if (!S_ISREG(about.st_mode)) return {};
  start_ = lseek(descriptor_.number(), 0, SEEK_CUR);
  if (start_ < 0) return FileError(descriptor_.text(), errno);
  char first;
  // Files of /proc say that they are empty, and are not.
  if (about.st_size == 0 && pread(descriptor_.number(), &first, 1, start_) > 0) return {};
  length_ = about.st_size > start_ ? static_cast<uint64_t>(about.st_size - start_) : 0;
  left_ = *length_;
  return {};
}

Task<Result<Slice>> FileSource::Next() {
  size_t most = kReadBytes;
  if (length_.has_value()) most = static_cast<size_t>(std::min<uint64_t>(left_, most));
  if (most == 0) co_return Slice();
  Result<Slice> bytes = co_await descriptor_.Read(most);
  if (!bytes.ok()) co_return bytes.error();
  if (length_.has_value()) left_ -= bytes->size();
  if (length_.has_value() && bytes->empty()) {
    co_return ClientError(ErrorKind::kBodySource,
                          absl::StrCat(descriptor_.text(), " has become shorter while it was sent"));
  }
  if (sent_) sent_(bytes->size());
  co_return std::move(*bytes);
}

Result<void> FileSource::Rewind() {
  if (!replayable() || lseek(descriptor_.number(), start_, SEEK_SET) < 0) return BodySource::Rewind();
  left_ = *length_;
  return {};
}

Task<Result<absl::optional<std::string>>> LineReader::Next() {
  for (;;) {
    const size_t end = read_.find('\n', searched_);
    if (end != std::string::npos) {
      absl::optional<std::string> line(read_.substr(0, end));
      read_.erase(0, end + 1);
      searched_ = 0;
      co_return std::move(line);
    }
    searched_ = read_.size();
    if (searched_ > kLineMax) {
      co_return ClientError(ErrorKind::kBodySource, absl::StrCat(descriptor_.text(), ": a line is too long"));
    }
    if (ended_) break;
    Result<Slice> bytes = co_await descriptor_.Read(kReadBytes);
    if (!bytes.ok()) co_return bytes.error();
    ended_ = bytes->empty();
    read_.append(bytes->data(), bytes->size());
  }
  absl::optional<std::string> last;
  if (!read_.empty()) last = std::exchange(read_, std::string());
  searched_ = 0;
  co_return std::move(last);
}

}  // namespace wavetank
