#include "sim/http/hostile_server.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/slice.h"
#include "client/websocket/websocket.h"
#include "sim/http/hostile_menu.h"

namespace sim {

using client::Slice;

class HostileConnection final : public client::Protocol, public client::ListNode<HostileConnectionTag> {
 public:
  HostileConnection(HostileServer& server, std::unique_ptr<client::Transport> transport, Name name)
      : server_(server),
        name_(name),
        pace_timer_(server.world_.loop(), client::MakeName(server.world_.loop(), name, "pace"), TimerKind::kSleep,
                    [](void* self) { static_cast<HostileConnection*>(self)->Advance(); }, this),
        transport_(std::move(transport)) {
    transport_->SetProtocol(this);
  }

  // It may speak before it is asked.
  void Begin() {
    if (Choose(4) != 1) return;
    Say(HostileBehind());
    Advance();
  }

  void Heal() {
    if (!closed_) Close();
  }

 private:
  static constexpr size_t kHeadMax = 64 << 10;
  static constexpr int kPiecesMax = 6;  // of a body

  // What comes when everything has been said.
  enum class Then : uint8_t { kNothing, kEof, kClose };

  void DataReceived(Slice bytes) override {
    if (closed_ || ended_) return;
    if (server_.healed_) return Close();
    if (head_.size() + bytes.size() > kHeadMax) head_.clear();
    head_.append(bytes.data(), bytes.size());
    Advance();
  }
  void EofReceived() override {
    if (!closed_) Close();
  }
  void ConnectionLost(client::Result<void> error) override {
    closed_ = true;
    pace_timer_.Cancel();
    server_.Bury(*this);
  }
  void PauseWriting() override {}
  void ResumeWriting() override { Advance(); }

  uint32_t Choose(uint32_t count) { return server_.world_.Choose(Label::kServerBytes, name_, count); }

  uint32_t Say(HostileMenu menu) {
    const uint32_t choice = Choose(static_cast<uint32_t>(menu.size()));
    if (!menu[choice].text.empty()) tokens_.push_back(menu[choice]);
    return choice;
  }

  // The head of a request has come: decides all of the response, which Advance() says. Whatever lies behind the head is
  // forgotten. False if there is none.
  bool Answer() {
    const size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    head_.resize(end);
    Draw();
    head_.clear();
    return true;
  }

  void Draw() {
    if (++responses_ > HostileServer::kResponsesMax) {
      then_ = Then::kClose;
      return;
    }
    if (IsUpgrade() && Choose(3) != 2) {
      SwitchProtocols();
    } else {
      Say(HostileStatusLines());
      const uint32_t framing = Say(HostileFramings());
      for (int i = 0; i < 3 && Say(HostileFields()) != 0; ++i) {
      }
      Say(HostileHeadEnds());
      SayBody(framing == 1 ? Choose(4) != 3 : Choose(4) == 3);
    }
    Say(HostileBehind());
    const uint32_t then = Choose(3);
    if (then != 0) then_ = then == 1 ? Then::kEof : Then::kClose;
  }

  void SayBody(bool chunked) {
    if (!chunked) {
      Say(HostileBodies());
      return;
    }
    for (int i = 0; i < kPiecesMax; ++i) {
      if (Say(HostileChunks()) == 0) return;
    }
  }

  bool IsUpgrade() const { return absl::StrContains(head_, "Sec-WebSocket-Key: "); }

  void SwitchProtocols() {
    const size_t at = head_.find("Sec-WebSocket-Key: ") + sizeof("Sec-WebSocket-Key: ") - 1;
    const std::string key = head_.substr(at, head_.find('\r', at) - at);
    accept_ = absl::StrCat("Sec-WebSocket-Accept: ", client::WebSocketAccept(key), "\r\n");
    tokens_.push_back({"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"});
    for (uint32_t i = Choose(3) == 1 ? 2 : 1; i > 0; --i) tokens_.push_back({accept_});
    Say(HostileFields());
    Say(HostileHeadEnds());
    for (int i = 0; i < kPiecesMax && Say(HostileFrames()) != 0; ++i) {
    }
  }

  void Advance() {
    do {
      while (!closed_ && said_ < tokens_.size()) {
        if (!MayGoOn()) return;
        Write(tokens_[said_++]);
      }
      if (closed_ || ended_) return;
      tokens_.clear();
      said_ = 0;
      if (then_ == Then::kClose) return Close();
      if (then_ == Then::kEof) {
        ended_ = true;
        return transport_->WriteEof();
      }
    } while (Answer());
  }

  bool MayGoOn() {
    if (pace_timer_.pending() || transport_->writing_paused()) return false;
    if (std::exchange(paced_, !paced_)) return true;
    const int64_t pause_ns = server_.world_.ChooseFromMenu(Label::kServerPace, name_);
    if (pause_ns > 0) {
      pace_timer_.PostAt(server_.world_.loop().Now() + absl::Nanoseconds(pause_ns));
      return false;
    }
    paced_ = false;
    return true;
  }

  void Write(const HostileToken& token) {
    const size_t size = token.text.size() * token.times;
    if (sent_ + size > HostileServer::kBytesMax) return Close();
    sent_ += size;
    client::Buffer* buffer = client::Buffer::New(size);
    for (uint32_t i = 0; i < token.times; ++i) {
      std::copy(token.text.begin(), token.text.end(), buffer->data() + i * token.text.size());
    }
    transport_->Write(Slice::Adopt(buffer, 0, size));
  }

  void Close() {
    closed_ = true;
    pace_timer_.Cancel();
    transport_->Close();
  }

  HostileServer& server_;
  const Name name_;  // of this end
  std::string head_;
  std::string accept_;
  std::vector<HostileToken> tokens_;
  size_t said_ = 0;   // of tokens_
  size_t sent_ = 0;   // bytes
  int responses_ = 0;
  Then then_ = Then::kNothing;
  bool paced_ = false;   // the pause before the next token is over
  bool ended_ = false;   // has sent FIN
  bool closed_ = false;
  Timer pace_timer_;
  std::unique_ptr<client::Transport> transport_;  // last, so that it goes first
};

HostileServer::HostileServer(World& world, ServerObserver& observer, Name name)
    : world_(world),
      observer_(observer),
      source_(world.loop(), name),
      reap_([](void* self) { static_cast<HostileServer*>(self)->Reap(); }, this) {}

HostileServer::~HostileServer() {
  Reap();
  while (!connections_.empty()) delete connections_.front();
}

void HostileServer::Accept(std::unique_ptr<client::Transport> transport, Name connection, Name client_connection) {
  auto* accepted = new HostileConnection(*this, std::move(transport), connection);
  connections_.PushBack(*accepted);
  observer_.Untruthful(client_connection);
  accepted->Begin();
}

void HostileServer::Heal() {
  healed_ = true;
  for (HostileConnection* connection = connections_.front(); connection != nullptr;
       connection = connections_.Next(*connection)) {
    connection->Heal();
  }
}

void HostileServer::Bury(HostileConnection& connection) {
  connection.Unlink();
  dead_.push_back(&connection);
  if (!reap_.posted()) world_.loop().Post(source_, reap_);
}

void HostileServer::Reap() {
  for (HostileConnection* connection : dead_) delete connection;
  dead_.clear();
}

}  // namespace sim
