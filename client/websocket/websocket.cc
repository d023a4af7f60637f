#include "client/websocket/websocket.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/check.h"

namespace client {
namespace {

std::string MakeKey(Entropy& entropy) {
  std::string bytes;
  for (int word = 0; word < 2; ++word) {
    const uint64_t bits = entropy.Next();
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(bits >> (8 * i)));
  }
  return absl::Base64Escape(bytes);
}

FrameOpcode OpcodeOf(MessageType type) {
  return type == MessageType::kText ? FrameOpcode::kText : FrameOpcode::kBinary;
}

std::string PingPayload(uint64_t number) {
  std::string payload;
  for (int i = 7; i >= 0; --i) payload.push_back(static_cast<char>(number >> (8 * i)));
  return payload;
}

}  // namespace

std::string WebSocketAccept(absl::string_view key) {
  const std::string text = absl::StrCat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr) == 1);
  return absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

// The right to send frames of a message. Awaited once, given back by the destructor.
class WebSocket::Turn {
 public:
  explicit Turn(WebSocket& socket)
      : socket_(socket), waiter_(WaitReason{"the turn to send on", socket.options_.name}) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (held_ || waiter_.woken()) socket_.PassTurn();
  }

  bool await_ready() {
    if (socket_.sending_) return false;
    socket_.sending_ = true;
    return true;
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
    waiter_.Suspend(handle, at);
    socket_.senders_.PushBack(waiter_);
  }
  void await_resume() { held_ = true; }

 private:
  WebSocket& socket_;
  Waiter waiter_;
  bool held_ = false;
};

// Ends the connection if it is destroyed between the first and the last fragment of a message.
class WebSocket::UnfinishedMessage {
 public:
  explicit UnfinishedMessage(WebSocket& socket) : socket_(socket) {}
  UnfinishedMessage(const UnfinishedMessage&) = delete;
  UnfinishedMessage& operator=(const UnfinishedMessage&) = delete;
  ~UnfinishedMessage() {
    if (!begun_ || socket_.state_ != State::kOpen) return;
    const ClientError error(ErrorKind::kUsage, "a send was given up in the middle of a message");
    socket_.End("a message was not sent to its end", &error);
  }
  bool begun() const { return begun_; }
  void Begin() { begun_ = true; }
  void Finish() { begun_ = false; }

 private:
  WebSocket& socket_;
  bool begun_ = false;
};

struct WebSocket::PendingPing : ListNode<PingTag> {
  uint64_t number = 0;
  bool answered = false;
  Signal signal;
};

WebSocket::WebSocket(EventLoop& loop, ClientObserver& observer, Entropy& entropy, WebSocketOptions options)
    : NamedObject(loop.named_objects),
      loop_(loop),
      observer_(observer),
      entropy_(entropy),
      options_(std::move(options)),
      queue_name_(MakeName(loop, options_.name, "messages")),
      key_(MakeKey(entropy)),
      decoder_(WebSocketRole::kClient, options_.message_bytes_max, *this),
      writable_(WaitReason{"room to write on", options_.name}),
      ended_(WaitReason{"the end of", options_.name}),
      heartbeat_timer_(loop, MakeName(loop, options_.name, "heartbeat"), TimerKind::kContract,
                       [](void* self) { static_cast<WebSocket*>(self)->HeartbeatElapsed(); }, this),
      close_timer_(loop, MakeName(loop, options_.name, "close"), TimerKind::kContract, [](void* argument) {
        auto& self = *static_cast<WebSocket*>(argument);
        const std::string waited = absl::FormatDuration(self.options_.close_timeout);
        const ClientError error = ClientError::TimedOut(
            TimeoutKind::kClose, absl::StrCat("the peer did not end the connection within ", waited));
        self.End("the close handshake took too long", &error);
      }, this) {
  writable_.Set();
}

WebSocket::~WebSocket() {
  CHECK(senders_.empty());
  CHECK(pending_pings_.empty());
  ReleaseImplicitly();
}

// Whoever has not closed it: the connection is given back, and its handler asks our IsEof() what to do with it.
void WebSocket::ReleaseImplicitly() {
  if (transport_ == nullptr) return;
  if (connection_ != nullptr) {
    if (state_ == State::kOpen) observer_.NotClosed(options_.name, "websocket");
    connection_->Release();
    connection_.reset();
  }
  transport_ = nullptr;
  queue_->Detach();
  if (!queue_->ended()) queue_->SetError(ClientError(ErrorKind::kUsage, "the WebSocket was destroyed"));
}

bool WebSocket::IsEof() const { return queue_.has_value() && queue_->IsEof(); }

Headers WebSocket::HandshakeHeaders() const {
  Headers headers = options_.headers;
  headers.Set("Upgrade", "websocket");
  headers.Set("Connection", "Upgrade");
  headers.Set("Sec-WebSocket-Key", key_);
  headers.Set("Sec-WebSocket-Version", "13");
  if (options_.compress.has_value()) headers.Set(kWebSocketExtensions, OfferDeflate(*options_.compress));
  if (!options_.protocols.empty()) headers.Set("Sec-WebSocket-Protocol", absl::StrJoin(options_.protocols, ", "));
  return headers;
}

Result<void> WebSocket::CheckHandshake(const Headers& headers) {
  const auto bad = [](absl::string_view what) {
    return ClientError(ErrorKind::kProtocol, absl::StrCat("bad WebSocket handshake: ", what));
  };
  if (!headers.HasToken("Upgrade", "websocket")) return bad("no Upgrade: websocket");
  if (!headers.HasToken("Connection", "upgrade")) return bad("no Connection: upgrade");
  if (headers.Count("Sec-WebSocket-Accept") != 1) return bad("not one Sec-WebSocket-Accept");
  if (*headers.Get("Sec-WebSocket-Accept") != WebSocketAccept(key_)) return bad("the wrong Sec-WebSocket-Accept");
  const Result<absl::optional<DeflateParameters>> compression = CheckDeflateAnswer(options_.compress, headers);
  if (!compression.ok()) return bad(compression.error().message());
  compression_ = *compression;
  const std::vector<absl::string_view> chosen = headers.GetAll("Sec-WebSocket-Protocol");
  if (chosen.empty()) return Result<void>();
  const bool offered = std::count(options_.protocols.begin(), options_.protocols.end(), chosen.front()) != 0;
  if (chosen.size() > 1 || !offered) return bad("a subprotocol that was not offered");
  subprotocol_ = std::string(chosen.front());
  return Result<void>();
}

Result<void> WebSocket::Upgraded(const Headers& headers, Transport& transport, FlowControl& flow) {
  CHECK(state_ == State::kConnecting);
  Result<void> accepted = CheckHandshake(headers);
  if (!accepted.ok()) return accepted;
  state_ = State::kOpen;
  transport_ = &transport;
  flow_ = &flow;
  if (transport.writing_paused()) writable_.Clear();
  if (compression_.has_value()) {
    decoder_.EnableDeflate(*compression_);
    deflater_.emplace(*compression_, WebSocketRole::kClient);
  }
  observer_.PayloadOpened(transport.name(), options_.name, queue_name_);
  queue_.emplace(observer_, queue_name_, options_.queue);
  queue_->Attach(*this);
  SignOfLife();
  return accepted;
}

void WebSocket::Adopt(std::unique_ptr<UpgradedConnection> connection) {
  CHECK(connection_ == nullptr);
  connection_ = std::move(connection);
  if (state_ != State::kClosed) return;
  connection_->Close("closed", Outcome());
}

void WebSocket::DataReceived(Slice bytes) {
  SignOfLife();
  const Result<void> fed = decoder_.Feed(bytes);
  if (!fed.ok()) FailWith(fed.error(), decoder_.close_code());
}

void WebSocket::EofReceived() {
  const ClientError error(ErrorKind::kDisconnected, "the peer ended the connection without a Close frame");
  End("closed by the peer", close_received_ ? nullptr : &error);
}

void WebSocket::ResumeWriting() {
  writable_.Set();
  if (!pong_owed_.has_value()) return;
  const Slice payload = *std::exchange(pong_owed_, absl::nullopt);
  if (!close_sent_) Write(FrameOpcode::kPong, true, payload.view());
}

Result<void> WebSocket::Lost(const ClientError& error) {
  Ended(close_received_ ? nullptr : &error);
  return Outcome();
}

Result<void> WebSocket::Outcome() const { return error_.has_value() ? Result<void>(*error_) : Result<void>(); }

void WebSocket::Closing() { StartClosing(kCloseGoingAway, ""); }

void WebSocket::OnMessage(WebSocketMessage message) { queue_->FeedMessage(std::move(message)); }

void WebSocket::OnPing(Slice payload) {
  if (!options_.auto_pong) return queue_->FeedMessage(WebSocketMessage{MessageType::kPing, std::move(payload)});
  if (close_sent_) return;
  if (writable_.is_set()) return Write(FrameOpcode::kPong, true, payload.view());
  pong_owed_ = std::move(payload);  // RFC 6455 section 5.5.3: only the last one needs an answer
}

void WebSocket::OnPong(Slice payload) {
  // A pong answers its ping and those before it. Ours carry their number.
  for (PendingPing* ping = pending_pings_.front(); ping != nullptr; ping = pending_pings_.Next(*ping)) {
    if (payload.view() != PingPayload(ping->number)) continue;
    for (bool last = false; !last;) {
      PendingPing& answered = *pending_pings_.front();
      last = &answered == ping;
      answered.Unlink();
      answered.answered = true;
      answered.signal.Wake();
    }
    break;
  }
  if (!options_.auto_pong) queue_->FeedMessage(WebSocketMessage{MessageType::kPong, std::move(payload)});
}

void WebSocket::OnClose(uint16_t code, absl::string_view reason) {
  close_received_ = true;
  close_code_ = code;
  close_reason_ = std::string(reason);
  queue_->FeedEof();
  // The peer has answered our Close: all we sent has arrived. Else it ends the connection, when it has seen our answer.
  if (close_sent_) return End("closed", nullptr);
  StartClosing(code == kCloseNoStatus ? static_cast<uint16_t>(kCloseNormal) : code, "");
}

void WebSocket::PauseReading() {
  heartbeat_timer_.Cancel();
  flow_->PauseReading();
}

void WebSocket::ResumeReading() {
  flow_->ResumeReading();
  SignOfLife();
}

Result<void> WebSocket::CanSend() const {
  if (state_ == State::kOpen) return Result<void>();
  if (error_.has_value()) return *error_;
  if (close_received_) return ClientError(ErrorKind::kDisconnected, "the peer has closed the WebSocket");
  return ClientError(ErrorKind::kUsage, "the WebSocket is not open");
}

void WebSocket::Write(FrameOpcode opcode, bool fin, absl::string_view payload) {
  transport_->Write(EncodeFrame(opcode, fin, payload, &entropy_));
}

void WebSocket::WriteData(FrameOpcode opcode, bool fin, absl::string_view payload) {
  if (!deflater_.has_value()) return Write(opcode, fin, payload);
  // The peer's window follows ours: what is compressed goes out at once.
  transport_->Write(EncodeDeflatedFrame(opcode, fin, deflater_->Deflate(payload, fin), &entropy_));
}

Task<Result<void>> WebSocket::Room() {
  while (!writable_.is_set()) co_await writable_.Wait();
  co_return CanSend();
}

void WebSocket::PassTurn() {
  sending_ = !senders_.empty();
  senders_.WakeOne();
}

Task<Result<void>> WebSocket::Send(MessageType type, Slice data) {
  const bool text = type == MessageType::kText;
  if (!text && type != MessageType::kBinary) co_return ClientError(ErrorKind::kUsage, "neither text nor binary");
  if (text && !IsUtf8(data.view())) co_return ClientError(ErrorKind::kUsage, "text that is not UTF-8");
  Turn turn(*this);
  co_await turn;
  Result<void> can = CanSend();
  if (!can.ok()) co_return can;
  UnfinishedMessage message(*this);
  FrameOpcode opcode = OpcodeOf(type);
  while (data.size() > options_.fragment_bytes) {
    message.Begin();
    WriteData(opcode, false, data.view().substr(0, options_.fragment_bytes));
    data.RemovePrefix(options_.fragment_bytes);
    opcode = FrameOpcode::kContinuation;
    Result<void> room = co_await Room();
    if (!room.ok()) co_return room;
  }
  message.Finish();
  WriteData(opcode, true, data.view());
  while (!writable_.is_set()) co_await writable_.Wait();
  co_return Result<void>();
}

Task<Result<void>> WebSocket::SendStream(MessageType type, std::unique_ptr<BodySource> source) {
  const bool text = type == MessageType::kText;
  if (!text && type != MessageType::kBinary) co_return ClientError(ErrorKind::kUsage, "neither text nor binary");
  Turn turn(*this);
  co_await turn;
  UnfinishedMessage message(*this);
  FrameOpcode opcode = OpcodeOf(type);
  Utf8Validator utf8;
  for (;;) {
    const Result<void> room = co_await Room();
    if (!room.ok()) co_return room;
    const Result<Slice> part = co_await source->Next();
    if (!part.ok()) co_return part.error();
    const Result<void> can = CanSend();
    if (!can.ok()) co_return can;
    if (text && (!utf8.Feed(part->view()) || (part->empty() && !utf8.complete()))) {
      co_return ClientError(ErrorKind::kUsage, "text that is not UTF-8");
    }
    if (part->empty()) break;
    message.Begin();
    WriteData(opcode, false, part->view());
    opcode = FrameOpcode::kContinuation;
  }
  message.Finish();
  WriteData(opcode, true, "");
  while (!writable_.is_set()) co_await writable_.Wait();
  co_return Result<void>();
}

MessageQueue::ReceiveAwaiter WebSocket::Receive() {
  CHECK(queue_.has_value());
  return queue_->Receive();
}

void WebSocket::SendPing() { Write(FrameOpcode::kPing, true, PingPayload(++pings_)); }

Task<Result<void>> WebSocket::Ping() {
  Result<void> can = CanSend();
  if (!can.ok()) co_return can;
  SendPing();
  PendingPing ping;
  ping.number = pings_;
  pending_pings_.PushBack(ping);
  while (ping.linked()) {
    const WaitReason reason{"a pong of", options_.name};
    co_await ping.signal.Wait(reason);
  }
  if (ping.answered) co_return Result<void>();
  co_return CanSend();
}

Result<void> WebSocket::Pong(absl::string_view payload) {
  if (payload.size() > 125) return ClientError(ErrorKind::kUsage, "a pong of more than 125 bytes");
  Result<void> can = CanSend();
  if (can.ok()) Write(FrameOpcode::kPong, true, payload);
  return can;
}

void WebSocket::SignOfLife() {
  heartbeat_pinged_ = false;
  if (state_ != State::kOpen || options_.heartbeat == absl::InfiniteDuration()) return;
  heartbeat_timer_.PostAt(loop_.Now() + options_.heartbeat);
}

void WebSocket::HeartbeatElapsed() {
  const absl::Duration patience = options_.heartbeat / 2;
  if (!heartbeat_pinged_) {
    heartbeat_pinged_ = true;
    SendPing();
    return heartbeat_timer_.PostAt(loop_.Now() + patience);
  }
  const ClientError error = ClientError::TimedOut(
      TimeoutKind::kHeartbeat, absl::StrCat("nothing came for ", absl::FormatDuration(patience), " after a ping"));
  End("no heartbeat", &error);
}

Task<Result<void>> WebSocket::Close(uint16_t code, std::string reason) {
  if (!IsSendableCloseCode(code)) co_return ClientError(ErrorKind::kUsage, absl::StrCat("close code ", code));
  if (!IsUtf8(reason)) co_return ClientError(ErrorKind::kUsage, "a close reason that is not UTF-8");
  StartClosing(code, reason);
  while (state_ != State::kClosed) co_await ended_.Wait();
  co_return Outcome();
}

void WebSocket::StartClosing(uint16_t code, absl::string_view reason) {
  if (state_ != State::kOpen) return;
  state_ = State::kClosing;
  close_sent_ = true;
  transport_->Write(EncodeCloseFrame(code, reason, &entropy_));
  heartbeat_timer_.Cancel();
  close_timer_.PostAt(loop_.Now() + options_.close_timeout);
  queue_->DropFurther();
  writable_.Set();  // who waits for room has nothing more to write
}

void WebSocket::FailWith(const ClientError& error, uint16_t code) {
  if (state_ == State::kClosed || error_.has_value()) return;
  if (close_sent_) return End("protocol error", &error);
  error_ = error;
  queue_->SetError(error);
  StartClosing(code, "");
}

void WebSocket::End(absl::string_view why, const ClientError* error) {
  if (state_ == State::kClosed) return;
  Ended(error);
  if (connection_ == nullptr) return;  // Adopt() will find out
  connection_->Close(why, Outcome());
}

void WebSocket::Ended(const ClientError* error) {
  if (state_ == State::kClosed) return;
  if (error != nullptr && !error_.has_value() && !close_received_) error_ = *error;
  if (!close_received_) close_code_ = kCloseAbnormal;
  state_ = State::kClosed;
  decoder_.Stop();
  heartbeat_timer_.Cancel();
  close_timer_.Cancel();
  if (queue_.has_value()) {
    if (!queue_->ended()) queue_->SetError(error_.has_value() ? *error_ : *error);
    queue_->Detach();
  }
  transport_ = nullptr;
  flow_ = nullptr;
  pong_owed_.reset();
  writable_.Set();
  while (PendingPing* ping = pending_pings_.front()) {
    ping->Unlink();
    ping->signal.Wake();
  }
  ended_.Set();
}

void WebSocket::VisitReferences(ReferenceVisitor& visitor) const {
  if (connection_ != nullptr) connection_->VisitReferences(visitor);
  if (queue_.has_value()) queue_->VisitReferences(visitor);
  if (error_.has_value()) visitor.Holds(*error_);
}

std::string WebSocket::DebugString() const {
  static constexpr absl::string_view kStates[] = {"connecting", "open", "closing", "closed"};
  std::string text = absl::StrCat("websocket ", kStates[static_cast<size_t>(state_)]);
  if (queue_.has_value()) absl::StrAppend(&text, ": queue ", queue_->DebugString(), "; ", decoder_.DebugString());
  if (error_.has_value()) absl::StrAppend(&text, "; ", error_->DebugString());
  return text;
}

}  // namespace client
