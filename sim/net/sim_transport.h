// client::Transport on a SimSocket: pushes what a socket would have to be asked for.
//
// The contract is in client/net/transport.h. Beyond it:
//   1. One callback a step, on the socket's source. First what was written is moved on; then, in this order: the loss,
//      ResumeWriting(), DataReceived(), EofReceived().
//   2. Written slices wait in user space until the socket's send buffer has room. unsent_bytes(), and with it the two
//      water marks, count what waits here.
//   3. A reset is known when it has arrived, reading is not paused and nothing is left to deliver; or, paused or not,
//      when something waits to be written or is written.
//   4. Closing receives nothing: bytes that lie unread in the socket make its end a reset.
//   5. It may be destroyed in any callback, PauseWriting() inside Write() included.
#ifndef SIM_NET_SIM_TRANSPORT_H_
#define SIM_NET_SIM_TRANSPORT_H_

#include <cstddef>
#include <cstdint>

#include "client/base/ring.h"
#include "client/base/slice.h"
#include "client/net/network.h"
#include "client/net/protocol_calls.h"
#include "client/net/transport.h"
#include "sim/net/sim_socket.h"

namespace sim {

class SimTransport final : public client::Transport, private SimSocket::User {
 public:
  SimTransport(SimConnection& connection, End end, const client::SocketOptions& options);
  ~SimTransport() override;

  void SetProtocol(client::Protocol* protocol) override;
  void Write(client::Slice bytes) override;
  void WriteEof() override;
  void Close() override;
  void Abort();  // closes with a reset; what was written and has not gone yet is lost
  void PauseReading() override;
  void ResumeReading() override;
  bool reading_paused() const override { return reading_paused_; }
  bool writing_paused() const override { return writing_paused_; }
  size_t unsent_bytes() const override { return unsent_; }
  bool closing() const override { return closing_ || lost_; }
  client::Name name() const override { return socket_.name(); }

 private:
  enum class Event : uint8_t { kNone, kLoss, kResumeWriting, kData, kEof };

  void OnReady() override;
  Event Next() const;
  void Run(Event event);
  void RunData();
  void RunLoss();
  void Flush();
  void AfterFlush();
  void PostIfDue() {
    if (Next() != Event::kNone) socket_.PostReady();
  }

  const client::SocketOptions options_;
  client::ProtocolCalls calls_;
  client::Ring<client::Slice> writes_;
  size_t unsent_ = 0;  // bytes in writes_
  bool reading_paused_ = false;
  bool writing_paused_ = false;
  bool eof_wanted_ = false;
  bool eof_reported_ = false;
  bool write_failed_ = false;
  bool closing_ = false;
  bool lost_ = false;
  SimSocket socket_;
};

}  // namespace sim

#endif  // SIM_NET_SIM_TRANSPORT_H_
