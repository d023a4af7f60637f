// A wire between two network namespaces: packets of the kernel's are kept for a while, and sent on at a rate.
//
// Each end is a TUN device in a namespace of its own; a thread carries the packets. It does what netem does with
// `delay`, `rate` and a queue without a limit, on kernels without netem as well: nothing is lost or reordered. A packet
// leaves when the one before it has left and its own bits have, headers included, and arrives `delay_ns` later.
//
// Namespaces and devices end with the object, or with the process, however that ends. Root is needed, or a kernel that
// lets users have namespaces of their own.
#ifndef TOOLS_FIDELITY_PACKET_WIRE_H_
#define TOOLS_FIDELITY_PACKET_WIRE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace tools {

class PacketWire {
 public:
  struct Options {
    int64_t delay_ns = 0;         // one way
    int64_t bits_per_second = 0;  // each way; 0: no limit
  };

  // Null, and `why`, if the machine does not let us. Leaves the calling thread in a namespace of the wire's: whoever
  // calls makes all wires, and needs no other network.
  static std::unique_ptr<PacketWire> New(const Options& options, std::string& why);
  PacketWire(const PacketWire&) = delete;
  PacketWire& operator=(const PacketWire&) = delete;
  ~PacketWire();

  // A TCP socket at that end, 0 or 1; the caller closes it. Ends the process if there is none to be had.
  int NewSocket(int end) const;
  static uint32_t Address(int end);  // in the order of the host

 private:
  explicit PacketWire(const Options& options) : options_(options) {}
  bool MakeEnd(int end, std::string& why);
  void Carry();

  const Options options_;
  int namespace_[2] = {-1, -1};
  int tun_[2] = {-1, -1};
  int stop_ = -1;
  std::thread carrier_;
};

}  // namespace tools

#endif  // TOOLS_FIDELITY_PACKET_WIRE_H_
