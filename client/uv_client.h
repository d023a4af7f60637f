// What a program needs to use the client on real sockets, in one object: a loop, the network, entropy and a session.
//
//   client::UvClient uv;
//   auto status = uv.Run(Get(uv.session(), "http://a.test/file"));  // Get() is a coroutine: Task<Result<int>>
//
// For programs without a loop of their own; others put the parts together as this does. One thread.
#ifndef CLIENT_UV_CLIENT_H_
#define CLIENT_UV_CLIENT_H_

#include <utility>

#include "absl/types/optional.h"
#include "client/async/task.h"
#include "client/async/task_group.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/client_options.h"
#include "client/client_session.h"
#include "client/net/client_observer.h"
#include "client/net/system_entropy.h"
#include "client/net/uv_loop.h"
#include "client/net/uv_network.h"

namespace client {

class UvClient {
 public:
  UvClient() : UvClient(ClientOptions()) {}
  explicit UvClient(const ClientOptions& options)
      : network_(loop_), session_({loop_, network_, entropy_, observer_}, options, Name()) {}
  UvClient(const UvClient&) = delete;
  UvClient& operator=(const UvClient&) = delete;

  ClientSession& session() { return session_; }
  UvLoop& loop() { return loop_; }

  // Runs the loop until `task` has ended, and returns what it returned. If the loop ends first, because it was stopped
  // or nothing can ever happen any more, the task is cancelled, and that is kUsage. Not to be called from a task.
  template <class T>
  Result<T> Run(Task<Result<T>> task) {
    absl::optional<Result<T>> result;
    {
      SpawnedTask running(loop_, MakeName(loop_, Name(), "run"), Keep(std::move(task), result));
      loop_.RunUntil([&running] { return running.done(); });
    }
    if (!result.has_value()) return ClientError(ErrorKind::kUsage, "the loop ended before the task that it was to run");
    return *std::move(result);
  }

 private:
  template <class T>
  static Task<> Keep(Task<Result<T>> task, absl::optional<Result<T>>& result) {
    auto returned = co_await task;
    result.emplace(std::move(returned));
  }

  UvLoop loop_;
  UvNetwork network_;
  SystemEntropy entropy_;
  ClientObserver observer_;
  ClientSession session_;
};

}  // namespace client

#endif  // CLIENT_UV_CLIENT_H_
