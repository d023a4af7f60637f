#include "client/uv_client.h"

#include <memory>
#include <string>
#include <utility>

#include "client/async/async_event.h"
#include "client/async/deadline.h"
#include "gtest/gtest.h"

namespace client {
namespace {

Task<Result<std::unique_ptr<int>>> Double(UvLoop& loop, int number) {
  co_await SleepUntil(loop, Name(), loop.Now());
  co_return std::make_unique<int>(2 * number);
}

Task<Result<int>> Fail() {
  const ClientError error(ErrorKind::kRejected, "no");
  co_return error;
}

Task<Result<void>> Succeed() { co_return Result<void>(); }

TEST(UvClientTest, RunReturnsWhatTheTaskReturns) {
  UvClient uv;
  Result<std::unique_ptr<int>> number = uv.Run(Double(uv.loop(), 21));
  ASSERT_TRUE(number.ok());
  EXPECT_EQ(**number, 42);
  const Result<int> failed = uv.Run(Fail());
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().DebugString(), "rejected: no");
  EXPECT_TRUE(uv.Run(Succeed()).ok());
}

Task<Result<int>> WaitFor(AsyncEvent& event, std::shared_ptr<int> held) {
  co_await event.Wait();
  co_return *held;
}

TEST(UvClientTest, ATaskThatCanNeverEndIsCancelled) {
  UvClient uv;
  AsyncEvent event(WaitReason{"nobody", Name()});
  const auto held = std::make_shared<int>(1);
  const Result<int> result = uv.Run(WaitFor(event, held));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind(), ErrorKind::kUsage);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(uv.loop().first_task, nullptr);
}

TEST(UvClientTest, TheSessionIsOnTheLoop) {
  UvClient uv;
  RequestOptions request;
  request.url = "ftp://a.test/";
  const auto response = uv.Run(uv.session().Request(std::move(request)));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().kind(), ErrorKind::kUsage);
  EXPECT_NE(std::string(response.error().message()), "the loop ended before the task that it was to run");
}

}  // namespace
}  // namespace client
