// One direction of a byte pipe: what lies between send(2) at one end and recv(2) at the other.
//
//     Write() -> [ send buffer ] -> launch -> [ in flight ] -> arrival -> [ receive buffer ] -> Read()
//                 <= send_buffer               '----------- <= window ----------'
//
//   1. Bytes are copied once in and once out, and never change their order. Between the two only counters move.
//   2. A launch takes bytes from the send buffer as far as the window lets it. It decides `link.fate` (fault_plan.h),
//      `link.split` (all at once up to max_segment; 1 byte; to the end of the current write; all but one byte) and
//      `link.delay` (a menu, ns). The direction's name asks.
//   3. Arrival is at max(arrival of what is before it, now + delay + latency + transmission time). Each segment arrives
//      as a step of its own, also after no time at all. Neighbours that were launched "all at once" and arrive at the
//      same moment are one segment.
//   4. Reading opens the window by max_segment or half a window at a time (RFC 9293, 3.8.6.2.2), and all of it when
//      nothing is left in it. The news of it takes no time.
//   5. FIN arrives behind the bytes. RST overtakes what has not arrived, which is lost, and with reset_discards_unread
//      what was not read either (BSD, Windows; Linux lets it be read).
//   6. A writer who was turned away hears of room once a third of the send buffer is free, as in Linux.
//   7. Bytes that reach a reader who has closed are dropped and answered by a reset: LinkUser::ArrivedAtClosed().
//   8. With Options::tcp a link is as slow as a real one (sim/README.md says how near it comes). The news of 4 takes
//      the latency. What was sent stays in the send buffer until it is acknowledged, a latency after its arrival. Ten
//      segments are sent at first, and one more for each that is acknowledged: slow start, without an end, since
//      nothing is ever lost (RFC 5681, RFC 6928). Headers take transmission time. A segment that a window would cut
//      short waits for an acknowledgement (RFC 9293, 3.8.6.2.1); there is no Nagle.
//
// Sizes are bytes, times int64 nanoseconds. Nothing is allocated per segment once warm.
#ifndef SIM_NET_LINK_H_
#define SIM_NET_LINK_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "absl/strings/string_view.h"
#include "client/base/ring.h"
#include "sim/net/byte_queue.h"
#include "sim/net/fault_plan.h"
#include "sim/world/world.h"

namespace sim {

class Link;

// Whoever joins two links into a connection. Called from inside a link's functions: it may tell others by posting, and
// may call the other link, but must not destroy this one.
class LinkUser {
 public:
  virtual void Arrived(Link& link) = 0;          // bytes, FIN or RST, at the reader's end
  virtual void RoomAgain(Link& link) = 0;        // at the writer's end, after a short Write()
  virtual void ArrivedAtClosed(Link& link) = 0;  // bytes, but the reader has closed
  virtual void HitByReset(Link& link) = 0;       // Fate::kReset

 protected:
  ~LinkUser() = default;
};

class Link {
 public:
  static constexpr uint32_t kTcpSegment = 1448;  // bytes of the user's in a packet of 1500

  struct Options {
    uint32_t send_buffer = 64 << 10;
    uint32_t window = 64 << 10;
    uint32_t max_segment = 64 << 10;
    int64_t bytes_per_second = 0;  // 0: no transmission time
    int64_t latency_ns = 0;
    bool reset_discards_unread = true;
    bool tcp = false;
  };

  // `name` is that of the direction, `reader` that of the end where bytes arrive (in the trace). Nothing is owned.
  Link(World& world, FaultPlan& faults, ChunkPool& chunks, const Options& options, Name name, Name reader,
       LinkUser& user);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  Name name() const { return name_; }

  // Writer's end. Write() returns how much was accepted: nothing after Fin() or Rst(), or once Abort() was called.
  size_t Write(absl::string_view bytes);
  void Fin();
  // Drops what has not arrived and sends RST. `now` passes by a hold and takes no time.
  void Rst(bool now = false);
  // The writer's end is dead: forget everything that it wrote and that has not arrived.
  void Abort();
  bool fin_sent() const { return fin_ != Mark::kNone; }
  bool rst_sent() const { return rst_ != Mark::kNone; }
  size_t room() const { return options_.send_buffer - unsent_ - unacknowledged(); }
  size_t unsent() const { return unsent_; }
  size_t in_flight() const { return in_flight_; }

  // Reader's end. Read() takes min(size, unread()) bytes.
  size_t Read(char* to, size_t size);
  size_t unread() const { return unread_; }
  bool fin_arrived() const { return fin_ == Mark::kArrived; }
  bool rst_arrived() const { return rst_ == Mark::kArrived; }
  void CloseReader();

  // Ends a hold: what was held arrives now, in order.
  void Heal();
  bool holding() const { return held_ && (!segments_.empty() || Flying(fin_) || Flying(rst_)); }

 private:
  enum class Mark : uint8_t { kNone, kWanted, kFlying, kArrived };
  struct Segment {
    int64_t arrival_ns = 0;
    uint32_t bytes = 0;
    bool sealed = false;  // nothing may be joined to it
  };
  static constexpr int64_t kHeldNs = std::numeric_limits<int64_t>::max();
  static bool Flying(Mark mark) { return mark == Mark::kFlying; }

  void Launch();
  void LaunchFin();
  void HalfClose();
  uint32_t ChooseSize(uint32_t limit);
  int64_t ChooseArrival(uint32_t bytes);
  void TakeFromWrites(uint32_t bytes);
  void ScheduleHead();
  void Deliver();
  void DeliverSegment();
  void DropUnsent();
  void DropUnarrived();
  void OpenWindow(size_t bytes);

  struct Tcp;
  size_t unacknowledged() const;
  uint32_t Sendable() const;
  void Acknowledge(uint32_t bytes, uint32_t credit);
  void OnAcknowledged();

  World& world_;
  FaultPlan& faults_;
  LinkUser& user_;
  const Options options_;
  const Name name_;
  const Name reader_;
  const bool splits_;  // link.split is offered: the ends of writes matter

  ByteQueue bytes_;  // unread, then in flight, then unsent
  uint32_t unread_ = 0;
  uint32_t in_flight_ = 0;
  uint32_t unsent_ = 0;
  uint32_t credit_;     // how much may be launched
  uint32_t freed_ = 0;  // read and not yet given back as credit
  client::Ring<Segment> segments_;
  client::Ring<uint32_t> writes_;  // what is unsent of each write; only with splits_
  int64_t last_arrival_ns_ = 0;
  int64_t line_free_ns_ = 0;  // when the last bit has left
  int64_t fin_arrival_ns_ = 0;
  int64_t rst_arrival_ns_ = 0;
  Mark fin_ = Mark::kNone;
  Mark rst_ = Mark::kNone;
  bool held_ = false;
  bool cut_ = false;  // half-closed by a fault: everything written is lost
  bool dead_ = false;
  bool reader_closed_ = false;
  bool writer_waits_ = false;
  Timer timer_;  // for the head of the line
  std::unique_ptr<Tcp> tcp_;  // with Options::tcp
};

}  // namespace sim

#endif  // SIM_NET_LINK_H_
