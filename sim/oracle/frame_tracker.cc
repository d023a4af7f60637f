#include "sim/oracle/frame_tracker.h"

#include <algorithm>

namespace sim {
namespace {

constexpr unsigned char kFin = 0x80;
constexpr unsigned char kMasked = 0x80;
constexpr unsigned char kClose = 8;
constexpr unsigned char kPing = 9;
constexpr uint16_t kNoStatus = 1005;

}  // namespace

size_t FrameTracker::HeaderWanted() const {
  if (header_size_ < 2) return 2;
  const unsigned char length = header_[1] & 0x7F;
  return 2 + (length < 126 ? 0 : length == 126 ? 2 : 8) + ((header_[1] & kMasked) != 0 ? 4 : 0);
}

size_t FrameTracker::Feed(absl::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && !closed_) {
    if (in_frame_) {
      const auto part = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - used));
      for (size_t i = 0; i < part && at_ + i < 2; ++i) {
        const bool masked = (header_[1] & kMasked) != 0;
        const unsigned char mask = masked ? header_[header_size_ - 4 + static_cast<size_t>(at_ + i)] : 0;
        code_[at_ + i] = static_cast<unsigned char>(bytes[used + i]) ^ mask;
      }
      at_ += part;
      left_ -= part;
      used += part;
    } else {
      header_[header_size_++] = static_cast<unsigned char>(bytes[used++]);
      if (header_size_ < HeaderWanted()) continue;
      const size_t length = header_[1] & 0x7F;
      const size_t more = length < 126 ? 0 : length == 126 ? 2 : 8;
      left_ = more == 0 ? length : 0;
      for (size_t i = 0; i < more; ++i) left_ = left_ << 8 | header_[2 + i];
      at_ = 0;
      in_frame_ = true;
    }
    if (in_frame_ && left_ == 0) {
      EndFrame();
      return used;
    }
  }
  return used;
}

void FrameTracker::EndFrame() {
  const unsigned char opcode = header_[0] & 0x0F;
  const bool fin = (header_[0] & kFin) != 0;
  in_frame_ = false;
  header_size_ = 0;
  if (opcode < kClose) {
    in_message_ = !fin;
    if (fin) ++messages_;
  } else if (opcode == kClose) {
    closed_ = true;
    close_code_ = at_ < 2 ? kNoStatus : static_cast<uint16_t>(code_[0] << 8 | code_[1]);
  } else if (opcode == kPing) {
    ++pings_;
  }
}

}  // namespace sim
