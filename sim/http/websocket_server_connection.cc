#include "sim/http/websocket_server_connection.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "sim/http/server_connection.h"
#include "sim/world/pattern.h"

namespace sim {
namespace {

using client::FrameOpcode;
using client::Slice;

constexpr size_t kMessageMax = 64 << 20;
constexpr uint64_t kSkippedMax = 1000;  // messages that a client may give up one after the other

std::string PingPayload(uint64_t number) {
  std::string payload("ping....");
  for (int i = 0; i < 4; ++i) payload[4 + static_cast<size_t>(i)] = static_cast<char>(number >> (8 * i));
  return payload;
}

}  // namespace

WebSocketServerConnection::WebSocketServerConnection(World& world, ServerObserver& observer, const WebSocketPlan& plan,
                                                     client::Transport& transport, client::Protocol& http,
                                                     const Names& names)
    : world_(world),
      observer_(observer),
      plan_(plan),
      transport_(transport),
      http_(http),
      names_(names),
      decoder_(client::WebSocketRole::kServer, kMessageMax, *this),
      pace_timer_(world.loop(), client::MakeName(world.loop(), names.end, "ws_pace"), TimerKind::kSleep,
                  [](void* self) { static_cast<WebSocketServerConnection*>(self)->Advance(); }, this),
      close_timer_(world.loop(), client::MakeName(world.loop(), names.end, "ws_close"), TimerKind::kSleep,
                   [](void* self) { static_cast<WebSocketServerConnection*>(self)->AnswerClose(); }, this) {}

void WebSocketServerConnection::Compress(const client::DeflateParameters& agreed) {
  decoder_.EnableDeflate(agreed);
  deflater_.emplace(agreed, client::WebSocketRole::kServer);
  observer_.CompressionAgreed(names_.socket);
}

void WebSocketServerConnection::Start(bool healed) {
  healed_ = healed;
  own_messages_ = plan_.messages.Draw(world_, names_.socket);
  Advance();
}

void WebSocketServerConnection::Heal() {
  healed_ = true;
  if (stage_ == Stage::kSilent) return HangUp();
  Advance();
}

void WebSocketServerConnection::DataReceived(Slice bytes) {
  if (stage_ == Stage::kOver) return;
  if (tracker_.closed()) return Malformed("bytes behind a Close frame");
  size_t used = 0;
  while (used < bytes.size() && !tracker_.closed()) used += tracker_.Feed(bytes.view().substr(used));
  const bool more = used < bytes.size();
  const client::Result<void> fed = decoder_.Feed(bytes.Sub(0, used));
  if (!fed.ok()) return Malformed(fed.error().message());
  if (more) return Malformed("bytes behind a Close frame");
  Advance();
}

void WebSocketServerConnection::ConnectionLost(client::Result<void> error) {
  stage_ = Stage::kOver;
  pace_timer_.Cancel();
  close_timer_.Cancel();
  http_.ConnectionLost(std::move(error));
}

void WebSocketServerConnection::OnMessage(client::WebSocketMessage message) {
  const bool text = message.type == client::MessageType::kText;
  world_.Record(TraceKind::kServer, names_.end, static_cast<uint64_t>(ServerEvent::kMessageArrived));
  observer_.MessageArrived(names_.socket, text, message.text());
  Echo(text, message.text());
}

// Which of the client's messages it was, so that laws know the echo by its key.
void WebSocketServerConnection::Echo(bool text, absl::string_view bytes) {
  for (uint64_t number = heard_; number < heard_ + kSkippedMax; ++number) {
    const Name key = MessageKey(names_.socket, /*from_client=*/true, number);
    if (MatchMessage(key, text, bytes) != bytes.size()) continue;
    heard_ = number + 1;
    if (plan_.echo && stage_ == Stage::kTalking) echoes_.push_back({key, text, bytes.size()});
    return;
  }
}

void WebSocketServerConnection::OnPing(Slice payload) {
  if (stage_ == Stage::kSilent) return;
  if (!plan_.pongs) return observer_.PingIgnored(names_.socket);
  if (stage_ != Stage::kTalking) return;
  transport_.Write(client::EncodeFrame(FrameOpcode::kPong, true, payload.view(), nullptr));
}

void WebSocketServerConnection::OnPong(Slice payload) {
  for (uint64_t number = pings_; number > 0; --number) {
    if (payload.view() == PingPayload(number)) return;
  }
  Malformed("a pong that answers no ping");
}

void WebSocketServerConnection::OnClose(uint16_t code, absl::string_view reason) {
  world_.Record(TraceKind::kServer, names_.end, static_cast<uint64_t>(ServerEvent::kCloseArrived), code);
  observer_.CloseArrived(names_.socket, code);
  if (stage_ == Stage::kClosing) return HangUp();
  if (stage_ == Stage::kSilent) return;
  if (plan_.ignores_close) return BeSilent();
  answer_ = code;
  if (plan_.close_delay_ns == 0) return AnswerClose();
  close_timer_.PostAt(world_.loop().Now() + absl::Nanoseconds(plan_.close_delay_ns));
}

void WebSocketServerConnection::Advance() {
  while (stage_ == Stage::kTalking) {
    const bool has_message = sending_ || made_ < own_messages_ || !echoes_.empty();
    const bool stays = plan_.ending == WebSocketPlan::Ending::kStays && !healed_;
    if (!has_message && (stays || close_timer_.pending())) return;
    if (!MayGoOn()) return;
    if (!has_message) return End();
    if (!sending_) NextMessage();
    WriteFrame();
  }
}

bool WebSocketServerConnection::MayGoOn() {
  if (pace_timer_.pending() || transport_.writing_paused()) return false;
  if (!paced_) {
    paced_ = true;
    const int64_t pause_ns = plan_.delay_ns + world_.ChooseFromMenu(Label::kServerPace, names_.end);
    if (pause_ns > 0) {
      pace_timer_.PostAt(world_.loop().Now() + absl::Nanoseconds(pause_ns));
      return false;
    }
  }
  paced_ = false;
  return true;
}

void WebSocketServerConnection::NextMessage() {
  Message message;
  if (made_ < own_messages_) {
    message.key = MessageKey(names_.socket, /*from_client=*/false, made_);
    message.text = plan_.message.IsText(made_++);
    message.bytes = plan_.message.bytes.Draw(world_, names_.socket);
  } else {
    message = echoes_.front();
    echoes_.pop_front();
  }
  sending_ = true;
  sent_ = 0;
  text_ = message.text;
  content_.resize(message.bytes);
  FillMessage(message.key, text_, content_.data(), content_.size());
  fragment_ = plan_.fragment.Draw(world_, names_.socket);
  world_.Record(TraceKind::kServer, names_.end, static_cast<uint64_t>(ServerEvent::kMessageBegan));
  observer_.MessageBegan(names_.socket, message.key, text_, message.bytes);
}

void WebSocketServerConnection::WriteFrame() {
  const uint32_t close = world_.Choose(Label::kServerClose, names_.end, 3);
  if (close == 1) return HangUp();
  const uint64_t left = content_.size() - sent_;
  const uint64_t size = fragment_ > 0 ? std::min(left, fragment_) : left;
  const FrameOpcode first = text_ ? FrameOpcode::kText : FrameOpcode::kBinary;
  const absl::string_view part = absl::string_view(content_).substr(sent_, size);
  const bool fin = size == left;
  Slice frame = MakeFrame(sent_ == 0 ? first : FrameOpcode::kContinuation, fin, part);
  if (close == 2) {
    transport_.Write(frame.Sub(0, frame.size() / 2));
    return HangUp();
  }
  sent_ += size;
  sending_ = !fin;
  transport_.Write(std::move(frame));
  if (fin) observer_.MessageSent(names_.socket);
  if (plan_.ping_every > 0 && ++frames_ % plan_.ping_every == 0) WritePing();
}

Slice WebSocketServerConnection::MakeFrame(FrameOpcode opcode, bool fin, absl::string_view part) {
  if (!deflater_.has_value()) return client::EncodeFrame(opcode, fin, part, nullptr);
  return client::EncodeDeflatedFrame(opcode, fin, deflater_->Deflate(part, fin), nullptr);
}

void WebSocketServerConnection::WritePing() {
  transport_.Write(client::EncodeFrame(FrameOpcode::kPing, true, PingPayload(++pings_), nullptr));
}

// Its script is over.
void WebSocketServerConnection::End() {
  switch (plan_.ending) {
    case WebSocketPlan::Ending::kStays: return StartClose(client::kCloseGoingAway);
    case WebSocketPlan::Ending::kCloses: return StartClose(plan_.close_code);
    case WebSocketPlan::Ending::kHangsUp: return HangUp();
    case WebSocketPlan::Ending::kFallsSilent: return BeSilent();
  }
}

void WebSocketServerConnection::BeSilent() {
  stage_ = Stage::kSilent;
  world_.Record(TraceKind::kServer, names_.end, static_cast<uint64_t>(ServerEvent::kSilent));
  observer_.Silent(names_.connection, names_.socket);
  if (healed_) HangUp();
}

void WebSocketServerConnection::StartClose(uint16_t code) {
  stage_ = Stage::kClosing;
  world_.Record(TraceKind::kServer, names_.end, static_cast<uint64_t>(ServerEvent::kCloseSent), code);
  observer_.CloseSent(names_.socket, code);
  transport_.Write(client::EncodeCloseFrame(code, "", nullptr));
}

void WebSocketServerConnection::AnswerClose() {
  if (stage_ != Stage::kTalking) return;
  StartClose(answer_);
  HangUp();
}

void WebSocketServerConnection::HangUp() {
  if (stage_ == Stage::kOver) return;
  stage_ = Stage::kOver;
  world_.Record(TraceKind::kServer, names_.end, static_cast<uint64_t>(ServerEvent::kHungUp));
  pace_timer_.Cancel();
  close_timer_.Cancel();
  transport_.Close();
}

void WebSocketServerConnection::Malformed(absl::string_view why) {
  world_.Record(TraceKind::kServer, names_.end, static_cast<uint64_t>(ServerEvent::kMalformed));
  observer_.FramesMalformed(names_.connection, names_.socket, why);
  HangUp();
}

}  // namespace sim
