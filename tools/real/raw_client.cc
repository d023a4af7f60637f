// The floor on real sockets: the least code that sends requests and finds the ends of their responses. One epoll, no
// parser: a response has a Content-Length.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tools/real/job.h"

namespace tools {
namespace {

[[noreturn]] void Fail(const char* what) {
  perror(what);
  exit(1);
}

class RawClient {
 public:
  explicit RawClient(const Job& job)
      : job_(job), meter_(job), body_(job.write, 'x'), in_(job.read, '\0'), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const bool put = job.kind == Job::Kind::kPut;
    head_ = absl::StrCat(put ? "PUT " : "GET ", job.path, " HTTP/1.1\r\nHost: 127.0.0.1:", job.port, "\r\n",
                         put ? absl::StrCat("Content-Length: ", job.bytes, "\r\n") : "", "\r\n");
    upload_ = put ? job.bytes : 0;
  }

  void Run() {
    AllowDescriptors(job_.concurrency + 16);
    for (uint32_t i = 0; i < job_.concurrency && meter_.Another(); ++i) Open();
    std::vector<epoll_event> events(512);
    while (!meter_.finished()) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      if (ready < 0 && errno != EINTR) Fail("epoll_wait");
      for (int i = 0; i < ready; ++i) {
        Connection& connection = *static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
        if (connection.unsent > 0) SendBody(connection);
        if ((events[static_cast<size_t>(i)].events & ~uint32_t{EPOLLOUT}) != 0) Receive(connection);
      }
    }
    meter_.Print();
  }

 private:
  struct Connection {
    int fd = -1;
    uint64_t unsent = 0;  // bytes of the request's body
    bool waits = false;   // for room
    std::string head;     // of the response, as far as it has come
    bool in_body = false;
    uint64_t left = 0;  // bytes of the response's body
    uint64_t size = 0;
  };

  void Open() {
    connections_.push_back(std::make_unique<Connection>());
    Connection& connection = *connections_.back();
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(job_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Fail("connect");
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    Start(connection);
  }

  void Start(Connection& connection) {
    if (send(connection.fd, head_.data(), head_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(head_.size())) {
      Fail("send");
    }
    connection.unsent = upload_;
    if (upload_ > 0) SendBody(connection);
  }

  void SendBody(Connection& connection) {
    bool full = false;
    while (connection.unsent > 0 && !full) {
      const size_t size = std::min<uint64_t>(connection.unsent, body_.size());
      const ssize_t sent = send(connection.fd, body_.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) Fail("send");
      full = sent < static_cast<ssize_t>(size);
      if (sent > 0) connection.unsent -= static_cast<uint64_t>(sent);
    }
    if (full == connection.waits) return;
    connection.waits = full;
    epoll_event event = {};
    event.events = full ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
  }

  void Receive(Connection& connection) {
    const ssize_t got = recv(connection.fd, in_.data(), in_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) Fail("recv");
    absl::string_view bytes(in_.data(), static_cast<size_t>(got));
    if (!connection.in_body) {
      // A head that came in pieces is collected; mostly it is whole.
      if (!connection.head.empty()) {
        connection.head.append(bytes.data(), bytes.size());
        bytes = connection.head;
      }
      const size_t end = bytes.find("\r\n\r\n");
      if (end == absl::string_view::npos) {
        if (connection.head.empty()) connection.head = std::string(bytes);
        return;
      }
      connection.size = connection.left = ContentLength(bytes.substr(0, end + 2));
      connection.in_body = true;
      bytes.remove_prefix(end + 4);
    }
    if (bytes.size() > connection.left) Fail("more than the body");
    connection.left -= bytes.size();
    if (connection.left > 0) return;
    connection.in_body = false;
    connection.head.clear();
    meter_.Completed(job_.kind == Job::Kind::kPut ? job_.bytes : connection.size);
    if (meter_.Another()) Start(connection);
  }

  static uint64_t ContentLength(absl::string_view head) {
    constexpr absl::string_view kName = "\r\nContent-Length: ";
    const size_t at = head.find(kName);
    if (!absl::StartsWith(head, "HTTP/1.1 200 ") || at == absl::string_view::npos) Fail("not a response to count");
    return strtoull(head.data() + at + kName.size(), nullptr, 10);
  }

  const Job& job_;
  Meter meter_;
  std::string head_;
  const std::string body_;
  uint64_t upload_ = 0;
  std::string in_;
  const int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace
}  // namespace tools

int main(int argc, char** argv) {
  const tools::Job job = tools::ParseJob(argc, argv);
  tools::RawClient(job).Run();
  return 0;
}
