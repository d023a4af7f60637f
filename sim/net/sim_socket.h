// A connected stream socket, pull style: send and receive n bytes, readiness, end of stream, error, shutdown, close.
//
// Transports are adapters on it (sim_transport.h), and so can be whatever else is tested in a world: an Asio program,
// a process behind a shim.
//
//   1. Readiness is edge-triggered: User::OnReady() is posted, as a step on the socket's source, when bytes, FIN or RST
//      arrive and when there is room again after a short Send(). Several causes before that step are one step.
//   2. A socket that is not read keeps up to a window of bytes; then its peer cannot send.
//   3. Close() is close(2): FIN behind what was sent, which still travels, or RST if something that had arrived was not
//      received. Bytes that arrive afterwards are answered by RST.
//   4. After RST: Send() accepts nothing, error() is kReset, and Receive() gives what Link::Options leaves.
#ifndef SIM_NET_SIM_SOCKET_H_
#define SIM_NET_SIM_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "client/base/intrusive_list.h"
#include "client/net/network.h"
#include "sim/net/link.h"
#include "sim/net/wire_observer.h"
#include "sim/world/world.h"

namespace sim {

class SimConnection;
class SimSocket;

struct Connections;  // the network's list of connections

// What the connections of a network share. Nothing is owned.
class ConnectionHost {
 public:
  ConnectionHost(World& world, WireObserver& wire, const FaultPlan::Limits& faults)
      : world(world), wire(wire), faults(world, faults) {}

  virtual void AcceptReady(SimConnection& connection) = 0;  // as a step of its own
  virtual void BothClosed(SimConnection& connection) = 0;   // destroy it

  World& world;
  WireObserver& wire;
  FaultPlan faults;
  ChunkPool chunks;

 protected:
  ~ConnectionHost() = default;
};

// Two links and the state of two ends. Owned by the network, until both ends are closed: what a closed end has written
// still travels.
class SimConnection final : private LinkUser, public client::ListNode<Connections> {
 public:
  SimConnection(ConnectionHost& host, const Link::Options& options, const client::Address& address, Name client,
                uint32_t number);
  ~SimConnection();

  Name name() const { return name_[0]; }  // the client's
  Name name(End end) const { return name_[Index(end)]; }
  const client::Address& address() const { return address_; }
  uint32_t number() const { return number_; }  // in the order of creation
  ConnectionHost& host() { return host_; }

  void PostAccept();  // ConnectionHost::AcceptReady()
  // Nobody accepts: the server's end closes by reset.
  void Refuse();
  void Heal();
  bool holding() const { return up_.holding() || down_.holding(); }

  Link& out(End end) { return end == End::kClient ? up_ : down_; }
  Link& in(End end) { return end == End::kClient ? down_ : up_; }
  SimSocket* socket(End end) { return socket_[Index(end)]; }
  bool closed(End end) const { return closed_[Index(end)]; }
  absl::string_view State() const;  // of the client's end, in netstat's words: "ESTABLISHED"

 private:
  friend class SimSocket;

  static size_t Index(End end) { return end == End::kClient ? 0 : 1; }
  static End Other(End end) { return end == End::kClient ? End::kServer : End::kClient; }
  End Reader(const Link& link) const { return &link == &up_ ? End::kServer : End::kClient; }

  // LinkUser.
  void Arrived(Link& link) override;
  void RoomAgain(Link& link) override;
  void ArrivedAtClosed(Link& link) override;
  void HitByReset(Link& link) override;

  void Close(End end, bool reset);
  void NoteReset(End end);

  ConnectionHost& host_;
  const client::Address address_;
  const uint32_t number_;
  const Name name_[2];
  Link up_;
  Link down_;
  Source accept_source_;
  Runnable accept_;
  SimSocket* socket_[2] = {nullptr, nullptr};
  bool closed_[2] = {false, false};
};

class SimSocket {
 public:
  class User {
   public:
    virtual void OnReady() = 0;  // may destroy the socket
    // For reports.
    virtual bool reading_paused() const { return false; }
    virtual size_t unsent_bytes() const { return 0; }  // what waits in user space

   protected:
    ~User() = default;
  };

  enum class Error : uint8_t { kNone, kReset };

  // `user` is not owned and outlives the socket.
  SimSocket(SimConnection& connection, End end, User& user);
  SimSocket(const SimSocket&) = delete;
  SimSocket& operator=(const SimSocket&) = delete;
  ~SimSocket() { Close(); }

  // Returns how many bytes were accepted: fewer than all if the send buffer is full, or if the socket cannot send.
  size_t Send(absl::string_view bytes);
  size_t Receive(char* to, size_t size);
  size_t readable() const { return connection_ == nullptr ? 0 : in().unread(); }
  size_t writable() const { return connection_ == nullptr ? 0 : out().room(); }
  // FIN has arrived, and everything before it has been received.
  bool eof() const { return connection_ != nullptr && in().fin_arrived() && in().unread() == 0; }
  Error error() const { return connection_ != nullptr && in().rst_arrived() ? Error::kReset : Error::kNone; }
  bool closed() const { return connection_ == nullptr; }
  bool shut_down() const { return shut_down_; }
  size_t unsent() const { return connection_ == nullptr ? 0 : out().unsent(); }

  void Shutdown();  // FIN behind what was sent; receiving goes on; idempotent
  void Close();     // idempotent
  void Reset();     // closes with RST, whatever was or was not received

  // Posts OnReady(), also when nothing has changed.
  void PostReady() {
    if (!ready_.posted()) loop_.Post(source_, ready_);
  }

  Name name() const { return source_.name(); }
  Name connection_name() const { return connection_name_; }  // the client's
  End end() const { return end_; }
  ConnectionHost& host() { return host_; }
  const User& user() const { return user_; }

 private:
  friend class SimConnection;
  Link& in() const { return connection_->in(end_); }
  Link& out() const { return connection_->out(end_); }

  SimConnection* connection_;  // null once closed
  ConnectionHost& host_;
  Scheduler& loop_;
  User& user_;
  const End end_;
  const Name connection_name_;
  bool shut_down_ = false;
  Source source_;
  Runnable ready_;
};

}  // namespace sim

#endif  // SIM_NET_SIM_SOCKET_H_
