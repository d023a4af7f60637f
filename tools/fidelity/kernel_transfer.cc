#include "tools/fidelity/kernel_transfer.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/fidelity/packet_wire.h"

namespace tools {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  void Set(int level, int option, int value) const { setsockopt(fd_, level, option, &value, sizeof(value)); }

 private:
  const int fd_;
};

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// What a sender had at most, in bytes.
struct Peaks {
  uint32_t window = 0;
  uint32_t unacknowledged = 0;

  void Look(int fd) {
    tcp_info info = {};
    socklen_t size = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) window = std::max(window, info.tcpi_snd_wnd);
    int queued = 0;
    if (ioctl(fd, SIOCOUTQ, &queued) == 0) unacknowledged = std::max(unacknowledged, static_cast<uint32_t>(queued));
  }
};

// Sends `bytes` from one to the other; false on an error.
bool Move(int from, int to, uint64_t bytes, Peaks& peaks) {
  std::string buffer(256 << 10, 'x');
  uint64_t sent = 0;
  uint64_t received = 0;
  while (received < bytes) {
    pollfd files[] = {{to, POLLIN, 0}, {sent < bytes ? from : -1, POLLOUT, 0}};
    if (poll(files, 2, 60'000) <= 0) return false;
    if (files[0].revents != 0) {
      const ssize_t size = recv(to, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size == 0 || (size < 0 && errno != EAGAIN)) return false;
      if (size > 0) received += static_cast<uint64_t>(size);
    }
    if (files[1].revents != 0) {
      const size_t limit = std::min<uint64_t>(bytes - sent, buffer.size());
      const ssize_t size = send(from, buffer.data(), limit, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (size < 0 && errno != EAGAIN) return false;
      if (size > 0) sent += static_cast<uint64_t>(size);
      peaks.Look(from);
    }
  }
  return true;
}

// Both ends of a connection that stands, on a wire of their own.
class Connection {
 public:
  // Null, and `why`, if there is none to be had.
  static std::unique_ptr<Connection> New(const Conditions& conditions, bool nagle, std::string& why) {
    auto wire = PacketWire::New({conditions.delay_ms * 1'000'000, conditions.mbits_per_second * 1'000'000}, why);
    if (wire == nullptr) return nullptr;
    auto self = std::unique_ptr<Connection>(new Connection(std::move(wire)));
    if (self->Connect(conditions, nagle)) return self;
    why = absl::StrCat("a connection: ", strerror(errno));
    return nullptr;
  }
  int client() const { return client_.fd(); }
  int server() const { return server_; }
  ~Connection() {
    if (server_ >= 0) close(server_);
  }

 private:
  explicit Connection(std::unique_ptr<PacketWire> wire)
      : wire_(std::move(wire)), listener_(wire_->NewSocket(1)), client_(wire_->NewSocket(0)) {}

  bool Connect(const Conditions& conditions, bool nagle) {
    listener_.Set(SOL_SOCKET, SO_RCVBUF, static_cast<int>(conditions.so_rcvbuf_kib << 10));
    client_.Set(SOL_SOCKET, SO_SNDBUF, static_cast<int>(conditions.so_sndbuf_kib << 10));
    client_.Set(IPPROTO_TCP, TCP_NODELAY, nagle ? 0 : 1);
    setsockopt(client_.fd(), IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(8080);
    address.sin_addr.s_addr = htonl(PacketWire::Address(1));
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_.fd(), any, sizeof(address)) != 0 || listen(listener_.fd(), 1) != 0) return false;
    if (connect(client_.fd(), any, sizeof(address)) != 0) return false;
    server_ = accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    return server_ >= 0;
  }

  const std::unique_ptr<PacketWire> wire_;
  const Descriptor listener_;
  const Descriptor client_;
  int server_ = -1;
};

}  // namespace

int64_t KernelTransferNs(Conditions& conditions, std::string& why) {
  const auto connection = Connection::New(conditions, /*nagle=*/false, why);
  if (connection == nullptr) return -1;
  Peaks peaks;
  const int64_t start_ns = NowNs();
  if (!Move(connection->client(), connection->server(), conditions.bytes, peaks)) {
    why = absl::StrCat("the transfer: ", strerror(errno));
    return -1;
  }
  const int64_t end_ns = NowNs();
  peaks.Look(connection->client());
  conditions.window_kib = peaks.window >> 10;
  conditions.send_buffer_kib = (peaks.unacknowledged + 1023) >> 10;
  return end_ns - start_ns;
}

int64_t KernelExchangeNs(int64_t delay_ms, bool nagle, std::string& why) {
  constexpr int kExchanges = 20;
  constexpr size_t kHalf = 100;
  const auto connection = Connection::New({delay_ms, 100, 0, 256, 256}, nagle, why);
  if (connection == nullptr) return -1;
  char bytes[2 * kHalf] = {};
  const int64_t start_ns = NowNs();
  for (int i = 0; i < kExchanges; ++i) {
    const bool done = send(connection->client(), bytes, kHalf, MSG_NOSIGNAL) == ssize_t{kHalf} &&
                      send(connection->client(), bytes, kHalf, MSG_NOSIGNAL) == ssize_t{kHalf} &&
                      recv(connection->server(), bytes, 2 * kHalf, MSG_WAITALL) == ssize_t{2 * kHalf} &&
                      send(connection->server(), bytes, kHalf, MSG_NOSIGNAL) == ssize_t{kHalf} &&
                      recv(connection->client(), bytes, kHalf, MSG_WAITALL) == ssize_t{kHalf};
    if (done) continue;
    why = absl::StrCat("an exchange: ", strerror(errno));
    return -1;
  }
  return (NowNs() - start_ns) / kExchanges;
}

}  // namespace tools
