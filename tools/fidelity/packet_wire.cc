#include "tools/fidelity/packet_wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tools {
namespace {

constexpr char kDevice[] = "wire";
constexpr size_t kPacket = 2048;  // bytes; the devices' MTU is 1500

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::string Error(const char* what) { return absl::StrCat(what, ": ", strerror(errno)); }

// A device in the namespace of the thread; -1 and `why` if there is none to be had.
int OpenTun(std::string& why) {
  const int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) {
    why = Error("/dev/net/tun");
    return -1;
  }
  ifreq request = {};
  strcpy(request.ifr_name, kDevice);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(tun, TUNSETIFF, &request) == 0) return tun;
  why = Error("TUNSETIFF");
  close(tun);
  return -1;
}

bool Configure(uint32_t ip, std::string& why) {
  const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto set = [control](unsigned long what, uint32_t value) {
    ifreq request = {};
    strcpy(request.ifr_name, kDevice);
    auto& address = reinterpret_cast<sockaddr_in&>(request.ifr_addr);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(value);
    return ioctl(control, what, &request) == 0;
  };
  ifreq up = {};
  strcpy(up.ifr_name, kDevice);
  up.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool done = set(SIOCSIFADDR, ip) && set(SIOCSIFNETMASK, 0xffffff00) && ioctl(control, SIOCSIFFLAGS, &up) == 0;
  if (!done) why = Error("the device's address");
  close(control);
  return done;
}

}  // namespace

uint32_t PacketWire::Address(int end) { return 0x0a630001 + static_cast<uint32_t>(end); }  // 10.99.0.1 and .2

std::unique_ptr<PacketWire> PacketWire::New(const Options& options, std::string& why) {
  auto wire = std::unique_ptr<PacketWire>(new PacketWire(options));
  for (int end : {0, 1}) {
    if (!wire->MakeEnd(end, why)) return nullptr;
  }
  wire->stop_ = eventfd(0, EFD_CLOEXEC);
  wire->carrier_ = std::thread([self = wire.get()] { self->Carry(); });
  return wire;
}

bool PacketWire::MakeEnd(int end, std::string& why) {
  if (unshare(CLONE_NEWNET) != 0 && (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)) {
    why = Error("a network namespace");
    return false;
  }
  namespace_[end] = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  tun_[end] = OpenTun(why);
  return tun_[end] >= 0 && Configure(Address(end), why);
}

PacketWire::~PacketWire() {
  if (carrier_.joinable()) {
    const uint64_t one = 1;
    if (write(stop_, &one, sizeof(one)) < 0) abort();
    carrier_.join();
  }
  for (const int fd : {stop_, tun_[0], tun_[1], namespace_[0], namespace_[1]}) {
    if (fd >= 0) close(fd);
  }
}

int PacketWire::NewSocket(int end) const {
  if (setns(namespace_[end], CLONE_NEWNET) == 0) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) return fd;
  }
  perror("a socket of the wire");
  exit(1);
}

void PacketWire::Carry() {
  struct Packet {
    int64_t due_ns;
    std::string bytes;
  };
  struct Direction {
    std::deque<Packet> packets;
    int64_t free_ns = 0;  // when the last bit has left
  };
  // Before whatever else runs on the machine, where that is allowed: packets are kept as long as they should be.
  prctl(PR_SET_TIMERSLACK, 1000);
  sched_param priority = {};
  priority.sched_priority = sched_get_priority_min(SCHED_RR);
  sched_setscheduler(0, SCHED_RR, &priority);
  Direction directions[2];  // by the end that sends
  char buffer[kPacket];
  for (;;) {
    int64_t next_ns = NowNs() + 1'000'000'000;
    for (const Direction& direction : directions) {
      if (!direction.packets.empty()) next_ns = std::min(next_ns, direction.packets.front().due_ns);
    }
    const int64_t wait_ns = std::max<int64_t>(0, next_ns - NowNs());
    const timespec timeout = {wait_ns / 1'000'000'000, wait_ns % 1'000'000'000};
    pollfd files[] = {{tun_[0], POLLIN, 0}, {tun_[1], POLLIN, 0}, {stop_, POLLIN, 0}};
    ppoll(files, 3, &timeout, nullptr);
    if (files[2].revents != 0) return;
    for (int end : {0, 1}) {
      Direction& direction = directions[end];
      ssize_t size;
      while ((size = read(tun_[end], buffer, sizeof(buffer))) > 0) {
        if ((buffer[0] & 0xf0) != 0x40) continue;  // IPv6 looks for its router
        const int64_t now_ns = NowNs();
        const int64_t bits = int64_t{size} * 8;
        const int64_t line_ns =
            options_.bits_per_second == 0 ? 0 : bits * 1'000'000'000 / options_.bits_per_second;
        direction.free_ns = std::max(direction.free_ns, now_ns) + line_ns;
        direction.packets.push_back(
            {direction.free_ns + options_.delay_ns, std::string(buffer, static_cast<size_t>(size))});
      }
      const int64_t now_ns = NowNs();
      while (!direction.packets.empty() && direction.packets.front().due_ns <= now_ns) {
        const std::string& bytes = direction.packets.front().bytes;
        if (write(tun_[1 - end], bytes.data(), bytes.size()) < 0 && errno != EIO) perror("the wire");
        direction.packets.pop_front();
      }
    }
  }
}

}  // namespace tools
