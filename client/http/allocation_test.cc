// What allocates nothing once it is warm: the parser, a stream reader. And what allocates once: a head.

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "client/async/task_group.h"
#include "client/http/http_parser.h"
#include "client/http/serializer.h"
#include "client/http/stream_reader.h"
#include "client/testing/test_loop.h"
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

class Sink : public HttpParser::Events {
 public:
  void OnHead(MessageHead& head) override { status = head.status; }
  void OnBody(absl::string_view) override {}
  void OnMessageComplete() override {}
  int status = 0;
};

TEST(AllocationTest, AWarmParserAllocatesNothing) {
  const std::string text =
      "HTTP/1.1 200 A reason that is longer than a short string\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Server: sim\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: of some length, this\r\n\r\n";
  Sink sink;
  HttpParser parser(HttpParser::Mode::kResponse, HttpLimits(), sink);
  for (int i = 0; i < 3; ++i) {
    const uint64_t before = allocations;
    ASSERT_TRUE(parser.Feed(text).ok());
    parser.StartMessage(false);
    EXPECT_TRUE(i == 0 || allocations == before) << allocations - before;
  }
  EXPECT_EQ(sink.status, 200);
}

TEST(AllocationTest, ARequestHeadIsOneAllocation) {
  Headers headers;
  headers.Add("Accept", "text/plain");
  headers.Add("User-Agent", "a client with a name that is not short");
  const uint64_t before = allocations;
  ASSERT_TRUE(SerializeRequestHead("POST", "/some/path", "a.test", headers, BodyFraming::Length(12345)).ok());
  EXPECT_EQ(allocations - before, 1u);
}

class NoFlow : public FlowControl {
 public:
  void PauseReading() override {}
  void ResumeReading() override {}
};

Task<> ReadToTheEnd(StreamReader& body, uint64_t& bytes) {
  while (true) {
    Result<Slice> chunk = co_await body.ReadAny();
    if (!chunk.ok() || chunk->empty()) co_return;
    bytes += chunk->size();
  }
}

TEST(AllocationTest, AWarmReaderAllocatesNothing) {
  testing::TestLoop loop;
  ClientObserver observer;
  NoFlow flow;
  StreamReader body(loop, observer, flow, MakeName(loop, Name(), "body", 1), StreamReader::Limits());
  uint64_t bytes = 0;
  SpawnedTask task(loop, MakeName(loop, Name(), "task", 1), ReadToTheEnd(body, bytes));
  loop.RunReady();
  const Slice slice = Slice::Copy("0123456789");
  uint64_t in_reader = 0;
  for (int round = 0; round < 20; ++round) {
    const uint64_t before = allocations;
    for (int i = 0; i < 50; ++i) body.FeedData(slice);
    const uint64_t fed = allocations;
    while (body.buffered() > 0) ASSERT_TRUE(loop.Step());
    loop.RunReady();
    if (round > 0) in_reader += fed - before;
  }
  EXPECT_EQ(in_reader, 0u);
  EXPECT_EQ(bytes, 10000u);
}

}  // namespace
}  // namespace client
