// The smallest simulated network: a floor for measurements, no part of the harness.
//
// A binary heap of timed deliveries, a clock, one coroutine that sends and one that receives per flow, payload copied
// in and out of pooled segments, one link of 1 Gbit/s and 1 ms, a window, acknowledgements as events, a seeded pick
// among ready coroutines. No names, no trace, no choices, no transports, no faults.
#ifndef SIM_NET_LINK_FLOOR_H_
#define SIM_NET_LINK_FLOOR_H_

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <queue>
#include <vector>

#include "sim/choice/prng.h"

namespace sim::floor {

using Handle = std::coroutine_handle<>;

struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::abort(); }
  };
  Handle handle;
};

struct Segment {
  char* bytes;
  uint32_t size;
};

struct Flow {
  std::deque<Segment> arrived;
  Handle reader, writer;
  int64_t credit = 0;
  uint64_t got = 0;
};

struct Event {
  uint64_t time, sequence;
  uint32_t flow;
  bool acknowledges;
  Segment segment;
  bool operator<(const Event& other) const {
    return time != other.time ? time > other.time : sequence > other.sequence;
  }
};

class Net {
 public:
  Net(uint32_t flows, uint32_t segment, uint32_t window) : flows_(flows), segment_(segment), source_(1 << 16) {
    for (Flow& flow : flows_) flow.credit = window;
    for (size_t i = 0; i < source_.size(); ++i) source_[i] = static_cast<char>(i * 7);
  }
  ~Net() {
    for (char* bytes : pool_) std::free(bytes);
  }

  // Sends `segments` over every flow. Returns what was received, in bytes.
  uint64_t Run(uint64_t segments) {
    std::vector<Coroutine> coroutines;
    for (uint32_t i = 0; i < flows_.size(); ++i) {
      flows_[i].got = 0;
      coroutines.push_back(Send(*this, i, segments * segment_));
      coroutines.push_back(Receive(*this, i, segments * segment_));
    }
    for (const Coroutine& coroutine : coroutines) ready_.push_back(coroutine.handle);
    Loop();
    uint64_t received = 0;
    for (const Flow& flow : flows_) received += flow.got;
    for (const Coroutine& coroutine : coroutines) coroutine.handle.destroy();
    return received;
  }

 private:
  struct Park {
    explicit Park(Handle& slot) : slot(slot) {}
    Handle& slot;
    bool await_ready() const { return false; }
    void await_suspend(Handle handle) { slot = handle; }
    void await_resume() const {}
  };

  static Coroutine Send(Net& net, uint32_t index, uint64_t left) {
    Flow& flow = net.flows_[index];
    while (left > 0) {
      const uint32_t size = static_cast<uint32_t>(std::min<uint64_t>(left, net.segment_));
      while (flow.credit < static_cast<int64_t>(size)) co_await Park(flow.writer);
      flow.credit -= size;
      Segment segment{net.Take(), size};
      std::memcpy(segment.bytes, net.source_.data(), size);
      const uint64_t start = std::max(net.now_, net.line_free_);
      net.line_free_ = start + uint64_t{size} * 8;
      net.events_.push({net.line_free_ + 1'000'000, net.sequence_++, index, false, segment});
      left -= size;
    }
  }
  static Coroutine Receive(Net& net, uint32_t index, uint64_t total) {
    std::vector<char> into(net.segment_);
    Flow& flow = net.flows_[index];
    while (flow.got < total) {
      while (flow.arrived.empty()) co_await Park(flow.reader);
      const Segment segment = flow.arrived.front();
      flow.arrived.pop_front();
      std::memcpy(into.data(), segment.bytes, segment.size);
      if (into[segment.size - 1] != net.source_[segment.size - 1]) std::abort();
      flow.got += segment.size;
      net.pool_.push_back(segment.bytes);
      net.events_.push({net.now_ + 1'000'000, net.sequence_++, index, true, {nullptr, segment.size}});
    }
  }

  void Loop() {
    for (;;) {
      while (!ready_.empty()) {
        const uint32_t i = prng_.Below(static_cast<uint32_t>(ready_.size()));
        const Handle handle = ready_[i];
        ready_[i] = ready_.back();
        ready_.pop_back();
        handle.resume();
      }
      if (events_.empty()) return;
      const Event event = events_.top();
      events_.pop();
      now_ = event.time;
      Flow& flow = flows_[event.flow];
      if (event.acknowledges) {
        flow.credit += event.segment.size;
        Wake(flow.writer);
      } else {
        flow.arrived.push_back(event.segment);
        Wake(flow.reader);
      }
    }
  }
  void Wake(Handle& slot) {
    if (!slot) return;
    ready_.push_back(slot);
    slot = nullptr;
  }
  char* Take() {
    if (pool_.empty()) return static_cast<char*>(std::malloc(segment_));
    char* const bytes = pool_.back();
    pool_.pop_back();
    return bytes;
  }

  std::vector<Flow> flows_;
  const uint32_t segment_;
  std::vector<char> source_;
  std::priority_queue<Event> events_;
  std::vector<Handle> ready_;
  std::vector<char*> pool_;
  Prng prng_{5};
  uint64_t now_ = 0, sequence_ = 0, line_free_ = 0;
};

}  // namespace sim::floor

#endif  // SIM_NET_LINK_FLOOR_H_
