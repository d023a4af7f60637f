// Our client on real sockets: what a user would write, with its defaults but for the sizes that the job gives.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/async/task_group.h"
#include "client/client_session.h"
#include "client/net/system_entropy.h"
#include "client/net/uv_loop.h"
#include "client/net/uv_network.h"
#include "tools/real/job.h"

namespace tools {
namespace {

using client::MakeName;
using client::Name;
using client::Result;
using client::Slice;
using client::Task;

// Slices of the same bytes, again and again.
class Pieces final : public client::BodySource {
 public:
  Pieces(absl::string_view piece, uint64_t bytes) : piece_(piece), left_(bytes) {}
  Task<Result<Slice>> Next() override {
    const size_t size = std::min<uint64_t>(left_, piece_.size());
    left_ -= size;
    co_return Slice::Static(piece_.substr(0, size));
  }

 private:
  const absl::string_view piece_;
  uint64_t left_;
};

class UvClient {
 public:
  explicit UvClient(const Job& job)
      : job_(job),
        meter_(job),
        url_(absl::StrCat("http://127.0.0.1:", job.port, job.path)),
        piece_(job.write, 'x'),
        network_(loop_),
        session_({loop_, network_, entropy_, observer_}, Options(job), Name()) {}

  void Run() {
    AllowDescriptors(job_.concurrency + 32);
    std::vector<std::unique_ptr<client::SpawnedTask>> tasks;
    for (uint32_t i = 1; i <= job_.concurrency; ++i) {
      const Name name = MakeName(loop_, Name(), "worker", i);
      tasks.push_back(std::make_unique<client::SpawnedTask>(loop_, name, Work(*this, name)));
    }
    loop_.RunUntil([this] { return meter_.finished(); });
    tasks.clear();
    meter_.Print();
  }

 private:
  static client::ClientOptions Options(const Job& job) {
    client::ClientOptions options;
    options.limit = 0;
    options.socket.max_read = job.read;
    return options;
  }

  // One request after the other.
  static Task<> Work(UvClient& self, Name name) {
    for (uint32_t number = 1; self.meter_.Another(); ++number) {
      client::RequestOptions request;
      request.name = MakeName(self.loop_, name, "request", number);
      request.url = self.url_;
      const bool put = self.job_.kind == Job::Kind::kPut;
      if (put) {
        request.method = "PUT";
        auto source = std::make_unique<Pieces>(self.piece_, self.job_.bytes);
        request.body = std::make_unique<client::StreamPayload>(std::move(source), self.job_.bytes);
      }
      auto response = co_await self.session_.Request(std::move(request));
      if (!response.ok()) Fail(response.error());
      if ((*response)->status() != 200) exit(1);
      uint64_t received = 0;
      for (;;) {
        Result<Slice> chunk = co_await (*response)->ReadChunk();
        if (!chunk.ok()) Fail(chunk.error());
        if (chunk->empty()) break;
        received += chunk->size();
      }
      self.meter_.Completed(put ? self.job_.bytes : received);
    }
  }
  [[noreturn]] static void Fail(const client::ClientError& error) {
    fprintf(stderr, "uv_client: %s\n", error.DebugString().c_str());
    exit(1);
  }

  const Job& job_;
  Meter meter_;
  const std::string url_;
  const std::string piece_;
  client::UvLoop loop_;
  client::UvNetwork network_;
  client::SystemEntropy entropy_;
  client::ClientObserver observer_;
  client::ClientSession session_;
};

}  // namespace
}  // namespace tools

int main(int argc, char** argv) {
  const tools::Job job = tools::ParseJob(argc, argv);
  tools::UvClient(job).Run();
  return 0;
}
