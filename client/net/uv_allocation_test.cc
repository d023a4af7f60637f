// A warm loop allocates nothing: not for steps and timers, not for chunks that are read, written or wait to be. Nor
// does libuv on its behalf.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "client/net/uv_listener.h"
#include "client/net/uv_loop.h"
#include "client/net/uv_network.h"
#include "gtest/gtest.h"

namespace {

uint64_t allocations = 0;

void* CountedMalloc(size_t size) { return ++allocations, std::malloc(size); }
void* CountedRealloc(void* old, size_t size) { return ++allocations, std::realloc(old, size); }
void* CountedCalloc(size_t count, size_t size) { return ++allocations, std::calloc(count, size); }

}  // namespace

void* operator new(size_t size) {
  void* memory = CountedMalloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace client {
namespace {

// Chunks of one size: how many of them wait is then bounded by the water mark, whatever the kernel takes and when, and
// the first that waits that long has warmed the queue for all.
constexpr char kBytes[10'007] = {};

// Writes back what it receives, or throws it away.
class Server final : public AcceptHandler, public Protocol {
 public:
  bool echoes = true;
  uint64_t received = 0;
  std::unique_ptr<Transport> transport;

  void OnAccepted(std::unique_ptr<Transport> accepted, Name) override {
    transport = std::move(accepted);
    transport->SetProtocol(this);
  }
  void DataReceived(Slice bytes) override {
    received += bytes.size();
    if (echoes) transport->Write(std::move(bytes));
  }
  void EofReceived() override {}
  void ConnectionLost(Result<void>) override {}
  void PauseWriting() override {}
  void ResumeWriting() override {}
};

// Sends a little and waits for its echo, with a timeout; or as much as it may.
class Sender final : public ConnectHandler, public Protocol {
 public:
  explicit Sender(UvLoop& loop) : timeout_(loop, Name(), TimerKind::kTimeout, [](void*) { FAIL(); }, nullptr) {}

  bool in_bulk = false;
  uint64_t rounds = 0;
  uint64_t pauses = 0;
  std::unique_ptr<Transport> transport;

  void OnConnected(Result<std::unique_ptr<Transport>> connected) override {
    ASSERT_TRUE(connected.ok());
    transport = *std::move(connected);
    transport->SetProtocol(this);
  }
  void Ping() {
    timeout_.PostAt(timeout_loop().Now() + absl::Minutes(5));
    transport->Write(Slice::Static(absl::string_view(kBytes, 100)));
  }
  void Pour() {
    for (size_t i = 0; i < 2000 && !transport->writing_paused(); ++i) {
      transport->Write(Slice::Static(absl::string_view(kBytes, sizeof(kBytes))));
    }
  }
  void DataReceived(Slice) override {
    ++rounds;
    if (!in_bulk) Ping();
  }
  void EofReceived() override {}
  void ConnectionLost(Result<void>) override {}
  void PauseWriting() override { ++pauses; }
  void ResumeWriting() override { Pour(); }

 private:
  EventLoop& timeout_loop() { return timeout_.source().loop(); }
  Timer timeout_;
};

TEST(UvAllocationTest, AWarmLoopAllocatesNothing) {
  ASSERT_EQ(uv_replace_allocator(&CountedMalloc, &CountedRealloc, &CountedCalloc, &std::free), 0);
  UvLoop loop;
  UvNetwork network(loop);
  Server server;
  Result<std::unique_ptr<UvListener>> listener =
      UvListener::Listen(loop, {"127.0.0.1", 0}, SocketOptions(), Name(), server);
  ASSERT_TRUE(listener.ok());
  Sender sender(loop);
  const SocketOptions options{.write_high = 1 << 20, .write_low = 1 << 18};
  std::unique_ptr<Operation> connect = network.Connect((*listener)->address(), options, Name(), sender);
  ASSERT_TRUE(loop.RunUntil([&] { return sender.transport != nullptr && server.transport != nullptr; }));

  sender.Ping();
  ASSERT_TRUE(loop.RunUntil([&] { return sender.rounds == 100; }));
  uint64_t before = allocations;
  ASSERT_TRUE(loop.RunUntil([&] { return sender.rounds == 3000; }));
  EXPECT_EQ(allocations - before, 0u) << "of 2900 rounds";

  sender.in_bulk = true;
  server.echoes = false;
  sender.Pour();
  ASSERT_TRUE(loop.RunUntil([&] { return sender.pauses > 20; }));
  before = allocations;
  const uint64_t received = server.received;
  ASSERT_TRUE(loop.RunUntil([&] { return sender.pauses > 200; }));
  EXPECT_EQ(allocations - before, 0u) << "for " << server.received - received << " bytes";
}

}  // namespace
}  // namespace client
