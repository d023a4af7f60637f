#include "sim/net/link.h"

#include <algorithm>

namespace sim {

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
  while (unsent_ > 0 && credit_ > 0) {
    const Fate fate = held_ ? Fate::kPass : faults_.Draw(name_, /*is_fin=*/false);
    if (fate == Fate::kReset) return user_.HitByReset(*this);
    if (fate == Fate::kHalfClose) return HalfClose();
    if (fate == Fate::kHold) held_ = true;
    const uint32_t limit = std::min({unsent_, credit_, options_.max_segment});
    const uint32_t split = splits_ ? ChooseSize(limit) : 0;
    const uint32_t size = split == 0 ? limit : split;
    const int64_t arrival_ns = ChooseArrival(size);
    unsent_ -= size;
    in_flight_ += size;
    credit_ -= size;
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
    line_free_ns_ = std::max(line_free_ns_, now_ns) + int64_t{bytes} * 1'000'000'000 / options_.bytes_per_second;
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
  credit_ += freed_;
  freed_ = 0;
  if (unsent_ > 0) Launch();
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
  if (fin_ != Mark::kArrived) fin_ = Mark::kNone;
  timer_.Cancel();
}

}  // namespace sim
