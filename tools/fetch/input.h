// What is sent: a file or stdin as the body of a request, or line by line.
#ifndef TOOLS_FETCH_INPUT_H_
#define TOOLS_FETCH_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/types/optional.h"
#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/slice.h"
#include "client/http/payload.h"
#include "tools/fetch/descriptor.h"

namespace wavetank {

// A regular file has a length, no byte more is sent, and can be sent again; a pipe neither.
class FileSource final : public client::BodySource {
 public:
  // `path` may be "-", which is stdin. `sent`, which may be null, is told of the bytes given; after a Rewind() it is
  // told of them once more.
  static client::Result<std::unique_ptr<FileSource>> Open(client::UvReactor& reactor, client::Name name,
                                                          const std::string& path,
                                                          std::function<void(size_t bytes)> sent);

  absl::optional<uint64_t> length() const { return length_; }

  // Cancel safety: no byte is lost.
  client::Task<client::Result<client::Slice>> Next() override;
  bool replayable() const override { return length_.has_value(); }
  client::Result<void> Rewind() override;

 private:
  FileSource(client::UvReactor& reactor, client::Name name, int number, Descriptor::Owner owner, std::string text,
             std::function<void(size_t bytes)> sent);
  client::Result<void> Measure();

  Descriptor descriptor_;
  const std::function<void(size_t bytes)> sent_;
  absl::optional<uint64_t> length_;
  uint64_t left_ = 0;
  int64_t start_ = 0;  // where it stood when it was opened
};

// The lines of stdin, without their line feeds; the last one may lack it.
class LineReader {
 public:
  static constexpr size_t kLineMax = 16 << 20;  // bytes; a longer one is an error

  // `descriptor` is not owned.
  explicit LineReader(Descriptor& descriptor) : descriptor_(descriptor) {}

  // None at the end. Cancel safety: nothing is lost.
  client::Task<client::Result<absl::optional<std::string>>> Next();

 private:
  Descriptor& descriptor_;
  std::string read_;
  size_t searched_ = 0;  // of read_: there is no line feed before
  bool ended_ = false;
};

}  // namespace wavetank

#endif  // TOOLS_FETCH_INPUT_H_
