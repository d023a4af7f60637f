// What a frame allocates: its bytes on the way out, on the way in nothing if it is a whole message and not compressed.

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "client/websocket/frame_codec.h"
#include "gtest/gtest.h"

namespace {
uint64_t allocations = 0;
}  // namespace

void* operator new(size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace client {
namespace {

class Sink final : public FrameDecoder::Events {
 public:
  void OnMessage(WebSocketMessage message) override { bytes += message.data.size(); }
  void OnPing(Slice) override {}
  void OnPong(Slice) override {}
  void OnClose(uint16_t, absl::string_view) override {}
  size_t bytes = 0;
};

TEST(AllocationTest, AMessageThatIsNotCompressedCostsItsFrame) {
  const std::string text(1000, 'x');
  for (const bool agreed : {false, true}) {
    uint64_t before = allocations;
    Sink sink;
    FrameDecoder decoder(WebSocketRole::kClient, 1 << 20, sink);
    if (agreed) decoder.EnableDeflate(DeflateParameters());
    EXPECT_EQ(allocations - before, 0u);
    before = allocations;
    const Slice frame = EncodeFrame(FrameOpcode::kText, true, text, nullptr);
    EXPECT_EQ(allocations - before, 1u);
    before = allocations;
    ASSERT_TRUE(decoder.Feed(frame).ok());
    EXPECT_EQ(allocations - before, 0u);
    EXPECT_EQ(sink.bytes, 1000u);
  }
}

TEST(AllocationTest, ACompressedOneCostsItsFrameAndItsText) {
  const DeflateParameters agreed;
  const std::string text(250, 'x');
  Sink sink;
  FrameDecoder decoder(WebSocketRole::kClient, 1 << 20, sink);
  decoder.EnableDeflate(agreed);
  MessageDeflater deflater(agreed, WebSocketRole::kServer);
  for (int i = 0; i < 5; ++i) {
    uint64_t before = allocations;
    const Slice frame = EncodeDeflatedFrame(FrameOpcode::kText, true, deflater.Deflate(text, true), nullptr);
    EXPECT_TRUE(i == 0 || allocations - before == 1) << allocations - before;
    before = allocations;
    ASSERT_TRUE(decoder.Feed(frame).ok());
    EXPECT_TRUE(i == 0 || allocations - before == 1) << allocations - before;
  }
  EXPECT_EQ(sink.bytes, 1250u);
}

}  // namespace
}  // namespace client
