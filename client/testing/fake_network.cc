#include "client/testing/fake_network.h"

#include <algorithm>
#include <utility>

#include "absl/types/optional.h"
#include "client/base/check.h"

namespace client::testing {

class FakeTransport final : public Transport {
 public:
  FakeTransport(EventLoop& loop, Wire& wire, const SocketOptions& options, Name name)
      : wire_(wire),
        options_(options),
        source_(loop, name),
        deliver_([](void* self) { static_cast<FakeTransport*>(self)->Deliver(); }, this),
        resume_([](void* self) { static_cast<FakeTransport*>(self)->Resume(); }, this) {
    wire_.transport_ = this;
  }
  ~FakeTransport() override {
    CHECK(!on_stack_);
    wire_.open = false;
    wire_.transport_ = nullptr;
  }

  struct Event {
    enum { kBytes, kEof, kLost } kind;
    std::string bytes;
    Result<void> error;
  };
  void Push(Event event) {
    if (lost_ || closing_) return;
    events_.push_back(std::move(event));
    Schedule();
  }

  void SetProtocol(Protocol* protocol) override {
    protocol_ = protocol;
    Schedule();
  }
  void Write(Slice bytes) override {
    if (lost_ || closing_ || wire_.fin_received) return;
    if (!wire_.hold_writes) {
      wire_.written.append(bytes.data(), bytes.size());
      return;
    }
    unsent_.append(bytes.data(), bytes.size());
    if (unsent_.size() <= options_.write_high || writing_paused_) return;
    writing_paused_ = true;
    protocol_->PauseWriting();
  }
  void WriteEof() override { wire_.fin_received = true; }
  void Close() override {
    if (closing_ || lost_) return;
    closing_ = true;
    events_.clear();
    events_.push_back(Event{Event::kLost, {}, Result<void>()});
    paused_ = false;
    Schedule();
  }
  void PauseReading() override {
    wire_.paused = paused_ = true;
    source_.loop().Cancel(deliver_);
  }
  void ResumeReading() override {
    wire_.paused = paused_ = false;
    Schedule();
  }
  bool reading_paused() const override { return paused_; }
  bool writing_paused() const override { return writing_paused_; }
  size_t unsent_bytes() const override { return unsent_.size(); }
  bool closing() const override { return closing_ || lost_; }
  Name name() const override { return source_.name(); }

  void TakeWrites() {
    wire_.written += std::exchange(unsent_, std::string());
    if (writing_paused_) source_.loop().Post(source_, resume_);
  }

 private:
  void Schedule() {
    if (protocol_ == nullptr || paused_ || events_.empty() || deliver_.posted()) return;
    source_.loop().Post(source_, deliver_);
  }
  void Deliver() {
    Event event = std::move(events_.front());
    events_.pop_front();
    if (event.kind == Event::kLost) lost_ = true;
    on_stack_ = true;
    switch (event.kind) {
      case Event::kBytes: protocol_->DataReceived(Slice::Copy(event.bytes)); break;
      case Event::kEof: protocol_->EofReceived(); break;
      case Event::kLost: protocol_->ConnectionLost(event.error); break;
    }
    on_stack_ = false;
    if (!lost_) Schedule();
  }
  void Resume() {
    writing_paused_ = false;
    on_stack_ = true;
    protocol_->ResumeWriting();
    on_stack_ = false;
  }

  Wire& wire_;
  SocketOptions options_;
  Source source_;
  Runnable deliver_;
  Runnable resume_;
  Protocol* protocol_ = nullptr;
  std::deque<Event> events_;
  std::string unsent_;
  bool paused_ = false;
  bool writing_paused_ = false;
  bool closing_ = false;
  bool lost_ = false;
  bool on_stack_ = false;
};

void Wire::Send(absl::string_view bytes) {
  if (transport_ != nullptr) transport_->Push({FakeTransport::Event::kBytes, std::string(bytes), Result<void>()});
}
void Wire::SendEof() {
  if (transport_ != nullptr) transport_->Push({FakeTransport::Event::kEof, {}, Result<void>()});
}
void Wire::Reset() {
  if (transport_ == nullptr) return;
  transport_->Push({FakeTransport::Event::kLost, {}, ClientError(ErrorKind::kDisconnected, "connection reset")});
}
void Wire::TakeWrites() {
  hold_writes = false;
  if (transport_ != nullptr) transport_->TakeWrites();
}

class FakeNetwork::ResolveOperation final : public Operation {
 public:
  ResolveOperation(FakeNetwork& network, Outcome outcome, Name name, ResolveHandler& handler)
      : network_(network),
        outcome_(outcome),
        handler_(handler),
        source_(network.loop_, name),
        done_([](void* self) { static_cast<ResolveOperation*>(self)->Done(); }, this) {
    if (outcome != Outcome::kNever) network.loop_.Post(source_, done_);
  }

 private:
  void Done() {
    if (outcome_ == Outcome::kFail) return handler_.OnResolved(ClientError(ErrorKind::kDns, "no such host"));
    handler_.OnResolved(network_.addresses);
  }
  FakeNetwork& network_;
  Outcome outcome_;
  ResolveHandler& handler_;
  Source source_;
  Runnable done_;
};

class FakeNetwork::ConnectOperation final : public Operation {
 public:
  ConnectOperation(FakeNetwork& network, Outcome outcome, const Address& address, const SocketOptions& options,
                   Name name, ConnectHandler& handler)
      : network_(network),
        outcome_(outcome),
        address_(address),
        options_(options),
        handler_(handler),
        source_(network.loop_, name),
        done_([](void* self) { static_cast<ConnectOperation*>(self)->Done(); }, this) {
    ++network_.connecting_;
    network_.peak_ = std::max(network_.peak_, network_.connecting_ + network_.open());
    if (outcome != Outcome::kNever) network.loop_.Post(source_, done_);
  }
  ~ConnectOperation() override {
    if (!over_) --network_.connecting_;
  }

 private:
  void Done() {
    over_ = true;
    --network_.connecting_;
    if (outcome_ == Outcome::kFail) return handler_.OnConnected(ClientError(ErrorKind::kConnect, "refused"));
    Wire& wire = *network_.wires_.emplace_back(std::make_unique<Wire>());
    wire.address = address_;
    wire.name = source_.name();
    std::unique_ptr<Transport> transport =
        std::make_unique<FakeTransport>(network_.loop_, wire, options_, source_.name());
    handler_.OnConnected(std::move(transport));
  }
  FakeNetwork& network_;
  Outcome outcome_;
  Address address_;
  SocketOptions options_;
  ConnectHandler& handler_;
  Source source_;
  Runnable done_;
  bool over_ = false;
};

namespace {
FakeNetwork::Outcome Take(std::deque<FakeNetwork::Outcome>& outcomes) {
  if (outcomes.empty()) return FakeNetwork::Outcome::kOk;
  const FakeNetwork::Outcome first = outcomes.front();
  outcomes.pop_front();
  return first;
}
}  // namespace

std::unique_ptr<Operation> FakeNetwork::Resolve(absl::string_view host, uint16_t port, Name name,
                                                ResolveHandler& handler) {
  (void)host, (void)port;
  ++lookups;
  return std::make_unique<ResolveOperation>(*this, Take(resolve_outcomes), name, handler);
}

std::unique_ptr<Operation> FakeNetwork::Connect(const Address& address, const SocketOptions& options, Name connection,
                                                ConnectHandler& handler) {
  return std::make_unique<ConnectOperation>(*this, Take(connect_outcomes), address, options, connection, handler);
}

size_t FakeNetwork::open() const {
  return static_cast<size_t>(
      std::count_if(wires_.begin(), wires_.end(), [](const auto& wire) { return wire->open; }));
}

}  // namespace client::testing
