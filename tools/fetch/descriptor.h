// A file, a pipe or a terminal, read and written by tasks without ever blocking the loop on somebody else.
//
//   1. Regular files, and what the kernel cannot wait for, are read and written at once: they are always ready.
//   2. All others are waited for first (uv_poll), and then asked for no more than is there, or given no more than a
//      pipe that is ready takes. So their flags stay: O_NONBLOCK would be seen by everybody who shares them.
//   3. Errors are ErrorKind::kBodySource, in the words of errno, and begin with the name.
#ifndef TOOLS_FETCH_DESCRIPTOR_H_
#define TOOLS_FETCH_DESCRIPTOR_H_

#include <uv.h>

#include <cstddef>
#include <string>

#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/slice.h"
#include "client/net/uv_reactor.h"

namespace wavetank {

class Descriptor {
 public:
  enum class Owner { kUs, kOthers };  // ours is closed with this

  // `text` is what messages call it; `name` is what those who wait for it wait for.
  Descriptor(client::UvReactor& reactor, client::Name name, int number, Owner owner, std::string text);
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  // At most `bytes_max` > 0 bytes; empty at the end. One Read() or Write() at a time.
  // Cancel safety: no byte is taken that is not returned.
  client::Task<client::Result<client::Slice>> Read(size_t bytes_max);
  // All of `bytes`. Cancel safety: some of them may have been written.
  client::Task<client::Result<void>> Write(client::Slice bytes);
  // Closes it, if it is ours: what had been written may turn out to be lost.
  client::Result<void> Close();

  int number() const { return number_; }
  const std::string& text() const { return text_; }
  client::Name name() const { return name_; }

 private:
  client::Task<> Ready(int events);

  const client::Name name_;
  int number_;  // -1: closed
  const Owner owner_;
  const std::string text_;
  uv_poll_t* poll_ = nullptr;  // null: always ready; frees itself once libuv has closed it
  bool ready_ = false;
  client::Signal signal_;
};

}  // namespace wavetank

#endif  // TOOLS_FETCH_DESCRIPTOR_H_
