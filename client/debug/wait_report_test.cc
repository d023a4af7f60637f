// The report about moments that the test tells the observer of; scenarios/history/aiohttp_10169 has the real ones.
#include "client/debug/wait_report.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "client/async/async_event.h"
#include "client/async/task_group.h"
#include "gtest/gtest.h"

namespace client {
namespace {

Task<> WaitFor(AsyncEvent& event) { co_await event.Wait(); }

class WaitReportTest : public testing::Test {
 protected:
  Name Make(Name parent, const NameKind& kind, uint32_t number = 0) { return MakeName(loop_, parent, kind, number); }
  void Start(absl::optional<SpawnedTask>& task, Name name, AsyncEvent& event) {
    task.emplace(loop_, name, WaitFor(event));
    loop_.RunUntil([&task] { return task->waiter() != nullptr; });
  }
  std::string Explain(const SpawnedTask& task) { return absl::StrJoin(report_.Explain(task), "\n"); }

  NamingUvLoop loop_;
  WaitReport report_{loop_, loop_.names()};
  const Name user_ = Make(Name(), "user");
  const Name download_ = Make(user_, "download");
  const Name upload_ = Make(user_, "upload");
  const Name body_ = Make(download_, "body");
  const Name pool_ = Make(Name(), "pool");
  const Name key_ = Make(pool_, "a.test:80");
  const Name first_ = Make(pool_, "connection", 1);
};

TEST_F(WaitReportTest, SaysWhichBodyKeepsAConnectionFromReading) {
  AsyncEvent head(WaitReason{"the head of", upload_});
  absl::optional<SpawnedTask> task;
  Start(task, user_, head);
  report_.RequestStarted(download_, "GET", "");
  EXPECT_EQ(Explain(*task), "user waits for the head of user/upload");
  report_.RequestStarted(upload_, "PUT", "");
  EXPECT_EQ(Explain(*task), "user waits for the head of user/upload\nuser/upload has no connection yet");
  report_.ConnectStarted(key_, first_);
  report_.ConnectEnded(key_, first_, true);
  report_.ConnectionAcquired(key_, first_, download_);
  report_.PayloadOpened(first_, download_, body_);
  report_.PayloadFed(body_, 131'072, 131'072);
  report_.PayloadRead(body_, 1024, 130'048);
  report_.ReadingPaused(first_, body_);
  report_.ConnectionAcquired(key_, first_, upload_);
  EXPECT_EQ(Explain(*task),
            "user waits for the head of user/upload on connection#1\n"
            "connection#1 does not read: paused by the body of user/download (131 072 bytes in, 1 024 read)\n"
            "the body of user/download is read by user, which waits for the head of user/upload on connection#1");
  report_.PayloadEof(body_);
  EXPECT_TRUE(absl::StrContains(Explain(*task), "(131 072 of 131 072 bytes in, 1 024 read)"));
  EXPECT_TRUE(absl::StrContains(report_.Text(), "user is at client/debug/wait_report_test.cc:"));
  report_.ReadingResumed(first_, body_);
  EXPECT_EQ(Explain(*task), "user waits for the head of user/upload on connection#1");
}

TEST_F(WaitReportTest, SaysWhoHasTheSlots) {
  AsyncEvent slot(WaitReason{"a slot of", key_});
  absl::optional<SpawnedTask> task;
  Start(task, user_, slot);
  report_.RequestStarted(download_, "GET", "");
  report_.ConnectionAcquired(key_, first_, download_);
  report_.RequestStarted(upload_, "PUT", "");
  report_.WaiterQueued(key_, upload_);
  EXPECT_EQ(Explain(*task), "user waits for a slot of a.test:80\nthe slots are held by user/download on connection#1");
  report_.RequestEnded(download_, {});
  report_.ConnectionIdle(key_, first_);
  EXPECT_EQ(Explain(*task), "user waits for a slot of a.test:80");
}

TEST_F(WaitReportTest, SaysWhoIsAboutToGoOn) {
  AsyncEvent event(WaitReason{"the head of", upload_});
  absl::optional<SpawnedTask> task;
  Start(task, user_, event);
  event.Set();
  EXPECT_TRUE(absl::StartsWith(report_.Text(), "user is about to go on\n  user is at ")) << report_.Text();
  loop_.Run();
  EXPECT_EQ(report_.Text(), "");
}

TEST(NameBookTest, ForgetsTheOldest) {
  NameBook book(2);
  const Name a = Name().Child("a", 1), b = a.Child("b", 0), c = b.Child("c", 2);
  book.Add(a, Name(), "a", 1);
  book.Add(b, a, "b", 0);
  EXPECT_EQ(book.Text(b), "a#1/b");
  book.Add(c, b, "c", 2);
  EXPECT_EQ(book.size(), 2u);
  EXPECT_EQ(book.Parent(a), Name());
  EXPECT_EQ(book.Text(a)[0], '?');
  EXPECT_TRUE(absl::EndsWith(book.Text(c), "/b/c#2"));
}

}  // namespace
}  // namespace client
