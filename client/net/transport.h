// The byte pipe of one connection, and the callbacks of whoever is at its end.
#ifndef CLIENT_NET_TRANSPORT_H_
#define CLIENT_NET_TRANSPORT_H_

#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/slice.h"

namespace client {

// Callbacks of a transport, each a step of its own on the connection's source, except PauseWriting(): that one is also
// called from inside Transport::Write(). A protocol is never called from inside a call of itself.
class Protocol {
 public:
  virtual ~Protocol() = default;

  // `bytes` is a slice of a buffer that the transport has filled, at most `max_read` of them.
  virtual void DataReceived(Slice bytes) = 0;

  // The peer will send nothing more (FIN). What was sent before it has been delivered. Writing may go on.
  virtual void EofReceived() = 0;

  // The end: nothing is called after this. `error` is ok() after Close(), and after the peer's FIN was answered by it.
  virtual void ConnectionLost(Result<void> error) = 0;

  // More than the high-water mark waits to be sent / as little as the low-water mark is left.
  virtual void PauseWriting() = 0;
  virtual void ResumeWriting() = 0;
};

// Owned by the user of the connection. Destroying it ends the connection at once, as close(2) does: bytes that were
// written and not yet sent are lost, and the peer sees a reset if anything it sent had not been read.
class Transport {
 public:
  virtual ~Transport() = default;

  // Starts the callbacks. `protocol` is not owned and must outlive the transport or its ConnectionLost(); it may be
  // replaced (an upgrade, a handshake that is over).
  virtual void SetProtocol(Protocol* protocol) = 0;

  // Queues bytes; never blocks. Ignored once the connection is lost or writing was shut down (a write to a connection
  // that the peer has reset makes the loss known even while reading is paused).
  virtual void Write(Slice bytes) = 0;

  // Sends FIN once everything written is sent. Reading goes on.
  virtual void WriteEof() = 0;

  // Sends what was written, then closes; ConnectionLost() follows. Nothing more is received.
  virtual void Close() = 0;

  // For who has said everything and is about to destroy the transport: tells the peer so, where more than FIN says it
  // (TLS: close_notify). It must have been the last. Waits for nothing: where there is no room for it, it is not said.
  virtual void SayGoodbye() {}

  // Stops and resumes DataReceived(). While paused neither FIN nor RST is reported. Both are idempotent.
  // Bytes that arrive while paused fill the receive window, after which the peer cannot send.
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;
  virtual bool reading_paused() const = 0;

  virtual bool writing_paused() const = 0;
  virtual size_t unsent_bytes() const = 0;
  // Close() was called or the connection is lost.
  virtual bool closing() const = 0;

  virtual Name name() const = 0;
};

}  // namespace client

#endif  // CLIENT_NET_TRANSPORT_H_
