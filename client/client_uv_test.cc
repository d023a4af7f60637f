// The whole client on real sockets, against a server that nobody here wrote: Python's http.server.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/async/task_group.h"
#include "client/client_session.h"
#include "client/net/system_entropy.h"
#include "client/net/uv_loop.h"
#include "client/net/uv_network.h"
#include "gtest/gtest.h"

namespace client {
namespace {

// Serves a folder, on a port that the kernel picks; ends with this.
class PythonServer {
 public:
  explicit PythonServer(const std::string& folder) {
    int out[2];
    EXPECT_EQ(pipe(out), 0);
    process_ = fork();
    if (process_ == 0) {
      dup2(out[1], 1);
      dup2(open("/dev/null", O_WRONLY), 2);
      close(out[0]);
      execlp("python3", "python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--protocol", "HTTP/1.1",
             "--directory", folder.c_str(), nullptr);
      _exit(127);
    }
    close(out[1]);
    said_ = fdopen(out[0], "r");
    if (fscanf(said_, "Serving HTTP on 127.0.0.1 port %d", &port_) != 1) port_ = 0;
  }
  ~PythonServer() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    fclose(said_);
  }
  int port() const { return port_; }

 private:
  pid_t process_;
  FILE* said_;  // open while it runs: it has more to say
  int port_ = 0;
};

struct Answer {
  int status = 0;
  std::string body;
  std::string error;
};

Task<> Get(ClientSession& session, std::string url, Answer& answer) {
  RequestOptions request;
  request.url = std::move(url);
  Result<std::unique_ptr<ClientResponse>> response = co_await session.Request(std::move(request));
  if (!response.ok()) {
    answer.error = response.error().DebugString();
    co_return;
  }
  answer.status = (*response)->status();
  for (;;) {
    Result<Slice> chunk = co_await (*response)->ReadChunk();
    if (!chunk.ok()) answer.error = chunk.error().DebugString();
    if (!chunk.ok() || chunk->empty()) co_return;
    answer.body.append(chunk->data(), chunk->size());
  }
}

TEST(ClientUvTest, GetsFilesFromPythonsServer) {
  const std::string folder = getenv("TEST_TMPDIR");
  std::string large;
  while (large.size() < 5'000'000) absl::StrAppend(&large, large.size(), ",");
  FILE* const file = fopen((folder + "/large").c_str(), "w");
  ASSERT_EQ(fwrite(large.data(), 1, large.size(), file), large.size());
  fclose(file);
  PythonServer server(folder);
  ASSERT_NE(server.port(), 0);

  UvLoop loop;
  UvNetwork network(loop);
  SystemEntropy entropy;
  ClientObserver observer;
  const ClientEnvironment environment{loop, network, entropy, observer};
  ClientSession session(environment, ClientOptions(), Name());
  const std::string base = absl::StrCat("http://localhost:", server.port());
  for (int round = 0; round < 3; ++round) {
    Answer found, missing;
    SpawnedTask first(loop, MakeName(loop, Name(), "get", 1), Get(session, base + "/large", found));
    SpawnedTask second(loop, MakeName(loop, Name(), "get", 2), Get(session, base + "/none", missing));
    ASSERT_TRUE(loop.Run());
    EXPECT_EQ(found.error, "");
    EXPECT_EQ(found.status, 200);
    EXPECT_TRUE(found.body == large);
    EXPECT_EQ(missing.error, "");
    EXPECT_EQ(missing.status, 404);
  }
  session.CloseNow();
}

}  // namespace
}  // namespace client
