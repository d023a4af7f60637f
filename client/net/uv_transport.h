// client::Transport on a socket of libuv's.
//
// The contract is in client/net/transport.h. Beyond it, as in the simulation:
//   1. One callback a step, on the connection's source. In this order: the loss, ResumeWriting(), DataReceived(),
//      EofReceived().
//   2. One chunk is read ahead of its step. Closing then, or with bytes unread in the kernel, resets the connection.
//   3. Write() gives to the kernel what it takes at once. The rest waits in slices, never copied, and is written as
//      many at a time as the kernel takes. unsent_bytes(), and with it the two water marks, count what waits here.
//   4. A reset is known when it has arrived, reading is not paused and nothing is left to deliver; or, paused or not,
//      when something waits to be written or is written. Linux delivers what arrived before it.
//   5. It may be destroyed in any callback, PauseWriting() inside Write() included.
#ifndef CLIENT_NET_UV_TRANSPORT_H_
#define CLIENT_NET_UV_TRANSPORT_H_

#include <cstddef>

#include "client/base/ring.h"
#include "client/base/slice.h"
#include "client/net/network.h"
#include "client/net/protocol_calls.h"
#include "client/net/transport.h"
#include "client/net/uv_socket.h"

namespace client {

class UvTransport final : public Transport, private UvSocket::User {
 public:
  // `socket` is connected.
  UvTransport(UvSocketPtr socket, const SocketOptions& options, Name name);
  ~UvTransport() override;

  void SetProtocol(Protocol* protocol) override;
  void Write(Slice bytes) override;
  void WriteEof() override;
  void Close() override;
  // Closes with a reset; what was written and has not been sent is lost. ConnectionLost() follows, as after Close().
  void Abort();
  void PauseReading() override { reading_paused_ = true; }
  void ResumeReading() override;
  bool reading_paused() const override { return reading_paused_; }
  bool writing_paused() const override { return writing_paused_; }
  size_t unsent_bytes() const override;
  bool closing() const override { return closing_ || lost_; }
  Name name() const override { return source_.name(); }

  // See UvSocket. Empty once closed.
  Address LocalAddress() const { return socket_ == nullptr ? Address() : socket_->LocalAddress(); }
  Address PeerAddress() const { return socket_ == nullptr ? Address() : socket_->PeerAddress(); }

 private:
  enum class Event : uint8_t { kNone, kLoss, kResumeWriting, kData, kEof };

  // UvSocket::User.
  void OnRead(Slice bytes) override;
  void OnEof() override;
  void OnReadError(int code) override;
  void OnWritten(int status) override;
  size_t Room() const override;

  void OnReady();
  Event Next() const;
  void Run(Event event);
  void RunLoss();
  bool WantsToRead() const;
  void ReadOn();
  void Flush();
  void WaitForRoom();
  void AfterFlush();
  void WriteFailed(int code);
  void CloseSocket();
  void PostIfDue();

  const SocketOptions options_;
  ProtocolCalls calls_;
  UvSocketPtr socket_;  // null once closed
  Slice arrived_;        // read, and not delivered
  Ring<Slice> writes_;
  size_t unsent_ = 0;    // bytes in writes_
  int read_error_ = 0;   // libuv's
  int write_error_ = 0;
  bool reading_paused_ = false;
  bool writing_paused_ = false;
  bool eof_arrived_ = false;
  bool eof_reported_ = false;
  bool eof_wanted_ = false;
  bool closing_ = false;
  bool lost_ = false;
  Source source_;
  Runnable ready_;
};

}  // namespace client

#endif  // CLIENT_NET_UV_TRANSPORT_H_
