#include <cstdio>

#include "client/uv_client.h"

client::Task<client::Result<int>> Get(client::ClientSession& session, const char* url) {
  client::RequestOptions request;
  request.url = url;
  auto response = co_await session.Request(std::move(request));
  if (!response.ok()) co_return response.error();
  for (;;) {
    auto chunk = co_await (*response)->ReadChunk();
    if (!chunk.ok()) co_return chunk.error();
    if (chunk->empty()) co_return (*response)->status();
    std::fwrite(chunk->data(), 1, chunk->size(), stdout);
  }
}

int main(int argc, char** argv) {
  client::UvClient uv;
  auto status = uv.Run(Get(uv.session(), argv[1]));
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().DebugString().c_str());
  return status.ok() && *status == 200 ? 0 : 1;
}
