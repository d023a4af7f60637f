// Feeding and reading slices of 16 KiB: by a task that finds them buffered, and by one that waits for each.

#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "client/async/task_group.h"
#include "client/http/stream_reader.h"
#include "client/testing/test_loop.h"

namespace client {
namespace {

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

// range(0): slices fed before the reader runs.
void BM_FeedAndRead(benchmark::State& state) {
  testing::TestLoop loop;
  ClientObserver observer;
  NoFlow flow;
  StreamReader body(loop, observer, flow, MakeName(loop, Name(), "body", 1), StreamReader::Limits());
  uint64_t bytes = 0;
  SpawnedTask task(loop, MakeName(loop, Name(), "task", 1), ReadToTheEnd(body, bytes));
  loop.RunReady();
  const Slice slice = Slice::Adopt(Buffer::New(16 << 10), 0, 16 << 10);
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i) body.FeedData(slice);
    loop.RunReady();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(BM_FeedAndRead)->Arg(1)->Arg(4)->Arg(64);

}  // namespace
}  // namespace client
