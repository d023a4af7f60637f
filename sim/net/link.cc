#include "sim/net/link.h"

#include <algorithm>

namespace sim {

struct Link::Tcp {
  struct News {
    int64_t at_ns;
    uint32_t bytes;   // acknowledged
    uint32_t credit;  // by which the window opens
  };
  static constexpr uint32_t kHeaders = 52;  // the other bytes of a packet: IP, TCP, timestamps

  Tcp(World& world, Link& link)
      : timer(world.loop(), MakeName(world.loop(), link.name_, "acknowledgements"), TimerKind::kSleep,
              [](void* self) { static_cast<Link*>(self)->OnAcknowledged(); }, &link) {}

  client::Ring<News> news;  // on its way to the sender
  uint32_t unacknowledged = 0;
  uint32_t congestion_window = 10 * kTcpSegment;
  Timer timer;  // for the first of the news
};

Link::~Link() = default;

size_t Link::unacknowledged() const { return tcp_ == nullptr ? 0 : tcp_->unacknowledged; }

Link::Link(World& world, FaultPlan& faults, ChunkPool& chunks, const Options& options, Name name, Name reader,
           LinkUser& user)
    : world_(world),
      faults_(faults),
      user_(user),
      options_(options),
      name_(name),
      reader_(reader),
      splits_(world.offers(Label::kLinkSplit)),
      bytes_(chunks),
      credit_(options.window),
      timer_(world.loop(), name, TimerKind::kSleep, [](void* self) { static_cast<Link*>(self)->Deliver(); }, this) {
  CHECK(options.send_buffer > 0 && options.window > 0 && options.max_segment > 0);
  if (options.tcp) tcp_ = std::make_unique<Tcp>(world, *this);
}

size_t Link::Write(absl::string_view bytes) {
  if (dead_ || rst_ != Mark::kNone) return 0;
  if (cut_) {
    if (reader_closed_ && !bytes.empty()) user_.ArrivedAtClosed(*this);
    return bytes.size();
  }
  if (fin_ != Mark::kNone) return 0;
  writer_waits_ = false;
  size_t accepted = 0;
  while (accepted < bytes.size() && room() > 0 && !cut_ && rst_ == Mark::kNone) {
    const uint32_t here = static_cast<uint32_t>(std::min(bytes.size() - accepted, room()));
    bytes_.Append(bytes.substr(accepted, here));
    unsent_ += here;
    accepted += here;
    if (splits_) writes_.push_back(here);
    Launch();
  }
  if (cut_ || rst_ != Mark::kNone) return bytes.size();
  writer_waits_ = accepted < bytes.size();
  return accepted;
}

void Link::Fin() {
  if (dead_ || fin_ != Mark::kNone || rst_ != Mark::kNone) return;
  fin_ = Mark::kWanted;
  Launch();
}

void Link::Rst(bool now) {
  if (dead_ || rst_ != Mark::kNone) return;
  DropUnarrived();
  rst_ = Mark::kFlying;
  if (now) {
    held_ = false;
    rst_arrival_ns_ = world_.loop().now_ns();
  } else {
    rst_arrival_ns_ = ChooseArrival(0);
  }
  ScheduleHead();
}

void Link::Abort() {
  dead_ = true;
  if (rst_ == Mark::kNone) DropUnarrived();  // otherwise two resets cross, and both arrive
}

// What is launched next, as far as credit lets it, until the writer's side is empty or something ends this direction.
void Link::Launch() {
  while (const uint32_t limit = Sendable()) {
    const Fate fate = held_ ? Fate::kPass : faults_.Draw(name_, /*is_fin=*/false);
    if (fate == Fate::kReset) return user_.HitByReset(*this);
    if (fate == Fate::kHalfClose) return HalfClose();
    if (fate == Fate::kHold) held_ = true;
    const uint32_t split = splits_ ? ChooseSize(limit) : 0;
    const uint32_t size = split == 0 ? limit : split;
    const int64_t arrival_ns = ChooseArrival(size);
    unsent_ -= size;
    in_flight_ += size;
    credit_ -= size;
    if (tcp_ != nullptr) tcp_->unacknowledged += size;
    if (splits_) TakeFromWrites(size);
    if (!segments_.empty() && !segments_.back().sealed && segments_.back().arrival_ns == arrival_ns &&
        segments_.back().bytes + size <= options_.max_segment) {
      segments_.back().bytes += size;
      segments_.back().sealed = split != 0;
    } else {
      segments_.push_back({arrival_ns, size, split != 0});
    }
  }
  if (fin_ == Mark::kWanted && unsent_ == 0) LaunchFin();
  ScheduleHead();
  if (writer_waits_ && room() * 3 >= options_.send_buffer) {
    writer_waits_ = false;
    user_.RoomAgain(*this);
  }
}

// How much may be launched now as one segment.
uint32_t Link::Sendable() const {
  const uint32_t segment = std::min({unsent_, credit_, options_.max_segment});
  if (tcp_ == nullptr || segment == 0) return segment;
  const uint32_t window = tcp_->congestion_window - std::min(tcp_->congestion_window, tcp_->unacknowledged);
  const uint32_t sendable = std::min(segment, window);
  const bool small = sendable < std::min(unsent_, kTcpSegment);
  return small && tcp_->unacknowledged > 0 ? 0 : sendable;
}

void Link::LaunchFin() {
  const Fate fate = held_ ? Fate::kPass : faults_.Draw(name_, /*is_fin=*/true);
  if (fate == Fate::kReset) return user_.HitByReset(*this);
  if (fate == Fate::kHold) held_ = true;
  fin_ = Mark::kFlying;
  fin_arrival_ns_ = ChooseArrival(0);
}

void Link::HalfClose() {
  cut_ = true;
  DropUnsent();
  fin_ = Mark::kFlying;
  fin_arrival_ns_ = ChooseArrival(0);
  ScheduleHead();
  if (writer_waits_) {
    writer_waits_ = false;
    user_.RoomAgain(*this);
  }
}

// 0 for "all of `limit`", which need not end the segment.
uint32_t Link::ChooseSize(uint32_t limit) {
  if (limit == 1) return 0;
  const uint32_t choice = world_.Choose(Label::kLinkSplit, name_, limit == 2 ? 3 : 4);
  switch (choice) {
    case 1: return 1;
    case 2: return std::min(limit, writes_.front());
    case 3: return limit - 1;
    default: return 0;
  }
}

int64_t Link::ChooseArrival(uint32_t bytes) {
  if (held_) return last_arrival_ns_ = kHeldNs;
  const int64_t now_ns = world_.loop().now_ns();
  const int64_t delay_ns = options_.latency_ns + world_.ChooseFromMenu(Label::kLinkDelay, name_);
  int64_t sent_ns = now_ns;
  if (options_.bytes_per_second > 0) {
    int64_t on_the_line = bytes;
    if (tcp_ != nullptr) on_the_line += (bytes + kTcpSegment - 1) / kTcpSegment * Tcp::kHeaders;
    line_free_ns_ = std::max(line_free_ns_, now_ns) + on_the_line * 1'000'000'000 / options_.bytes_per_second;
    sent_ns = line_free_ns_;
  }
  return last_arrival_ns_ = std::max(last_arrival_ns_, sent_ns + delay_ns);
}

void Link::TakeFromWrites(uint32_t bytes) {
  while (bytes > 0) {
    uint32_t& first = writes_.front();
    const uint32_t here = std::min(bytes, first);
    first -= here;
    bytes -= here;
    if (first == 0) writes_.pop_front();
  }
}

void Link::ScheduleHead() {
  if (timer_.pending()) return;
  int64_t arrival_ns;
  if (rst_ == Mark::kFlying) {
    arrival_ns = rst_arrival_ns_;
  } else if (!segments_.empty()) {
    arrival_ns = segments_.front().arrival_ns;
  } else if (fin_ == Mark::kFlying) {
    arrival_ns = fin_arrival_ns_;
  } else {
    return;
  }
  if (arrival_ns == kHeldNs) return;
  if (arrival_ns <= world_.loop().now_ns()) {
    world_.loop().Post(timer_.source(), timer_.fire());
  } else {
    world_.loop().ArmAt(timer_, arrival_ns);
  }
}

void Link::Deliver() {
  if (rst_ == Mark::kFlying) {
    rst_ = Mark::kArrived;
    if (options_.reset_discards_unread) {
      bytes_.Drop(unread_);
      unread_ = 0;
    }
    world_.Record(TraceKind::kReset, reader_);
    user_.Arrived(*this);
  } else if (!segments_.empty()) {
    DeliverSegment();
  } else {
    CHECK(fin_ == Mark::kFlying);
    fin_ = Mark::kArrived;
    world_.Record(TraceKind::kFin, reader_);
    user_.Arrived(*this);
  }
  ScheduleHead();
}

void Link::DeliverSegment() {
  const uint32_t size = segments_.front().bytes;
  segments_.pop_front();
  in_flight_ -= size;
  world_.Record(TraceKind::kDeliver, reader_, size);
  if (tcp_ != nullptr) Acknowledge(size, 0);
  if (!reader_closed_) {
    unread_ += size;
    return user_.Arrived(*this);
  }
  bytes_.Drop(size);
  OpenWindow(size);
  user_.ArrivedAtClosed(*this);
}

size_t Link::Read(char* to, size_t size) {
  const uint32_t here = static_cast<uint32_t>(std::min<size_t>(size, unread_));
  bytes_.Take(to, here);
  unread_ -= here;
  OpenWindow(here);
  return here;
}

void Link::CloseReader() {
  reader_closed_ = true;
  const uint32_t unread = unread_;
  unread_ = 0;
  bytes_.Drop(unread);
  OpenWindow(unread);
}

void Link::OpenWindow(size_t bytes) {
  freed_ += static_cast<uint32_t>(bytes);
  if (freed_ < std::min(options_.max_segment, options_.window / 2) && unread_ + in_flight_ > 0) return;
  const uint32_t credit = freed_;
  freed_ = 0;
  if (tcp_ != nullptr) return Acknowledge(0, credit);
  credit_ += credit;
  if (unsent_ > 0) Launch();
}

// Sends news to the writer's end. What is sent at the same moment is one packet.
void Link::Acknowledge(uint32_t bytes, uint32_t credit) {
  const int64_t at_ns = world_.loop().now_ns() + options_.latency_ns;
  if (!tcp_->news.empty() && tcp_->news.back().at_ns == at_ns) {
    tcp_->news.back().bytes += bytes;
    tcp_->news.back().credit += credit;
  } else {
    tcp_->news.push_back({at_ns, bytes, credit});
  }
  if (!tcp_->timer.pending()) world_.loop().ArmAt(tcp_->timer, tcp_->news.front().at_ns);
}

void Link::OnAcknowledged() {
  const Tcp::News news = tcp_->news.front();
  tcp_->news.pop_front();
  if (!tcp_->news.empty()) world_.loop().ArmAt(tcp_->timer, tcp_->news.front().at_ns);
  tcp_->unacknowledged -= news.bytes;
  tcp_->congestion_window = std::min(tcp_->congestion_window + news.bytes, options_.window + 10 * kTcpSegment);
  credit_ += news.credit;
  Launch();
}

void Link::Heal() {
  if (!held_) return;
  held_ = false;
  last_arrival_ns_ = world_.loop().now_ns();
  const auto release = [this](int64_t& arrival_ns) {
    if (arrival_ns == kHeldNs) arrival_ns = last_arrival_ns_;
    last_arrival_ns_ = std::max(last_arrival_ns_, arrival_ns);
  };
  for (size_t i = 0; i < segments_.size(); ++i) release(segments_[i].arrival_ns);
  release(fin_arrival_ns_);
  release(rst_arrival_ns_);
  ScheduleHead();
}

void Link::DropUnsent() {
  bytes_.Truncate(unread_ + in_flight_);
  unsent_ = 0;
  writes_.clear();
}

void Link::DropUnarrived() {
  bytes_.Truncate(unread_);
  unsent_ = in_flight_ = 0;
  writes_.clear();
  segments_.clear();
  if (tcp_ != nullptr) {
    tcp_->news.clear();
    tcp_->unacknowledged = 0;
    tcp_->timer.Cancel();
  }
  if (fin_ != Mark::kArrived) fin_ = Mark::kNone;
  timer_.Cancel();
}

}  // namespace sim
