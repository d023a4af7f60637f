#include "client/websocket/message_queue.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/async/task_group.h"
#include "client/testing/test_loop.h"
#include "gtest/gtest.h"

namespace client {
namespace {

using testing::TestLoop;

class Flow : public FlowControl {
 public:
  void PauseReading() override { log += "P"; }
  void ResumeReading() override { log += "R"; }
  std::string log;
};

class Observer : public ClientObserver {
 public:
  void PayloadFed(Name, uint64_t bytes, uint64_t buffered) override {
    absl::StrAppend(&log, "fed ", bytes, "/", buffered, ";");
  }
  void PayloadRead(Name, uint64_t bytes, uint64_t buffered) override {
    absl::StrAppend(&log, "read ", bytes, "/", buffered, ";");
  }
  void PayloadEof(Name) override { absl::StrAppend(&log, "eof;"); }
  void PayloadError(Name, const ClientError& error) override {
    absl::StrAppend(&log, "error ", ErrorKindName(error.kind()), ";");
  }
  void PayloadDestroyed(Name) override { absl::StrAppend(&log, "destroyed;"); }
  std::string log;
};

Task<> ReceiveOnce(MessageQueue& queue, std::string& out) {
  Result<absl::optional<WebSocketMessage>> message = co_await queue.Receive();
  if (!message.ok()) {
    out = message.error().DebugString();
  } else {
    out = message->has_value() ? std::string((*message)->text()) : "end";
  }
}

class MessageQueueTest : public ::testing::Test {
 protected:
  MessageQueueTest() {
    queue_ = std::make_unique<MessageQueue>(observer_, Name(),
                                            MessageQueue::Limits{.low_water = 200, .high_water = 400});
    queue_->Attach(flow_);
  }

  void Feed(absl::string_view text) {
    queue_->FeedMessage(WebSocketMessage{MessageType::kText, Slice::Copy(text)});
  }
  std::unique_ptr<SpawnedTask> Start(std::string& out) {
    auto task = std::make_unique<SpawnedTask>(loop_, MakeName(loop_, Name(), "receive"), ReceiveOnce(*queue_, out));
    loop_.RunReady();
    return task;
  }
  std::string Receive() {
    std::string out = "(waits)";
    Start(out);
    return out;
  }

  TestLoop loop_;
  Flow flow_;
  Observer observer_;
  std::unique_ptr<MessageQueue> queue_;
};

TEST_F(MessageQueueTest, MessagesComeInTheirOrder) {
  Feed("one");
  Feed("");
  EXPECT_EQ(Receive(), "one");
  EXPECT_EQ(Receive(), "");
  EXPECT_EQ(Receive(), "(waits)");
  EXPECT_EQ(observer_.log, "fed 3/3;fed 0/3;read 3/0;read 0/0;");
}

TEST_F(MessageQueueTest, AWaitingReceiverIsWoken) {
  std::string out;
  const auto task = Start(out);
  Feed("hello");
  loop_.RunReady();
  EXPECT_EQ(out, "hello");
}

TEST_F(MessageQueueTest, ACancelledReceiveLosesNoMessage) {
  std::string out;
  auto task = Start(out);
  Feed("hello");
  task.reset();  // woken, and not yet resumed
  EXPECT_EQ(out, "");
  EXPECT_EQ(Receive(), "hello");
}

TEST_F(MessageQueueTest, AFullQueuePausesAndADrainedOneResumes) {
  Feed(std::string(300, 'x'));
  EXPECT_EQ(flow_.log, "");
  Feed(std::string(10, 'x'));
  EXPECT_EQ(flow_.log, "P");
  Receive();
  EXPECT_EQ(flow_.log, "PR");
  EXPECT_EQ(queue_->buffered(), 10u);
}

TEST_F(MessageQueueTest, EmptyMessagesWeighSomething) {
  for (int i = 0; i < 7; ++i) Feed("");
  EXPECT_EQ(flow_.log, "P");
  while (queue_->size() > 0) Receive();
  EXPECT_EQ(flow_.log, "PR");
}

TEST_F(MessageQueueTest, TheEndComesBehindTheMessagesAndLeavesReadingResumed) {
  Feed(std::string(500, 'x'));
  queue_->FeedEof();
  EXPECT_EQ(flow_.log, "PR");
  EXPECT_TRUE(queue_->IsEof());
  EXPECT_FALSE(queue_->AtEof());
  EXPECT_EQ(Receive().size(), 500u);
  EXPECT_TRUE(queue_->AtEof());
  EXPECT_EQ(Receive(), "end");
  EXPECT_EQ(Receive(), "end");
}

TEST_F(MessageQueueTest, AnErrorComesBehindTheMessagesAndStays) {
  Feed("hello");
  queue_->SetError(ClientError(ErrorKind::kDisconnected, "cut"));
  EXPECT_FALSE(queue_->IsEof());
  EXPECT_EQ(Receive(), "hello");
  EXPECT_EQ(Receive(), "disconnected: cut");
  EXPECT_EQ(Receive(), "disconnected: cut");
}

TEST_F(MessageQueueTest, ASecondEndReachesTheObserverAndChangesNothing) {
  queue_->FeedEof();
  queue_->SetError(ClientError(ErrorKind::kDisconnected, "cut"));
  EXPECT_EQ(Receive(), "end");
  EXPECT_EQ(observer_.log, "eof;error disconnected;");
}

TEST_F(MessageQueueTest, EveryEndWakesTheReceiver) {
  for (const bool clean : {true, false}) {
    queue_ = std::make_unique<MessageQueue>(observer_, Name(), MessageQueue::Limits());
    std::string out;
    const auto task = Start(out);
    clean ? queue_->FeedEof() : queue_->SetError(ClientError(ErrorKind::kTimeout, "late"));
    loop_.RunReady();
    EXPECT_NE(out, "");
  }
}

TEST_F(MessageQueueTest, DroppingResumesReadingAndKeepsWhatWasThere) {
  Feed(std::string(500, 'x'));
  queue_->DropFurther();
  EXPECT_EQ(flow_.log, "PR");
  Feed(std::string(500, 'x'));
  EXPECT_EQ(flow_.log, "PR");
  EXPECT_EQ(queue_->DebugString(), "1 messages, 500 bytes");
}

TEST_F(MessageQueueTest, BytesAreCountedNotCharacters) {
  Feed("€€€");
  EXPECT_EQ(queue_->buffered(), 9u);
  Receive();
  EXPECT_EQ(queue_->buffered(), 0u);
}

}  // namespace
}  // namespace client
