// What the encrypted bytes of a wire hold: lets the laws see plain text where a server speaks TLS.
//
// The server's side says which plain bytes it has encrypted, and at which byte of its stream each record ends. What the
// client's socket hands over is counted, and a record counts as handed to the client with its last byte. So nobody asks
// the client what it has decrypted.
//
// Stands between the network and whoever listens to the wire, and passes everything else on.
#ifndef SIM_NET_TLS_TAP_H_
#define SIM_NET_TLS_TAP_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/net/wire_observer.h"

namespace sim {

class TlsTap final : public WireObserver {
 public:
  // `wire` is not owned.
  explicit TlsTap(WireObserver& wire) : wire_(wire) {}

  // Who connects to `host_port` ("10.0.0.1:443"), directly or by a tunnel, speaks TLS.
  void AddAddress(std::string host_port) { addresses_.push_back(std::move(host_port)); }

  // The server's end of `connection`, by the client's name of it, has written `plain` as one record, or close_notify;
  // its last byte is the `end`-th of all that the server has written.
  void RecordWritten(Name connection, absl::string_view plain, uint64_t end);
  void EndWritten(Name connection, uint64_t end);

  void SocketOpened(Name connection, absl::string_view host_port) override;
  void SocketConnected(Name connection) override { wire_.SocketConnected(connection); }
  void SocketFailed(Name connection, absl::string_view why) override { wire_.SocketFailed(connection, why); }
  void SocketClosed(Name connection) override;
  void LookupStarted(Name lookup, absl::string_view host) override { wire_.LookupStarted(lookup, host); }
  void LookupEnded(Name lookup) override { wire_.LookupEnded(lookup); }
  void ReadingPaused(Name connection) override { wire_.ReadingPaused(connection); }
  void ReadingResumed(Name connection) override { wire_.ReadingResumed(connection); }
  void BytesSent(Name connection, End from, absl::string_view bytes) override {
    wire_.BytesSent(connection, from, bytes);
  }
  void BytesReceived(Name connection, End to, absl::string_view bytes) override;
  void FinSent(Name connection, End from) override { wire_.FinSent(connection, from); }
  void FinReceived(Name connection, End to) override { wire_.FinReceived(connection, to); }
  void Reset(Name connection, End from) override { wire_.Reset(connection, from); }
  void LossReported(Name connection, End to) override { wire_.LossReported(connection, to); }
  void Proxied(Name connection) override { wire_.Proxied(connection); }
  void Tunnelled(Name connection, absl::string_view host_port) override;

 private:
  struct Record {
    uint64_t end = 0;
    std::string plain;  // empty: close_notify
  };
  struct Stream {
    Name connection;
    uint64_t received = 0;  // bytes, by the client
    std::deque<Record> records;
  };
  Stream* Find(Name connection);
  void Watch(Name connection, absl::string_view host_port);

  WireObserver& wire_;
  std::vector<std::string> addresses_;
  std::vector<Stream> streams_;  // of sockets that are open
};

}  // namespace sim

#endif  // SIM_NET_TLS_TAP_H_
