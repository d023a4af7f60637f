#include "client/testing/transport_pair.h"

#include <algorithm>
#include <utility>

#include "client/base/check.h"

namespace client::testing {

class TransportPair::End final : public Transport {
 public:
  End(EventLoop& loop, TransportPair& pair, int end)
      : pair_(pair),
        end_(end),
        source_(loop, MakeName(loop, Name(), "connection", static_cast<uint32_t>(end) + 1)),
        step_([](void* self) { static_cast<End*>(self)->Step(); }, this) {}
  ~End() override {
    if (destroyed_ != nullptr) *destroyed_ = true;
    pair_.ends_[end_] = nullptr;
    out().unsent.clear();
    out().fin_wanted = true;
    End* const peer = pair_.ends_[1 - end_];
    if (!in().arrived.empty() && peer != nullptr) peer->reset_ = true;
    pair_.Move(end_);
  }

  void SetProtocol(Protocol* protocol) override {
    protocol_ = protocol;
    Schedule();
  }
  void Write(Slice bytes) override {
    if (closing_ || lost_ || out().fin_wanted || bytes.empty()) return;
    if (reset_) {
      write_failed_ = true;
      return Schedule();
    }
    out().unsent.append(bytes.data(), bytes.size());
    out().sent += bytes.size();
    pair_.Move(end_);
    if (out().unsent.size() <= pair_.options_.socket.write_high || writing_paused_) return;
    writing_paused_ = true;
    if (in_callback_) {
      pause_due_ = true;
    } else if (protocol_ != nullptr) {
      protocol_->PauseWriting();
    }
  }
  void WriteEof() override {
    out().fin_wanted = true;
    pair_.Move(end_);
  }
  void Close() override {
    if (closing_ || lost_) return;
    closing_ = true;
    in().arrived.clear();
    WriteEof();
    Schedule();
  }
  void PauseReading() override { paused_ = true; }
  void ResumeReading() override {
    paused_ = false;
    Schedule();
  }
  bool reading_paused() const override { return paused_; }
  bool writing_paused() const override { return writing_paused_; }
  size_t unsent_bytes() const override { return out().unsent.size(); }
  bool closing() const override { return closing_ || lost_; }
  Name name() const override { return source_.name(); }

  void Schedule() {
    if (Next() != Event::kNone && !step_.posted()) source_.loop().Post(source_, step_);
  }
  void Reset() {
    reset_ = true;
    Schedule();
  }

 private:
  enum class Event : uint8_t { kNone, kLoss, kResume, kData, kEof };
  Direction& out() const { return pair_.directions_[end_]; }
  Direction& in() const { return pair_.directions_[1 - end_]; }

  Event Next() const {
    if (protocol_ == nullptr || lost_) return Event::kNone;
    if (closing_) return out().fin || reset_ ? Event::kLoss : Event::kNone;
    if (write_failed_) return Event::kLoss;
    if (writing_paused_ && out().unsent.size() <= pair_.options_.socket.write_low) return Event::kResume;
    if (paused_) return Event::kNone;
    if (!in().arrived.empty()) return Event::kData;
    if (reset_) return Event::kLoss;
    return in().fin && !eof_reported_ ? Event::kEof : Event::kNone;
  }
  void Step() {
    const Event event = Next();
    if (event == Event::kNone) return;
    bool destroyed = false;
    destroyed_ = &destroyed;
    in_callback_ = true;
    Run(event);
    if (destroyed) return;
    if (std::exchange(pause_due_, false)) protocol_->PauseWriting();
    if (destroyed) return;
    in_callback_ = false;
    destroyed_ = nullptr;
    Schedule();
  }
  void Run(Event event) {
    if (event == Event::kResume) {
      writing_paused_ = false;
      protocol_->ResumeWriting();
    } else if (event == Event::kEof) {
      eof_reported_ = true;
      protocol_->EofReceived();
    } else if (event == Event::kLoss) {
      lost_ = true;
      const ClientError error(ErrorKind::kDisconnected, "connection reset by peer");
      protocol_->ConnectionLost(closing_ ? Result<void>() : error);
    } else {
      size_t size = std::min(in().arrived.size(), pair_.options_.socket.max_read);
      if (in().split > in().delivered) size = std::min<uint64_t>(size, in().split - in().delivered);
      std::string bytes = in().arrived.substr(0, size);
      if (in().flip >= in().delivered && in().flip < in().delivered + size) {
        bytes[in().flip - in().delivered] ^= 1;
      }
      in().arrived.erase(0, size);
      in().delivered += size;
      pair_.Move(1 - end_);
      protocol_->DataReceived(Slice::Copy(bytes));
    }
  }

  TransportPair& pair_;
  const int end_;
  Source source_;
  Runnable step_;
  Protocol* protocol_ = nullptr;
  bool* destroyed_ = nullptr;
  bool in_callback_ = false;
  bool pause_due_ = false;
  bool paused_ = false;
  bool writing_paused_ = false;
  bool write_failed_ = false;
  bool reset_ = false;
  bool closing_ = false;
  bool eof_reported_ = false;
  bool lost_ = false;
};

TransportPair::TransportPair(EventLoop& loop, const Options& options)
    : options_(options),
      made_{std::make_unique<End>(loop, *this, 0), std::make_unique<End>(loop, *this, 1)},
      ends_{made_[0].get(), made_[1].get()} {}

TransportPair::~TransportPair() {
  for (std::unique_ptr<End>& end : made_) end.reset();
  CHECK(ends_[0] == nullptr && ends_[1] == nullptr);
}

std::unique_ptr<Transport> TransportPair::Take(int end) {
  CHECK(made_[end] != nullptr);
  return std::move(made_[end]);
}

void TransportPair::Reset(int end) {
  if (ends_[end] != nullptr) ends_[end]->Reset();
}

bool TransportPair::paused(int end) const { return ends_[end] != nullptr && ends_[end]->reading_paused(); }

size_t TransportPair::waiting() const {
  size_t waiting = 0;
  for (const Direction& direction : directions_) waiting += direction.unsent.size() + direction.arrived.size();
  return waiting;
}

void TransportPair::Move(int end) {
  Direction& direction = directions_[end];
  const uint64_t had = direction.sent - direction.unsent.size();  // that have arrived, ever
  if (!direction.fin) {
    size_t room = options_.window - std::min(options_.window, direction.arrived.size());
    room = std::min<uint64_t>(room, direction.cut - std::min(had, direction.cut));
    const size_t size = std::min(room, direction.unsent.size());
    direction.arrived.append(direction.unsent, 0, size);
    direction.unsent.erase(0, size);
    if (had + size >= direction.cut) direction.unsent.clear();
    direction.fin = direction.unsent.empty() && (direction.fin_wanted || had + size >= direction.cut);
  }
  for (End* other : ends_) {
    if (other != nullptr) other->Schedule();
  }
}

}  // namespace client::testing
