// For tests: counts how many of it are alive, so that a frame that is destroyed twice, or never, is seen.
#ifndef CLIENT_ASYNC_LIVE_OBJECT_H_
#define CLIENT_ASYNC_LIVE_OBJECT_H_

#include <cstdint>

namespace client {

// Knows its own address: destroying what was never constructed there is counted as well.
class LiveObject {
 public:
  LiveObject() : self_(this) { ++live; }
  LiveObject(const LiveObject&) : self_(this) { ++live; }
  LiveObject(LiveObject&&) noexcept : self_(this) { ++live; }
  LiveObject& operator=(const LiveObject&) { return *this; }
  LiveObject& operator=(LiveObject&&) noexcept { return *this; }
  ~LiveObject() {
    --live;
    if (self_ != this) ++strays;
    self_ = nullptr;
  }

  static inline int live = 0;
  static inline int strays = 0;  // destroyed where none was: twice, or a bytewise copy

 private:
  const LiveObject* volatile self_;  // volatile: written by the destructor although nobody may read it
};

}  // namespace client

#endif  // CLIENT_ASYNC_LIVE_OBJECT_H_
