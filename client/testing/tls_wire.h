// A server that speaks TLS at the other end of a wire of the fake network.
#ifndef CLIENT_TESTING_TLS_WIRE_H_
#define CLIENT_TESTING_TLS_WIRE_H_

#include <memory>
#include <string>
#include <utility>

#include "client/net/tls_transport.h"
#include "client/testing/fake_network.h"
#include "client/testing/test_loop.h"

namespace client::testing {

// The peer's end of a wire as a transport: what the client has written is received when Pump() is called.
class WireTransport final : public Transport {
 public:
  WireTransport(TestLoop& loop, Wire& wire) : wire_(wire), name_(MakeName(loop, wire.name, "server")) {}

  bool Pump() {
    if (wire_.written.empty() || protocol_ == nullptr) return false;
    protocol_->DataReceived(Slice::Copy(std::exchange(wire_.written, std::string())));
    return true;
  }

  void SetProtocol(Protocol* protocol) override { protocol_ = protocol; }
  void Write(Slice bytes) override { wire_.Send(bytes.view()); }
  void WriteEof() override { wire_.SendEof(); }
  void Close() override { wire_.SendEof(); }
  void PauseReading() override {}
  void ResumeReading() override {}
  bool reading_paused() const override { return false; }
  bool writing_paused() const override { return false; }
  size_t unsent_bytes() const override { return 0; }
  bool closing() const override { return false; }
  Name name() const override { return name_; }

 private:
  Wire& wire_;
  const Name name_;
  Protocol* protocol_ = nullptr;
};

// Its handshake begins at once.
class TlsWire final : private ConnectHandler, private Protocol {
 public:
  TlsWire(TestLoop& loop, Wire& wire, std::shared_ptr<TlsContext> context) : loop_(loop) {
    auto below = std::make_unique<WireTransport>(loop, wire);
    below_ = below.get();
    handshake_ = StartTls(loop, std::move(context), TlsPeer{"a client", 0}, std::move(below), Slice(), 64 << 10, *this);
  }

  std::string received;
  bool ended = false;  // the client has sent close_notify
  bool secured() const { return transport_ != nullptr; }
  TlsTransport& transport() { return *static_cast<TlsTransport*>(transport_.get()); }

  // Until neither side has anything more to do.
  void Run() {
    do {
      loop_.RunReady();
    } while (below_->Pump());
  }
  void Send(absl::string_view bytes) {
    transport_->Write(Slice::Copy(bytes));
    Run();
  }
  void End() {
    transport_->WriteEof();
    Run();
  }
  void Cut() {
    below_->WriteEof();
    Run();
  }

 private:
  void OnConnected(Result<std::unique_ptr<Transport>> transport) override {
    if (!transport.ok()) return;  // the wire stays, so that its client is told why
    transport_ = *std::move(transport);
    handshake_.reset();
    transport_->SetProtocol(this);
  }
  void DataReceived(Slice bytes) override { received.append(bytes.data(), bytes.size()); }
  void EofReceived() override { ended = true; }
  void ConnectionLost(Result<void> error) override {}
  void PauseWriting() override {}
  void ResumeWriting() override {}

  TestLoop& loop_;
  WireTransport* below_;
  std::unique_ptr<Operation> handshake_;
  std::unique_ptr<Transport> transport_;
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_TLS_WIRE_H_
