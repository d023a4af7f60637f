// Where the transports of one loop read into: buffers that are used again as soon as nobody holds a slice of them.
//
// What a read leaves free at the end of a buffer is given to the next read, of any connection, so that a connection
// which sends byte by byte does not pin a whole buffer for each.
#ifndef CLIENT_NET_UV_READ_BUFFERS_H_
#define CLIENT_NET_UV_READ_BUFFERS_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "client/base/slice.h"

namespace client {

class UvReadBuffers {
 public:
  UvReadBuffers() = default;
  UvReadBuffers(const UvReadBuffers&) = delete;
  UvReadBuffers& operator=(const UvReadBuffers&) = delete;
  ~UvReadBuffers();

  // Room for a read of at most `size` bytes, and of at least half as many. Valid until the next Prepare().
  absl::Span<char> Prepare(size_t size);
  // The first `size` bytes of the room that was prepared last.
  Slice Take(size_t size);

 private:
  static constexpr size_t kKept = 64;   // buffers kept for later, at most
  static constexpr size_t kAlign = 64;  // bytes; slices begin at the start of a cache line, as far as new does

  void Switch(size_t capacity);

  Buffer* current_ = nullptr;
  size_t used_ = 0;  // bytes of current_
  std::vector<Buffer*> kept_;  // with a reference each; current_ is not among them
  size_t next_ = 0;            // in kept_: where to look first
};

}  // namespace client

#endif  // CLIENT_NET_UV_READ_BUFFERS_H_
