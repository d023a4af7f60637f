// What a request costs the client: everything but the network, which here is a copy of some bytes.
#include <memory>
#include <string>
#include <utility>

#include "benchmark/benchmark.h"
#include "client/async/task_group.h"
#include "client/client_session.h"
#include "client/testing/fake_network.h"
#include "client/testing/test_loop.h"

namespace client::testing {
namespace {

struct ZeroEntropy final : Entropy {
  uint64_t Next() override { return 0; }
};

Task<> Fetch(ClientSession& session, Name name, uint64_t& bytes) {
  RequestOptions request;
  request.name = name;
  request.url = "http://a.test/file";
  Result<std::unique_ptr<ClientResponse>> response = co_await session.Request(std::move(request));
  for (;;) {
    Result<Slice> chunk = co_await (*response)->ReadChunk();
    if (!chunk.ok() || chunk->empty()) break;
    bytes += chunk->size();
  }
}

// A GET on a kept-alive connection; the argument is the size of the body in bytes.
void BM_Get(benchmark::State& state) {
  TestLoop loop;
  FakeNetwork network(loop);
  ZeroEntropy entropy;
  ClientObserver observer;
  const ClientEnvironment environment{loop, network, entropy, observer};
  ClientSession session(environment, ClientOptions(), Name());
  const std::string body(static_cast<size_t>(state.range(0)), 'x');
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body;
  const Name name = MakeName(loop, Name(), "get");
  uint64_t bytes = 0;
  for (auto _ : state) {
    SpawnedTask task(loop, name, Fetch(session, name, bytes));
    loop.RunReady();
    network.last().Send(answer);
    loop.RunReady();
    network.last().written.clear();
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(BM_Get)->Arg(10)->Arg(4096)->Arg(65536);

}  // namespace
}  // namespace client::testing
