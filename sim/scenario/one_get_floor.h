// The smallest honest whole run of one GET: a floor for measurements, no part of the harness.
//
// Builds a world (a clock, a heap of deliveries, a seeded pick among ready coroutines, two byte pipes with latency),
// connects, sends a request in two segments, parses it, answers with 200 bytes in five, parses the answer, looks at
// every byte, and tears everything down. Coroutines call each other three deep; headers are strings; every event goes
// into a trace and a digest. No names, no tape, no cancellation, no faults, no laws, no pool, no flow control.
#ifndef SIM_SCENARIO_ONE_GET_FLOOR_H_
#define SIM_SCENARIO_ONE_GET_FLOOR_H_

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/choice/prng.h"

namespace sim::floor {

using Handle = std::coroutine_handle<>;

inline constexpr size_t kFrameMemory = size_t{1} << 16;
alignas(16) inline char frame_memory[kFrameMemory];
inline size_t frame_used = 0;

template <class T>
struct Call {
  struct promise_type {
    T value{};
    Handle caller = nullptr;
    static void* operator new(size_t size) {
      void* memory = frame_memory + frame_used;
      frame_used += (size + 15) & ~size_t{15};
      if (frame_used > kFrameMemory) std::abort();
      return memory;
    }
    static void operator delete(void*, size_t) {}
    Call get_return_object() { return Call(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    struct Return {
      bool await_ready() const noexcept { return false; }
      Handle await_suspend(std::coroutine_handle<promise_type> handle) const noexcept {
        return handle.promise().caller ? handle.promise().caller : std::noop_coroutine();
      }
      void await_resume() const noexcept {}
    };
    Return final_suspend() const noexcept { return {}; }
    void return_value(T result) { value = std::move(result); }
    [[noreturn]] void unhandled_exception() const { std::abort(); }
  };

  explicit Call(std::coroutine_handle<promise_type> handle) : handle(handle) {}
  Call(Call&& other) : handle(std::exchange(other.handle, nullptr)) {}
  ~Call() {
    if (handle) handle.destroy();
  }
  bool await_ready() const { return false; }
  Handle await_suspend(Handle caller) {
    handle.promise().caller = caller;
    return handle;
  }
  T await_resume() { return std::move(handle.promise().value); }

  std::coroutine_handle<promise_type> handle;
};

struct GetPipe {
  std::string buffer;
  Handle reader = nullptr;
  bool open = false;
  uint64_t last_arrival = 0;
};

class GetWorld {
 public:
  explicit GetWorld(uint64_t seed) : prng_(seed) {}

  // Returns whether every byte was right.
  bool Run() {
    frame_used = 0;
    GetPipe up;
    GetPipe down;
    bool ok = false;
    Call<int> client = Client(*this, up, down, &ok);
    Call<int> server = Server(*this, up, down);
    ready_ = {client.handle, server.handle};
    Loop();
    return ok;
  }
  uint64_t steps() const { return steps_; }
  uint64_t digest() const { return digest_; }

 private:
  struct Arrival {
    uint64_t time, sequence;
    GetPipe* pipe;
    std::string bytes;
    bool operator<(const Arrival& other) const {
      return time != other.time ? time > other.time : sequence > other.sequence;
    }
  };
  struct Record {
    uint64_t time;
    uint32_t kind, argument;
  };
  struct Message {
    std::string start;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
  };
  struct Arrived {
    GetPipe& pipe;
    bool await_ready() const { return false; }
    void await_suspend(Handle handle) { pipe.reader = handle; }
    void await_resume() const {}
  };
  struct Turn {
    GetWorld& world;
    bool await_ready() const { return false; }
    void await_suspend(Handle handle) { world.ready_.push_back(handle); }
    void await_resume() const {}
  };

  void Note(uint32_t kind, uint32_t argument) {
    trace_.push_back({now_, kind, argument});
    digest_ = (digest_ ^ (now_ + kind * 1315423911u + argument)) * 0x9e3779b97f4a7c15u;
    digest_ ^= digest_ >> 31;
  }
  void Send(GetPipe& pipe, std::string bytes) {
    Note(3, static_cast<uint32_t>(bytes.size()));
    pipe.last_arrival = std::max(pipe.last_arrival, now_ + 500 + (prng_.Next() & 1023));
    arrivals_.push({pipe.last_arrival, sequence_++, &pipe, std::move(bytes)});
  }
  void Loop() {
    for (;;) {
      while (!ready_.empty()) {
        const uint32_t i = prng_.Below(static_cast<uint32_t>(ready_.size()));
        const Handle handle = ready_[i];
        ready_[i] = ready_.back();
        ready_.pop_back();
        Note(1, i);
        ++steps_;
        handle.resume();
      }
      if (arrivals_.empty()) return;
      Arrival arrival = std::move(const_cast<Arrival&>(arrivals_.top()));
      arrivals_.pop();
      now_ = arrival.time;
      Note(2, static_cast<uint32_t>(arrival.bytes.size()));
      GetPipe& pipe = *arrival.pipe;
      if (arrival.bytes.empty()) {
        pipe.open = true;
      } else {
        pipe.buffer += arrival.bytes;
      }
      if (pipe.reader) ready_.push_back(std::exchange(pipe.reader, nullptr));
    }
  }

  static Call<Message> ReadHead(GetPipe& pipe) {
    size_t end = pipe.buffer.find("\r\n\r\n");
    while (end == std::string::npos) {
      co_await Arrived(pipe);
      end = pipe.buffer.find("\r\n\r\n");
    }
    Message message;
    const std::string_view head(pipe.buffer.data(), end + 2);
    size_t line = head.find("\r\n");
    message.start = head.substr(0, line);
    for (line += 2; line < head.size();) {
      const size_t line_end = head.find("\r\n", line);
      const size_t colon = head.find(':', line);
      message.headers.emplace_back(head.substr(line, colon - line), head.substr(colon + 2, line_end - colon - 2));
      line = line_end + 2;
    }
    pipe.buffer.erase(0, end + 4);
    co_return message;
  }
  static Call<std::string> ReadBytes(GetPipe& pipe, size_t size) {
    while (pipe.buffer.size() < size) co_await Arrived(pipe);
    std::string bytes = pipe.buffer.substr(0, size);
    pipe.buffer.erase(0, size);
    co_return bytes;
  }
  static Call<Message> Exchange(GetWorld& world, GetPipe& up, GetPipe& down) {
    const std::string request =
        "GET /thing/1 HTTP/1.1\r\nHost: example.test\r\nUser-Agent: floor\r\nAccept: */*\r\n\r\n";
    co_await Turn(world);
    world.Send(up, request.substr(0, 40));
    co_await Turn(world);
    world.Send(up, request.substr(40));
    Message message = co_await ReadHead(down);
    size_t size = 0;
    for (const auto& [name, value] : message.headers) {
      if (name == "Content-Length") size = std::stoul(value);
    }
    std::string body = co_await ReadBytes(down, size);
    message.body = std::move(body);
    co_return message;
  }
  static Call<int> Client(GetWorld& world, GetPipe& up, GetPipe& down, bool* ok) {
    world.Send(down, "");
    while (!down.open) co_await Arrived(down);
    const Message message = co_await Exchange(world, up, down);
    *ok = message.body.size() == kBody;
    for (size_t i = 0; i < message.body.size(); ++i) *ok &= message.body[i] == Letter(i);
    co_return 0;
  }
  static Call<int> Server(GetWorld& world, GetPipe& up, GetPipe& down) {
    const Message request = co_await ReadHead(up);
    std::string body(kBody, '\0');
    for (size_t i = 0; i < kBody; ++i) body[i] = Letter(i);
    co_await Turn(world);
    world.Send(down, "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Type: text/plain\r\nContent-Length: 200\r\n\r\n");
    for (size_t piece = 0; piece < 4; ++piece) {
      co_await Turn(world);
      world.Send(down, body.substr(piece * kBody / 4, kBody / 4));
    }
    co_return 0;
  }
  static char Letter(size_t i) { return static_cast<char>('a' + i % 26); }

  static constexpr size_t kBody = 200;  // bytes

  uint64_t now_ = 0, sequence_ = 0, digest_ = 1, steps_ = 0;
  std::priority_queue<Arrival> arrivals_;
  std::vector<Handle> ready_;
  Prng prng_;
  std::vector<Record> trace_;
};

}  // namespace sim::floor

#endif  // SIM_SCENARIO_ONE_GET_FLOOR_H_
