// A network for tests: whom the client connects to is a list of bytes, and the test plays the peer by hand.
//
//   FakeNetwork network(loop);
//   ... the client connects and sends ...
//   loop.RunReady();
//   EXPECT_EQ(network.wire(0).written, "GET / HTTP/1.1\r\n...");
//   network.wire(0).Send("HTTP/1.1 200 OK\r\n...");
#ifndef CLIENT_TESTING_FAKE_NETWORK_H_
#define CLIENT_TESTING_FAKE_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/net/network.h"
#include "client/net/transport.h"

namespace client::testing {

class FakeTransport;

// The peer's end of one connection; outlives the client's.
class Wire {
 public:
  std::string written;       // what the client has sent
  bool open = true;          // the client's end has not been closed
  bool fin_received = false;  // the client has shut down its side
  bool paused = false;       // the client does not read
  bool hold_writes = false;  // what the client writes is not sent
  Address address;
  Name name;

  void Send(absl::string_view bytes);  // one DataReceived()
  void SendEof();
  void Reset();
  void TakeWrites();  // ends hold_writes

 private:
  friend class FakeTransport;
  FakeTransport* transport_ = nullptr;
};

class FakeNetwork final : public Network {
 public:
  explicit FakeNetwork(EventLoop& loop) : loop_(loop) {}

  enum class Outcome : uint8_t { kOk, kFail, kNever };
  // What the next lookups and connects come to; kOk when the list is used up.
  std::deque<Outcome> resolve_outcomes;
  std::deque<Outcome> connect_outcomes;
  std::vector<Address> addresses = {{"10.0.0.1", 80}};

  std::unique_ptr<Operation> Resolve(absl::string_view host, uint16_t port, Name name,
                                     ResolveHandler& handler) override;
  std::unique_ptr<Operation> Connect(const Address& address, const SocketOptions& options, Name connection,
                                     ConnectHandler& handler) override;

  // Connections in the order in which they were made.
  size_t wires() const { return wires_.size(); }
  Wire& wire(size_t i) { return *wires_[i]; }
  Wire& last() { return *wires_.back(); }
  size_t open() const;
  // Sockets being connected.
  size_t connecting() const { return connecting_; }
  size_t lookups = 0;
  // Sockets that existed at once, being connected or connected.
  size_t peak() const { return peak_; }

 private:
  friend class FakeTransport;
  class ResolveOperation;
  class ConnectOperation;

  EventLoop& loop_;
  std::vector<std::unique_ptr<Wire>> wires_;
  size_t connecting_ = 0;
  size_t peak_ = 0;
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_FAKE_NETWORK_H_
