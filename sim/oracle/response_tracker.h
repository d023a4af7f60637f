// Follows the framing of the responses that are handed to a client (RFC 9112 section 6), so that laws know what has
// arrived without asking the client, and without its parser.
//
// It trusts the scripted server's syntax and checks none of it: what it cannot follow makes it broken(), and then it
// says nothing any more.
#ifndef SIM_ORACLE_RESPONSE_TRACKER_H_
#define SIM_ORACLE_RESPONSE_TRACKER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace sim {

class ResponseTracker {
 public:
  // Takes in bytes up to the end of a response; returns how many. `head_request`: the response under way answers HEAD.
  size_t Feed(absl::string_view bytes, bool head_request);

  // No byte of a response has come since the last one ended. Interim responses do not count.
  bool between() const { return state_ == State::kStatusLine && line_.empty(); }
  // Whether the end of the last Feed() was the end of a response.
  bool ended() const { return ended_; }
  bool until_close() const { return state_ == State::kUntilClose; }
  bool broken() const { return state_ == State::kBroken; }
  bool upgraded() const { return state_ == State::kUpgraded; }  // what follows is another protocol's, and not taken in
  // Of the response under way, or of the one that has just ended; bytes.
  uint64_t body_bytes() const { return body_bytes_; }

 private:
  enum class State : uint8_t {
    kStatusLine, kHeaders, kLength, kUntilClose, kChunkSize, kChunkData, kChunkEnd, kTrailers, kUpgraded, kBroken
  };

  void Line(absl::string_view line, bool head_request);
  void StatusLine(absl::string_view line);
  void Header(absl::string_view line);
  void HeadEnded(bool head_request);
  void ChunkSize(absl::string_view line);
  void End();

  State state_ = State::kStatusLine;
  bool ended_ = false;
  bool chunked_ = false;
  bool has_length_ = false;
  int status_ = 0;
  uint64_t left_ = 0;  // bytes of the body, or of the chunk
  uint64_t body_bytes_ = 0;
  std::string line_;  // the part of a line that has come
};

}  // namespace sim

#endif  // SIM_ORACLE_RESPONSE_TRACKER_H_
