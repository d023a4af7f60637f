// A stream socket of libuv's, TCP or Unix: being connected, accepted, or connected.
//
// libuv closes handles in a later turn, and writes to their memory until then. So the memory is the handle's own: who
// lets go of a UvSocketPtr closes the file at once, hears nothing more, and the rest frees itself in time.
#ifndef CLIENT_NET_UV_SOCKET_H_
#define CLIENT_NET_UV_SOCKET_H_

#include <sys/types.h>
#include <uv.h>

#include <array>
#include <cstddef>
#include <memory>

#include "absl/types/span.h"
#include "client/base/ring.h"
#include "client/base/slice.h"
#include "client/net/network.h"
#include "client/net/uv_reactor.h"

namespace client {

class UvSocket;

struct UvSocketCloser {
  void operator()(UvSocket* socket) const;
};
using UvSocketPtr = std::unique_ptr<UvSocket, UvSocketCloser>;

class UvSocket {
 public:
  // Called in libuv's callbacks, between steps: may close the socket, and otherwise only takes notes and posts.
  class User {
   public:
    virtual void OnConnected(int status) {}  // 0, or one of libuv's errors
    // `bytes` are none if there is no room to read into: see Room().
    virtual void OnIncoming(int status) {}   // of a listener: there is one to Accept()
    virtual void OnRead(Slice bytes) {}
    virtual void OnEof() {}
    virtual void OnReadError(int code) {}
    virtual void OnWritten(int status) {}  // what was given to Write() has been sent
    // How much OnRead() can take now, in bytes; 0: nothing, it is called without bytes.
    virtual size_t Room() const { return 0; }

   protected:
    ~User() = default;
  };

  // For an address of that kind.
  static UvSocketPtr New(UvReactor& reactor, const Address& address);
  UvSocket(const UvSocket&) = delete;
  UvSocket& operator=(const UvSocket&) = delete;

  void set_user(User* user) { user_ = user; }  // not owned; null: nobody hears
  UvReactor& reactor() const { return reactor_; }

  // Each returns 0 or an error of libuv's, after which no callback comes.
  int Connect(const Address& address);
  int Listen(const Address& address);
  int Accept(UvSocket& listener);
  void SetOptions();  // no delay, keep-alive: of one that is connected
  // Of this end, and of the other. Those of Unix sockets, and of lost connections, are empty.
  Address LocalAddress() const;
  Address PeerAddress() const;

  void StartReading();  // idempotent, as is the other
  void StopReading();

  // The bytes that the kernel took at once, possibly none, or an error. Requires !writing().
  ssize_t TryWrite(absl::Span<const uv_buf_t> bytes);
  // Takes some of the front of `slices` and sends them when there is room. Returns how many bytes it has taken, or an
  // error. Requires !writing(), and that there are any.
  ssize_t Write(Ring<Slice>& slices);
  bool writing() const { return writing_; }
  // What of Write() has not been sent.
  size_t write_queue_bytes() const { return handle_.stream.write_queue_size; }

  void ShutDown();  // FIN behind what was sent
  // Reports, by OnReadError(), a reset that comes after the end of the stream. Nothing else would hear of it.
  void WatchForReset();
  // Closing will reset the connection, whatever was or was not received.
  void ResetOnClose();

 private:
  friend struct UvSocketCloser;
  explicit UvSocket(UvReactor& reactor) : reactor_(reactor) {}
  ~UvSocket() = default;
  void Close();
  void Closed();  // one of the handles
  int fd() const;
  void OnRead(ssize_t size);
  int TakeError();  // what went wrong with the connection, of libuv's; 0: nothing

  static constexpr size_t kSlices = 4;             // uv_write() allocates for more
  static constexpr size_t kBytes = size_t{256} << 10;  // so that progress is heard of

  UvReactor& reactor_;
  User* user_ = nullptr;
  bool is_unix_ = false;
  bool writing_ = false;
  bool watching_ = false;
  int open_handles_ = 1;
  union {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } handle_;
  uv_poll_t watch_;
  uv_connect_t connect_;
  uv_write_t write_;
  std::array<Slice, kSlices> sending_;
};

}  // namespace client

#endif  // CLIENT_NET_UV_SOCKET_H_
