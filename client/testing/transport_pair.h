// Two transports that are each other's peers: a byte pipe both ways, with windows, and with faults at any byte.
//
//   TransportPair pair(loop, TransportPair::Options());
//   std::unique_ptr<Transport> client = pair.Take(0), server = pair.Take(1);
//   pair.SplitAt(0, 17);   // what end 0 sends is delivered in two parts, cut there
#ifndef CLIENT_TESTING_TRANSPORT_PAIR_H_
#define CLIENT_TESTING_TRANSPORT_PAIR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "client/net/event_loop.h"
#include "client/net/network.h"
#include "client/net/transport.h"

namespace client::testing {

class TransportPair {
 public:
  struct Options {
    SocketOptions socket;
    size_t window = 64 << 10;  // bytes that have arrived and are not read
  };
  static constexpr uint64_t kNever = ~uint64_t{0};

  TransportPair(EventLoop& loop, const Options& options);
  TransportPair(const TransportPair&) = delete;
  TransportPair& operator=(const TransportPair&) = delete;
  ~TransportPair();  // both transports must be gone

  std::unique_ptr<Transport> Take(int end);  // once each

  // Of what `end` sends; offsets count from the first byte of all.
  void SplitAt(int end, uint64_t offset) { directions_[end].split = offset; }
  void CutAt(int end, uint64_t offset) { directions_[end].cut = offset; }  // FIN, in place of what follows
  void FlipAt(int end, uint64_t offset) { directions_[end].flip = offset; }  // a bit
  void Reset(int end);  // `end` is told so
  uint64_t sent(int end) const { return directions_[end].sent; }
  uint64_t delivered(int end) const { return directions_[end].delivered; }
  size_t waiting() const;  // bytes, everywhere
  bool paused(int end) const;

 private:
  class End;
  struct Direction {
    std::string unsent;
    std::string arrived;
    uint64_t sent = 0;       // accepted from the writer
    uint64_t delivered = 0;  // to the reader
    uint64_t split = kNever;
    uint64_t cut = kNever;
    uint64_t flip = kNever;
    bool fin_wanted = false;
    bool fin = false;
  };
  void Move(int end);

  const Options options_;
  Direction directions_[2];
  std::unique_ptr<End> made_[2];
  End* ends_[2];
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_TRANSPORT_PAIR_H_
