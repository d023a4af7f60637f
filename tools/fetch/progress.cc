#include "tools/fetch/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace wavetank {
namespace {

constexpr absl::Duration kEvery = absl::Milliseconds(200);
constexpr int kBarMin = 8, kBarMax = 40;  // characters

int Columns() {
  winsize size;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string TimeLeft(uint64_t seconds) {
  if (seconds >= 3600) return absl::StrFormat("%d:%02d:%02d left", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return absl::StrFormat("%d:%02d left", seconds / 60, seconds % 60);
}

}  // namespace

std::string Amount(uint64_t bytes) {
  if (bytes < 1000) return absl::StrCat(bytes, " B");
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  const char* const* unit = kUnits;
  for (; bytes >= 1'000'000; bytes /= 1000) ++unit;
  const uint64_t tenths = bytes / 100;
  if (tenths >= 1000) return absl::StrCat(bytes / 1000, " ", *unit);
  return absl::StrFormat("%d.%d %s", tenths / 10, tenths % 10, *unit);
}

std::string ProgressLine(uint64_t bytes, absl::optional<uint64_t> total, uint64_t rate, int columns) {
  const std::string speed = absl::StrCat("  ", Amount(rate), "/s");
  if (!total.has_value() || *total == 0) {
    return absl::StrCat(Amount(bytes), speed).substr(0, static_cast<size_t>(columns));
  }
  const uint64_t part = std::min(bytes, *total);
  const auto percent = static_cast<int>(static_cast<unsigned __int128>(part) * 100 / *total);
  const std::string head = absl::StrFormat("%3d %%", percent);
  std::string tail = absl::StrCat("  ", Amount(bytes), " of ", Amount(*total), speed);
  if (rate > 0) absl::StrAppend(&tail, "  ", TimeLeft((*total - part) / rate));
  const int room = std::min(kBarMax, columns - static_cast<int>(head.size() + tail.size()) - 4);
  if (room < kBarMin) return (head + tail).substr(0, static_cast<size_t>(columns));
  std::string bar(static_cast<size_t>(room), ' ');
  const auto filled = static_cast<size_t>(static_cast<unsigned __int128>(part) * static_cast<uint64_t>(room) / *total);
  std::fill_n(bar.begin(), filled, '=');
  if (filled < bar.size()) bar[filled] = '>';
  return absl::StrCat(head, "  [", bar, "]", tail);
}

Progress::Progress(client::EventLoop& loop, client::Name name, bool wanted)
    : loop_(loop),
      shown_(wanted && isatty(STDERR_FILENO) != 0),
      then_(loop.Now()),
      timer_(loop, name, client::TimerKind::kIdle, [](void* self) { static_cast<Progress*>(self)->Tick(); }, this) {
  if (shown_) timer_.PostAt(then_ + kEvery);
}

Progress::~Progress() {
  if (!drawn_) return;
  Tick();
  fputc('\n', stderr);
}

void Progress::Begin(absl::optional<uint64_t> total) {
  total_ = total;
  bytes_ = bytes_then_ = rate_ = 0;
}

void Progress::Tick() {
  const absl::Time now = loop_.Now();
  const int64_t ms = absl::ToInt64Milliseconds(now - then_);
  if (ms > 0) {
    const uint64_t recent = (bytes_ - std::min(bytes_, bytes_then_)) * 1000 / static_cast<uint64_t>(ms);
    rate_ = rate_ == 0 ? recent : (rate_ * 3 + recent) / 4;
  }
  then_ = now;
  bytes_then_ = bytes_;
  drawn_ = true;
  fprintf(stderr, "\r%s\033[K", ProgressLine(bytes_, total_, rate_, Columns() - 1).c_str());
  timer_.PostAt(now + kEvery);
}

}  // namespace wavetank
