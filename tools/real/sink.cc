// A server for what nginx has no word for: it drops the bodies of requests unread, and keeps GET /gather/N waiting
// until N have come, so that N connections stand at once. Prints the port that it listens on, and serves until it is
// killed or its standard input ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "tools/real/job.h"

namespace tools {
namespace {

constexpr absl::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

class Sink {
 public:
  void Run() {
    AllowDescriptors(64);
    Listen();
    Watch(STDIN_FILENO);
    std::vector<epoll_event> events(512);
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        const int fd = events[static_cast<size_t>(i)].data.fd;
        if (fd == STDIN_FILENO) {
          if (read(fd, in_.data(), in_.size()) <= 0) return;
        } else if (fd == listener_) {
          Accept();
        } else {
          Serve(fd);
        }
      }
    }
  }

 private:
  struct Connection {
    std::string head;
    uint64_t left = 0;  // bytes of the body
  };

  void Listen() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16384) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      perror("sink");
      exit(1);
    }
    Watch(listener_);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
  }
  void Watch(int fd) {
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  void Accept() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      if (connections_.size() <= static_cast<size_t>(fd)) connections_.resize(static_cast<size_t>(fd) + 1);
      connections_[static_cast<size_t>(fd)] = Connection();
      Watch(fd);
    }
  }

  void Serve(int fd) {
    Connection& connection = connections_[static_cast<size_t>(fd)];
    // With MSG_TRUNC the kernel drops the bytes instead of copying them: what is measured is the sender.
    const bool in_body = connection.left > 0;
    const size_t limit = in_body ? std::min<uint64_t>(connection.left, 1 << 20) : in_.size();
    const ssize_t got = recv(fd, in_.data(), limit, in_body ? MSG_TRUNC : 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      close(fd);
      gathered_.erase(std::remove(gathered_.begin(), gathered_.end(), fd), gathered_.end());
      return;
    }
    if (in_body) {
      connection.left -= static_cast<uint64_t>(got);
      if (connection.left == 0) Answer(fd);
      return;
    }
    connection.head.append(in_.data(), static_cast<size_t>(got));
    const size_t end = connection.head.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = std::exchange(connection.head, std::string());
    Begin(fd, absl::string_view(head).substr(0, end + 2), head.size() - end - 4);
  }

  void Begin(int fd, absl::string_view head, size_t of_body) {
    constexpr absl::string_view kGather = "GET /gather/";
    constexpr absl::string_view kLength = "\r\ncontent-length: ";
    if (absl::StartsWith(head, kGather)) {
      gathered_.push_back(fd);
      if (gathered_.size() < strtoull(head.data() + kGather.size(), nullptr, 10)) return;
      for (int waiting : std::exchange(gathered_, {})) Answer(waiting);
      return;
    }
    const std::string lower = absl::AsciiStrToLower(head);
    const size_t at = lower.find(kLength.data(), 0, kLength.size());
    const uint64_t length = at == std::string::npos ? 0 : strtoull(lower.c_str() + at + kLength.size(), nullptr, 10);
    connections_[static_cast<size_t>(fd)].left = length - std::min<uint64_t>(length, of_body);
    if (connections_[static_cast<size_t>(fd)].left == 0) Answer(fd);
  }
  static void Answer(int fd) {
    if (send(fd, kOk.data(), kOk.size(), MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET) perror("sink");
  }

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int listener_ = -1;
  std::string in_ = std::string(64 << 10, '\0');
  std::vector<Connection> connections_;  // by descriptor
  std::vector<int> gathered_;
};

}  // namespace
}  // namespace tools

int main() {
  tools::Sink().Run();
  return 0;
}
