// What the scenario's user does, on real sockets: gets a file, reads none of it, puts another. Argument: a URL.
//
// The buffer is small, so that the file arrives in one read: paused and ended in the same step. SIGUSR1 prints who
// waits for whom.
#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "client/async/task_group.h"
#include "client/client_session.h"
#include "client/debug/name_book.h"
#include "client/debug/wait_report.h"
#include "client/net/system_entropy.h"
#include "client/net/uv_network.h"
#include "client/net/uv_signal.h"

namespace {

using client::ClientResponse;
using client::MakeName;
using client::Name;
using client::Result;

client::Task<> DownloadAndUpload(client::ClientSession& session, client::EventLoop& loop, Name user, std::string url,
                                 int& status) {
  client::RequestOptions get;
  get.name = MakeName(loop, user, "download");
  get.url = url;
  Result<std::unique_ptr<ClientResponse>> download = co_await session.Request(std::move(get));
  if (!download.ok()) co_return;
  client::RequestOptions put;
  put.name = MakeName(loop, user, "upload");
  put.method = "PUT";
  put.url = url;
  put.body = std::make_unique<client::BytesPayload>(client::Slice::Static("hello"));
  Result<std::unique_ptr<ClientResponse>> upload = co_await session.Request(std::move(put));
  if (!upload.ok()) co_return;
  Result<std::string> body = co_await (*download)->Read(1 << 20);
  if (!body.ok()) co_return;
  std::printf("%zu bytes, then %d\n", body->size(), (*upload)->status());
  status = 0;
}

void Print(void* report) {
  std::fputs(static_cast<client::WaitReport*>(report)->Text().c_str(), stderr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  client::NamingUvLoop loop;
  client::UvNetwork network(loop);
  client::SystemEntropy entropy;
  client::WaitReport report(loop, loop.names());
  client::ClientOptions options;
  options.read_low_water = 512;
  options.read_high_water = 1024;
  client::ClientSession session({loop, network, entropy, report}, options, Name());
  const client::UvSignal dump(loop, SIGUSR1, MakeName(loop, Name(), "dump"), Print, &report);
  int status = 1;
  const Name user = MakeName(loop, Name(), "user");
  client::SpawnedTask task(loop, user, DownloadAndUpload(session, loop, user, argv[1], status));
  loop.RunUntil([&task] { return task.done(); });
  return status;
}
