#include "client/net/uv_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "client/base/check.h"

namespace client {
namespace {

constexpr int kBacklog = 1024;
constexpr unsigned kKeepAliveSeconds = 60;

UvSocket& Of(void* data) { return *static_cast<UvSocket*>(data); }

int Parse(const Address& address, sockaddr_storage& out) {
  const char* const ip = address.ip.c_str();
  if (uv_ip4_addr(ip, address.port, reinterpret_cast<sockaddr_in*>(&out)) == 0) return 0;
  return uv_ip6_addr(ip, address.port, reinterpret_cast<sockaddr_in6*>(&out));
}

Address AddressOf(int (*get)(const uv_tcp_t*, sockaddr*, int*), const uv_tcp_t& handle) {
  sockaddr_storage at;
  int size = sizeof(at);
  char text[INET6_ADDRSTRLEN];
  if (get(&handle, reinterpret_cast<sockaddr*>(&at), &size) != 0) return {};
  if (at.ss_family == AF_INET6) {
    const auto* const v6 = reinterpret_cast<sockaddr_in6*>(&at);
    return uv_ip6_name(v6, text, sizeof(text)) == 0 ? Address{text, ntohs(v6->sin6_port)} : Address();
  }
  const auto* const v4 = reinterpret_cast<sockaddr_in*>(&at);
  return uv_ip4_name(v4, text, sizeof(text)) == 0 ? Address{text, ntohs(v4->sin_port)} : Address();
}

// libuv would cut it short.
int PathOf(const Address& address, std::string& out) {
  out = std::string(absl::StripPrefix(address.ip, "unix:"));
  return out.size() < sizeof(sockaddr_un::sun_path) ? 0 : UV_ENAMETOOLONG;
}

}  // namespace

void UvSocketCloser::operator()(UvSocket* socket) const { socket->Close(); }

UvSocketPtr UvSocket::New(UvReactor& reactor, const Address& address) {
  auto* const socket = new UvSocket(reactor);
  socket->is_unix_ = address.is_unix();
  CHECK_EQ(socket->is_unix_ ? uv_pipe_init(reactor.uv(), &socket->handle_.pipe, 0)
                            : uv_tcp_init(reactor.uv(), &socket->handle_.tcp),
           0);
  socket->handle_.handle.data = socket;
  return UvSocketPtr(socket);
}

void UvSocket::Close() {
  user_ = nullptr;
  const uv_close_cb closed = [](uv_handle_t* handle) { Of(handle->data).Closed(); };
  if (watching_) {
    // libuv leaves the file of a uv_poll_t open.
    uv_os_fd_t copy;
    const bool open = uv_fileno(reinterpret_cast<uv_handle_t*>(&watch_), &copy) == 0;
    uv_close(reinterpret_cast<uv_handle_t*>(&watch_), closed);
    if (open) close(copy);
  }
  uv_close(&handle_.handle, closed);
}

void UvSocket::Closed() {
  if (--open_handles_ == 0) delete this;
}

int UvSocket::fd() const {
  uv_os_fd_t fd = -1;
  return uv_fileno(&handle_.handle, &fd) == 0 ? fd : -1;
}

int UvSocket::Connect(const Address& address) {
  connect_.data = this;
  const uv_connect_cb connected = [](uv_connect_t* request, int status) {
    UvSocket& socket = Of(request->data);
    if (socket.user_ != nullptr) socket.user_->OnConnected(status);
  };
  if (is_unix_) {
    std::string path;
    if (const int error = PathOf(address, path)) return error;
    uv_pipe_connect(&connect_, &handle_.pipe, path.c_str(), connected);
    return 0;
  }
  sockaddr_storage to;
  if (const int error = Parse(address, to)) return error;
  return uv_tcp_connect(&connect_, &handle_.tcp, reinterpret_cast<sockaddr*>(&to), connected);
}

int UvSocket::Listen(const Address& address) {
  int error;
  if (is_unix_) {
    std::string path;
    error = PathOf(address, path);
    if (error == 0) error = uv_pipe_bind(&handle_.pipe, path.c_str());
  } else {
    sockaddr_storage at;
    error = Parse(address, at);
    if (error == 0) error = uv_tcp_bind(&handle_.tcp, reinterpret_cast<sockaddr*>(&at), 0);
  }
  if (error != 0) return error;
  return uv_listen(&handle_.stream, kBacklog, [](uv_stream_t* stream, int status) {
    UvSocket& socket = Of(stream->data);
    if (socket.user_ != nullptr) socket.user_->OnIncoming(status);
  });
}

int UvSocket::Accept(UvSocket& listener) { return uv_accept(&listener.handle_.stream, &handle_.stream); }

void UvSocket::SetOptions() {
  if (is_unix_) return;
  // A connection may be lost already: then there is nothing to be set.
  uv_tcp_nodelay(&handle_.tcp, 1);
  uv_tcp_keepalive(&handle_.tcp, 1, kKeepAliveSeconds);
}

Address UvSocket::LocalAddress() const { return is_unix_ ? Address() : AddressOf(uv_tcp_getsockname, handle_.tcp); }

Address UvSocket::PeerAddress() const { return is_unix_ ? Address() : AddressOf(uv_tcp_getpeername, handle_.tcp); }

void UvSocket::StartReading() {
  const uv_alloc_cb prepare = [](uv_handle_t* handle, size_t, uv_buf_t* out) {
    UvSocket& socket = Of(handle->data);
    const size_t room = socket.user_ == nullptr ? 0 : socket.user_->Room();
    if (room == 0) return;  // `out` is empty: UV_ENOBUFS
    const absl::Span<char> space = socket.reactor_.read_buffers().Prepare(room);
    *out = uv_buf_init(space.data(), static_cast<unsigned>(space.size()));
  };
  const uv_read_cb read = [](uv_stream_t* stream, ssize_t size, const uv_buf_t*) { Of(stream->data).OnRead(size); };
  uv_read_start(&handle_.stream, prepare, read);
}

void UvSocket::StopReading() { uv_read_stop(&handle_.stream); }

void UvSocket::OnRead(ssize_t size) {
  if (size == 0 || user_ == nullptr) return;
  if (size > 0) return user_->OnRead(reactor_.read_buffers().Take(static_cast<size_t>(size)));
  if (size == UV_ENOBUFS) return user_->OnRead(Slice());
  if (size != UV_EOF) return user_->OnReadError(static_cast<int>(size));
  // libuv says "end" as well when a reset comes with the last bytes.
  const int error = TakeError();
  if (error != 0) return user_->OnReadError(error);
  user_->OnEof();
}

int UvSocket::TakeError() {
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return 0;
  return uv_translate_sys_error(error);
}

ssize_t UvSocket::TryWrite(absl::Span<const uv_buf_t> bytes) {
  const int sent = uv_try_write(&handle_.stream, bytes.data(), static_cast<unsigned>(bytes.size()));
  return sent == UV_EAGAIN ? 0 : sent;
}

ssize_t UvSocket::Write(Ring<Slice>& slices) {
  uv_buf_t bytes[kSlices];
  unsigned count = 0;
  size_t taken = 0;
  for (size_t left = kBytes; count < kSlices && left > 0 && !slices.empty(); ++count) {
    Slice& first = slices.front();
    const size_t size = std::min(first.size(), left);
    sending_[count] = first.Sub(0, size);
    bytes[count] = uv_buf_init(const_cast<char*>(first.data()), static_cast<unsigned>(size));
    left -= size;
    taken += size;
    first.RemovePrefix(size);
    if (first.empty()) slices.pop_front();
  }
  write_.data = this;
  writing_ = true;
  const int error = uv_write(&write_, &handle_.stream, bytes, count, [](uv_write_t* request, int status) {
    UvSocket& socket = Of(request->data);
    socket.writing_ = false;
    socket.sending_.fill(Slice());
    if (socket.user_ != nullptr) socket.user_->OnWritten(status);
  });
  if (error == 0) return static_cast<ssize_t>(taken);
  writing_ = false;
  return error;
}

void UvSocket::ShutDown() { shutdown(fd(), SHUT_WR); }

void UvSocket::ResetOnClose() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

void UvSocket::WatchForReset() {
  if (watching_) return;
  // A copy, since libuv serves each file once; for nothing but errors: the end of the stream stays readable for ever.
  const int copy = fcntl(fd(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return;
  if (uv_poll_init(reactor_.uv(), &watch_, copy) != 0) {
    close(copy);
    return;
  }
  watching_ = true;
  ++open_handles_;
  watch_.data = this;
  uv_poll_start(&watch_, UV_PRIORITIZED, [](uv_poll_t* watch, int, int) {
    uv_poll_stop(watch);  // one error is all there can be, and a hang-up does not go away
    UvSocket& socket = Of(watch->data);
    const int error = socket.TakeError();
    if (error != 0 && socket.user_ != nullptr) socket.user_->OnReadError(error);
  });
}

}  // namespace client
