#include <cstdio>

#include "client/async/task_group.h"
#include "client/client_session.h"
#include "client/net/system_entropy.h"
#include "client/net/uv_loop.h"
#include "client/net/uv_network.h"

client::Task<> Get(client::ClientSession& session, const char* url, int& status) {
  client::RequestOptions request;
  request.url = url;
  auto response = co_await session.Request(std::move(request));
  if (!response.ok()) co_return (void)std::fprintf(stderr, "%s\n", response.error().DebugString().c_str());
  for (;;) {
    auto chunk = co_await (*response)->ReadChunk();
    if (!chunk.ok()) co_return (void)std::fprintf(stderr, "%s\n", chunk.error().DebugString().c_str());
    if (chunk->empty()) break;
    std::fwrite(chunk->data(), 1, chunk->size(), stdout);
  }
  status = (*response)->status() == 200 ? 0 : 1;
}

int main(int argc, char** argv) {
  client::UvLoop loop;
  client::UvNetwork network(loop);
  client::SystemEntropy entropy;
  client::ClientObserver observer;
  client::ClientSession session({loop, network, entropy, observer}, client::ClientOptions(), client::Name());
  int status = 1;
  client::SpawnedTask task(loop, client::MakeName(loop, client::Name(), "get"), Get(session, argv[1], status));
  loop.Run();
  return status;
}
