// How far a transfer is, on one line of a terminal.
#ifndef TOOLS_FETCH_PROGRESS_H_
#define TOOLS_FETCH_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/net/event_loop.h"

namespace wavetank {

// "1.5 MB": three digits at most, powers of 1000.
std::string Amount(uint64_t bytes);

// " 42 %  [========>           ]  12.3 MB of 29.4 MB  5.6 MB/s  0:03 left", or without a total "12.3 MB  5.6 MB/s".
// `rate` is in bytes per second. At most `columns` wide: the bar gives way first.
std::string ProgressLine(uint64_t bytes, absl::optional<uint64_t> total, uint64_t rate, int columns);

// Draws itself on stderr, a few times a second.
class Progress {
 public:
  // Not shown unless stderr is a terminal.
  Progress(client::EventLoop& loop, client::Name name, bool wanted);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // ends the line

  // What comes now is something else: another body.
  void Begin(absl::optional<uint64_t> total);
  void Add(uint64_t bytes) { bytes_ += bytes; }

 private:
  void Tick();

  client::EventLoop& loop_;
  const bool shown_;
  absl::optional<uint64_t> total_;
  uint64_t bytes_ = 0;
  uint64_t bytes_then_ = 0;  // at the last tick
  uint64_t rate_ = 0;        // bytes per second, smoothed
  absl::Time then_;
  bool drawn_ = false;
  client::Timer timer_;
};

}  // namespace wavetank

#endif  // TOOLS_FETCH_PROGRESS_H_
