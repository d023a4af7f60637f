// Follows the frames of one direction of a WebSocket (RFC 6455 section 5.2), so that laws know what has arrived without
// asking the client, and without its decoder.
//
// It trusts the syntax and checks none of it: that is the server's to do.
#ifndef SIM_ORACLE_FRAME_TRACKER_H_
#define SIM_ORACLE_FRAME_TRACKER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace sim {

class FrameTracker {
 public:
  // Takes in bytes up to the end of a frame; returns how many.
  size_t Feed(absl::string_view bytes);

  uint64_t messages() const { return messages_; }  // that have come to their end
  bool in_message() const { return in_message_; }  // one has begun
  uint64_t pings() const { return pings_; }
  // A Close frame has come; what follows is not taken in. Its code is 1005 if it says nothing.
  bool closed() const { return closed_; }
  uint16_t close_code() const { return close_code_; }

 private:
  static constexpr size_t kHeaderMax = 14;

  size_t HeaderWanted() const;
  void EndFrame();

  unsigned char header_[kHeaderMax] = {};
  size_t header_size_ = 0;
  bool in_frame_ = false;  // its header has come
  uint64_t left_ = 0;      // bytes of its payload
  uint64_t at_ = 0;        // bytes of its payload that have come
  unsigned char code_[2] = {};
  uint64_t messages_ = 0;
  uint64_t pings_ = 0;
  bool in_message_ = false;
  bool closed_ = false;
  uint16_t close_code_ = 0;
};

}  // namespace sim

#endif  // SIM_ORACLE_FRAME_TRACKER_H_
