// A world in which the seam is tried: see seam_conformance.h.
#ifndef CLIENT_TESTING_SEAM_WORLD_H_
#define CLIENT_TESTING_SEAM_WORLD_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/functional/function_ref.h"
#include "client/net/event_loop.h"
#include "client/net/network.h"
#include "client/net/transport.h"

namespace client::testing {

class SeamWorld {
 public:
  using Accepted = std::function<void(std::unique_ptr<Transport>)>;

  virtual ~SeamWorld() = default;

  virtual EventLoop& loop() = 0;
  virtual Network& network() = 0;

  // Listens on an address that is free; one at a time. `options` are those of the server's ends. Each connection is
  // given to `accepted` in a step of its own, which may stop the listening.
  virtual Address Listen(const SocketOptions& options, Accepted accepted) = 0;
  virtual void StopListening() = 0;
  virtual Address Unreachable() const = 0;  // nobody answers there

  // Runs until `done`; false if that cannot happen any more, or did not happen in any reasonable time.
  virtual bool RunUntil(absl::FunctionRef<bool()> done) = 0;
  // Runs until nothing happens any more, as far as one can tell: what must not happen had its chance.
  virtual void Settle() = 0;

  // There are resets. Unix sockets have none to answer a write to an end that has closed, which fails at once; nor can
  // an end that has read everything be closed by one.
  virtual bool resets() const { return true; }

  // There is TLS on the connections, whose bytes have an end of their own, close_notify. So an end that is closed says
  // so even if the connection then ends by a reset; one that is destroyed was cut, and its peer is told so; steps are
  // those of the connection's source or of its child "tls"; and a slice may have a record (16 KiB) more than max_read:
  // the records that have come are delivered at once, or else the reader would be paused by what he was not given.
  virtual bool tls() const { return false; }

  // Bytes, more than all buffers between a writer and a reader who does not read can hold.
  virtual size_t more_than_fits() const = 0;
};

// Makes a world with buffers of any size.
using MakeSeamWorld = std::unique_ptr<SeamWorld> (*)();

}  // namespace client::testing

#endif  // CLIENT_TESTING_SEAM_WORLD_H_
