// A transport of the real network, with somebody listening in: what passes is reported as facts of the wire, and
// counted, so that it can be known whether anything is still under way in the kernel.
//
// It stands between a transport and its protocol and changes nothing. What only the kernel knows is reported when this
// end learns of it: a reset with the loss that it causes, bytes as sent when they are handed to the transport.
#ifndef SIM_LOOPBACK_TAPPED_TRANSPORT_H_
#define SIM_LOOPBACK_TAPPED_TRANSPORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "client/base/error.h"
#include "client/base/intrusive_list.h"
#include "client/base/slice.h"
#include "client/net/transport.h"
#include "sim/net/wire_observer.h"
#include "sim/world/world.h"

namespace sim {

struct RealConnections;  // a network's list of them

// What both ends of a connection have done. Shared by them; in the network's list for as long as one of them lives.
struct RealConnection : public client::ListNode<RealConnections> {
  struct Side {
    const client::Transport* transport = nullptr;  // null before it is accepted, and once it is destroyed
    uint64_t sent = 0;
    uint64_t received = 0;
    bool was_there = false;
    bool reads = false;  // it has a protocol
    bool ended = false;  // it will send nothing more
    bool told = false;   // it knows that the other has ended, or that the connection is lost
  };

  // Something that the kernel has, or is about to get, is on its way to somebody who waits for it.
  bool under_way() const { return UnderWay(End::kClient) || UnderWay(End::kServer); }
  Side& side(End end) { return sides[static_cast<size_t>(end)]; }

  Side sides[2];

 private:
  bool UnderWay(End to) const;
};

class TappedTransport final : public client::Transport, private client::Protocol {
 public:
  // Neither `world` nor `wire` is owned. `connection_name` is the client's, `name` this end's. `transport` is libuv's.
  TappedTransport(World& world, WireObserver& wire, std::shared_ptr<RealConnection> connection, End end,
                  Name connection_name, Name name, std::unique_ptr<client::Transport> transport);
  ~TappedTransport() override;

  void SetProtocol(client::Protocol* protocol) override;
  void Write(client::Slice bytes) override;
  void WriteEof() override;
  void Close() override;
  void Abort();  // see WorldNetwork
  void PauseReading() override;
  void ResumeReading() override;
  bool reading_paused() const override { return transport_->reading_paused(); }
  bool writing_paused() const override { return transport_->writing_paused(); }
  size_t unsent_bytes() const override { return transport_->unsent_bytes(); }
  bool closing() const override { return transport_->closing(); }
  Name name() const override { return name_; }

 private:
  void DataReceived(client::Slice bytes) override;
  void EofReceived() override;
  void ConnectionLost(client::Result<void> error) override;
  void PauseWriting() override { protocol_->PauseWriting(); }
  void ResumeWriting() override { protocol_->ResumeWriting(); }

  RealConnection::Side& mine() { return connection_->side(end_); }
  void NoteFin();
  void NoteClosed();

  World& world_;
  WireObserver& wire_;
  const std::shared_ptr<RealConnection> connection_;
  const End end_;
  const Name connection_name_;
  const Name name_;
  client::Protocol* protocol_ = nullptr;
  bool closed_noted_ = false;
  std::unique_ptr<client::Transport> transport_;
};

}  // namespace sim

#endif  // SIM_LOOPBACK_TAPPED_TRANSPORT_H_
