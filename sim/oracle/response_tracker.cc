#include "sim/oracle/response_tracker.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace sim {

size_t ResponseTracker::Feed(absl::string_view bytes, bool head_request) {
  ended_ = false;
  if (between()) body_bytes_ = 0;
  size_t used = 0;
  while (used < bytes.size() && !ended_) {
    const absl::string_view rest = bytes.substr(used);
    if (state_ == State::kBroken) return bytes.size();
    if (state_ == State::kUpgraded) return used;
    if (state_ == State::kLength || state_ == State::kUntilClose || state_ == State::kChunkData) {
      const size_t here = state_ == State::kUntilClose
                              ? rest.size()
                              : static_cast<size_t>(std::min<uint64_t>(rest.size(), left_));
      body_bytes_ += here;
      used += here;
      if (state_ == State::kUntilClose) continue;
      left_ -= here;
      if (left_ > 0) continue;
      if (state_ == State::kLength) {
        End();
      } else {
        state_ = State::kChunkEnd;
      }
      continue;
    }
    const size_t end = rest.find('\n');
    if (end == absl::string_view::npos) {
      line_.append(rest.data(), rest.size());
      return bytes.size();
    }
    used += end + 1;
    if (line_.empty()) {
      Line(absl::StripSuffix(rest.substr(0, end), "\r"), head_request);
    } else {
      line_.append(rest.data(), end);
      Line(absl::StripSuffix(line_, "\r"), head_request);
      line_.clear();
    }
  }
  return used;
}

void ResponseTracker::Line(absl::string_view line, bool head_request) {
  switch (state_) {
    case State::kStatusLine: return StatusLine(line);
    case State::kHeaders: return line.empty() ? HeadEnded(head_request) : Header(line);
    case State::kChunkSize: return ChunkSize(line);
    case State::kChunkEnd:
      state_ = line.empty() ? State::kChunkSize : State::kBroken;
      return;
    case State::kTrailers:
      if (line.empty()) End();
      return;
    case State::kLength:
    case State::kUntilClose:
    case State::kChunkData:
    case State::kUpgraded:
    case State::kBroken: return;
  }
}

void ResponseTracker::StatusLine(absl::string_view line) {
  chunked_ = has_length_ = false;
  body_bytes_ = left_ = 0;
  const size_t space = line.find(' ');
  const bool ok = absl::StartsWith(line, "HTTP/1.") && space != absl::string_view::npos &&
                  absl::SimpleAtoi(line.substr(space + 1, 3), &status_);
  state_ = ok ? State::kHeaders : State::kBroken;
}

void ResponseTracker::Header(absl::string_view line) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return;
  const absl::string_view name = line.substr(0, colon);
  const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
  if (absl::EqualsIgnoreCase(name, "content-length")) {
    has_length_ = absl::SimpleAtoi(value, &left_);
    if (!has_length_) state_ = State::kBroken;
  } else if (absl::EqualsIgnoreCase(name, "transfer-encoding")) {
    chunked_ = absl::EndsWithIgnoreCase(value, "chunked");
  }
}

void ResponseTracker::HeadEnded(bool head_request) {
  if (status_ == 101) {
    state_ = State::kUpgraded;
  } else if (status_ < 200) {
    state_ = State::kStatusLine;
  } else if (head_request || status_ == 204 || status_ == 304) {
    End();
  } else if (chunked_) {
    state_ = State::kChunkSize;
  } else if (!has_length_) {
    state_ = State::kUntilClose;
  } else if (left_ == 0) {
    End();
  } else {
    state_ = State::kLength;
  }
}

void ResponseTracker::ChunkSize(absl::string_view line) {
  if (!absl::SimpleHexAtoi(line.substr(0, line.find(';')), &left_)) {
    state_ = State::kBroken;
  } else {
    state_ = left_ == 0 ? State::kTrailers : State::kChunkData;
  }
}

void ResponseTracker::End() {
  state_ = State::kStatusLine;
  ended_ = true;
}

}  // namespace sim
