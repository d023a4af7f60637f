// Where a body goes: stdout, or a file that gets its name once it is complete.
#ifndef TOOLS_FETCH_OUTPUT_H_
#define TOOLS_FETCH_OUTPUT_H_

#include <memory>
#include <string>
#include <utility>

#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/slice.h"
#include "tools/fetch/descriptor.h"

namespace wavetank {

// "FILE.part" while it is written; destroyed before Commit(), it removes that. What is there under the name and is no
// regular file (/dev/null, a pipe) is written to as it is.
class Output {
 public:
  // An empty `path`, and "-", is stdout.
  static client::Result<std::unique_ptr<Output>> Open(client::UvReactor& reactor, client::Name name,
                                                      const std::string& path);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  // Cancel safety: some of the bytes may have been written.
  client::Task<client::Result<void>> Write(client::Slice bytes) { return descriptor_.Write(std::move(bytes)); }
  // It is complete. Nothing may be written any more.
  client::Result<void> Commit();

  bool is_terminal() const;

 private:
  Output(client::UvReactor& reactor, client::Name name, int number, Descriptor::Owner owner, std::string text,
         std::string path, std::string part);

  Descriptor descriptor_;
  const std::string path_;
  std::string part_;  // to be renamed or removed; may be empty
};

}  // namespace wavetank

#endif  // TOOLS_FETCH_OUTPUT_H_
