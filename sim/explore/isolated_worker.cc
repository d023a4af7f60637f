#include "sim/explore/isolated_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/base/check.h"
#include "sim/explore/host_clock.h"
#include "sim/world/arena.h"

namespace sim {
namespace {

constexpr size_t kOutputEnd = 8 << 10;  // bytes kept of either end of the output

void BecomeChild(pid_t parent, int output, uint64_t memory_max) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#if SIM_HAS_ARENA
  // Not the address space: arenas reserve much of it, and use little.
  const rlimit data{memory_max, memory_max};
  setrlimit(RLIMIT_DATA, &data);
#else
  (void)memory_max;  // the sanitizers' shadow counts as data
#endif
}

// The line that says most, or empty.
std::string TellingLine(absl::string_view output) {
  for (absl::string_view line : absl::StrSplit(output, '\n')) {
    if (absl::StrContains(line, "CHECK failed:") || absl::StrContains(line, ": runtime error: ")) {
      return std::string(line);
    }
    const size_t sanitizer = line.find("Sanitizer: ");
    if (absl::StrContains(line, "ERROR: ") && sanitizer != absl::string_view::npos) {
      return std::string(absl::StripAsciiWhitespace(line.substr(line.find("ERROR: ") + 7)));
    }
  }
  return "";
}

std::string DescribeStatus(int status) {
  if (!WIFSIGNALED(status)) return absl::StrCat("the process ended with status ", WEXITSTATUS(status));
  return absl::StrCat("killed by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")");
}

}  // namespace

bool IsolatedWorker::Child::WaitForRequest() {
  char byte;
  ssize_t n;
  do {
    n = recv(socket_, &byte, 1, 0);
  } while (n < 0 && errno == EINTR);
  return n == 1;
}

void IsolatedWorker::Child::Answer() {
  const char byte = 'a';
  ssize_t n;
  do {
    n = send(socket_, &byte, 1, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
}

void IsolatedWorker::Start(absl::FunctionRef<void(Child&)> body) {
  CHECK(!running());
  int sockets[2];
  int output[2];
  CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  CHECK_EQ(pipe2(output, O_CLOEXEC), 0);
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  CHECK_GE(pid, 0);
  if (pid == 0) {
    close(sockets[0]);
    close(output[0]);
    BecomeChild(parent, output[1], options_.memory_max);
    Child child(sockets[1]);
    body(child);
    std::fflush(nullptr);
    _exit(0);
  }
  close(sockets[1]);
  close(output[1]);
  pid_ = pid;
  socket_ = sockets[0];
  output_ = output[0];
  fcntl(output_, F_SETFL, O_NONBLOCK);
  fcntl(socket_, F_SETFL, O_NONBLOCK);
  asked_ = conversing_ = answered_ = false;
  seen_run_ = history_.run();
  seen_steps_ = history_.steps();
  seen_at_ns_ = HostNanos();
  hang_.clear();
  head_.clear();
  tail_.clear();
  ending_ = {};
}

void IsolatedWorker::Kill() {
  if (!running()) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  CloseAll();
}

void IsolatedWorker::CloseAll() {
  close(socket_);
  close(output_);
  socket_ = output_ = -1;
  pid_ = 0;
}

void IsolatedWorker::Ask() {
  CHECK(running());
  const char byte = 'q';
  asked_ = conversing_ = true;
  answered_ = false;
  seen_at_ns_ = HostNanos();
  // If the child is gone, Wait() will find out.
  (void)!send(socket_, &byte, 1, MSG_NOSIGNAL);
}

bool IsolatedWorker::TakeAnswer() {
  const bool answered = answered_;
  answered_ = false;
  return answered;
}

void IsolatedWorker::ReadOutput() {
  char buffer[4096];
  for (;;) {
    const ssize_t n = read(output_, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    absl::string_view bytes(buffer, static_cast<size_t>(n));
    const size_t to_head = std::min(bytes.size(), kOutputEnd - head_.size());
    head_.append(bytes.data(), to_head);
    bytes.remove_prefix(to_head);
    tail_.append(bytes.data(), bytes.size());
    if (tail_.size() > 2 * kOutputEnd) tail_.erase(0, tail_.size() - kOutputEnd);
  }
}

std::string IsolatedWorker::Output() const {
  if (tail_.size() <= kOutputEnd) return head_ + tail_;
  return absl::StrCat(head_, "\n...\n", tail_.substr(tail_.size() - kOutputEnd));
}

void IsolatedWorker::ReadSocket() {
  char buffer[16];
  for (;;) {
    const ssize_t n = recv(socket_, buffer, sizeof(buffer), 0);
    if (n > 0) {
      answered_ = true;
      asked_ = false;
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    Reap();  // the child's end was closed: it is gone, or about to be
    return;
  }
}

void IsolatedWorker::Watch(int64_t now_ns) {
  if (conversing_ && !asked_) return;
  if (history_.run() != seen_run_ || history_.steps() != seen_steps_) {
    seen_run_ = history_.run();
    seen_steps_ = history_.steps();
    seen_at_ns_ = now_ns;
    return;
  }
  if (now_ns - seen_at_ns_ < options_.step_limit_ns) return;
  hang_ = absl::StrCat("step ", history_.steps(), " did not return within ",
                       options_.step_limit_ns / 1'000'000, " ms of the host's time");
  kill(pid_, SIGKILL);
  Reap();
}

void IsolatedWorker::Reap() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ReadOutput();
  ending_.output = Output();
  if (!hang_.empty()) {
    ending_.crashed = true;
    ending_.reason = hang_;
  } else if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0) {
    ending_.crashed = true;
    ending_.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    ending_.reason = TellingLine(ending_.output);
    if (ending_.reason.empty()) ending_.reason = DescribeStatus(status);
  }
  CloseAll();
}

void IsolatedWorker::Wait(const std::vector<IsolatedWorker*>& workers, int64_t wait_ns) {
  std::vector<pollfd> fds;
  std::vector<IsolatedWorker*> owners;
  for (IsolatedWorker* worker : workers) {
    if (!worker->running()) continue;
    fds.push_back({worker->socket_, POLLIN, 0});
    fds.push_back({worker->output_, POLLIN, 0});
    owners.push_back(worker);
  }
  // Short enough for the watchdog to notice in time.
  const int64_t slice_ns = std::min<int64_t>(wait_ns, 100'000'000);
  poll(fds.data(), fds.size(), static_cast<int>((slice_ns + 999'999) / 1'000'000));
  const int64_t now = HostNanos();
  for (size_t i = 0; i < owners.size(); ++i) {
    // A pipe that is closed at the other end stays readable: only the socket says that the child is gone.
    if (fds[2 * i + 1].revents != 0) owners[i]->ReadOutput();
    if (fds[2 * i].revents != 0) owners[i]->ReadSocket();
    if (owners[i]->running()) owners[i]->Watch(now);
  }
}

std::string CrashClass(absl::string_view reason) {
  std::string kind;
  const absl::string_view line = reason.substr(0, reason.find('\n'));
  for (size_t i = 0; i < line.size(); ++i) {
    const bool hex = line[i] == '0' && i + 1 < line.size() && line[i + 1] == 'x';
    if (line[i] < '0' || line[i] > '9') {
      kind += line[i];
      continue;
    }
    if (hex) ++i;
    while (i + 1 < line.size() && absl::ascii_isxdigit(static_cast<unsigned char>(line[i + 1])) &&
           (hex || absl::ascii_isdigit(static_cast<unsigned char>(line[i + 1])))) {
      ++i;
    }
    kind += '#';
  }
  return kind;
}

}  // namespace sim
