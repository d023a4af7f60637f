#include "client/http/stream_writer.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/async/task_group.h"
#include "client/testing/test_loop.h"
#include "gtest/gtest.h"

namespace client {
namespace {

using testing::TestLoop;

// A transport that keeps what is written.
class Wire : public Transport {
 public:
  void SetProtocol(Protocol*) override {}
  void Write(Slice bytes) override {
    EXPECT_FALSE(bytes.empty());
    written.append(bytes.data(), bytes.size());
  }
  void WriteEof() override {}
  void Close() override {}
  void PauseReading() override {}
  void ResumeReading() override {}
  bool reading_paused() const override { return false; }
  bool writing_paused() const override { return paused; }
  size_t unsent_bytes() const override { return 0; }
  bool closing() const override { return false; }
  Name name() const override { return Name().Child("connection", 1); }

  std::string written;
  bool paused = false;
};

std::string Text(const Result<void>& result) { return result.ok() ? "ok" : result.error().DebugString(); }

Task<> DoDrain(StreamWriter& writer, std::optional<std::string>& out) {
  Result<void> drained = co_await writer.Drain();
  out = Text(drained);
}

class StreamWriterTest : public ::testing::Test {
 protected:
  std::string Begin(const BodyFraming& framing) { return Text(writer_.WriteHeaders(Slice::Copy("head;"), framing)); }
  std::string Write(absl::string_view text) { return Text(writer_.Write(Slice::Copy(text))); }

  TestLoop loop_;
  Name task_name_ = MakeName(loop_, Name(), "task", 1);
  Wire wire_;
  StreamWriter writer_{wire_};
};

TEST_F(StreamWriterTest, ALengthIsWrittenAsItIs) {
  EXPECT_EQ(Begin(BodyFraming::Length(5)), "ok");
  EXPECT_EQ(Write("he"), "ok");
  EXPECT_EQ(Write(""), "ok");
  EXPECT_EQ(Write("llo"), "ok");
  EXPECT_FALSE(writer_.complete());
  EXPECT_EQ(Text(writer_.WriteEof()), "ok");
  EXPECT_TRUE(writer_.complete());
  EXPECT_EQ(wire_.written, "head;hello");
}

TEST_F(StreamWriterTest, ChunksAreFramedAndNeverEmpty) {
  Begin(BodyFraming::Chunked());
  Write("0123456789abcdef0");
  Write("");
  Write("x");
  EXPECT_EQ(Text(writer_.WriteEof()), "ok");
  EXPECT_EQ(wire_.written, "head;11\r\n0123456789abcdef0\r\n1\r\nx\r\n0\r\n\r\n");
  EXPECT_EQ(writer_.body_bytes(), 18u);
}

TEST_F(StreamWriterTest, ManyChunksShareTheirHeadersMemory) {
  Begin(BodyFraming::Chunked());
  std::string want = "head;";
  for (int i = 0; i < 1000; ++i) {
    Write("x");
    want += "1\r\nx\r\n";
  }
  EXPECT_EQ(wire_.written, want);
}

TEST_F(StreamWriterTest, TrailersEndAChunkedBody) {
  Headers trailers;
  trailers.Add("T", "v");
  Begin(BodyFraming::Chunked());
  EXPECT_EQ(Text(writer_.WriteEof(trailers)), "ok");
  EXPECT_EQ(wire_.written, "head;0\r\nT: v\r\n\r\n");
  EXPECT_TRUE(writer_.complete());
}

TEST_F(StreamWriterTest, TooManyBytesAreRefusedBeforeTheyGoOut) {
  Begin(BodyFraming::Length(3));
  EXPECT_EQ(Write("ab"), "ok");
  EXPECT_EQ(Write("cd"), "body source: the body is longer than the 3 bytes that were declared");
  EXPECT_EQ(Write("c"), "body source: the body is longer than the 3 bytes that were declared");
  EXPECT_EQ(Text(writer_.WriteEof()), "body source: the body is longer than the 3 bytes that were declared");
  EXPECT_EQ(wire_.written, "head;ab");
  EXPECT_FALSE(writer_.complete());
}

TEST_F(StreamWriterTest, TooFewBytesAreFoundAtTheEnd) {
  Begin(BodyFraming::Length(3));
  Write("ab");
  EXPECT_EQ(Text(writer_.WriteEof()), "body source: the body ended after 2 of the 3 bytes that were declared");
  EXPECT_FALSE(writer_.complete());
}

TEST_F(StreamWriterTest, AMessageWithoutABodyTakesNone) {
  Begin(BodyFraming::None());
  EXPECT_EQ(Write("a"), "body source: a body for a message without one");
  EXPECT_EQ(wire_.written, "head;");
}

TEST_F(StreamWriterTest, TheOrderOfCallsIsEnforced) {
  EXPECT_EQ(Write("a"), "usage: a body before its head");
  EXPECT_EQ(Begin(BodyFraming::None()), "ok");
  EXPECT_EQ(Begin(BodyFraming::None()), "usage: the head was written already");
  EXPECT_EQ(Text(writer_.WriteEof()), "ok");
  EXPECT_EQ(Write("a"), "usage: a write after the end of the message");
  EXPECT_EQ(wire_.written, "head;");
}

TEST_F(StreamWriterTest, DrainWaitsWhileWritingIsPaused) {
  Begin(BodyFraming::Chunked());
  writer_.OnPause();
  std::optional<std::string> got;
  SpawnedTask task(loop_, task_name_, DoDrain(writer_, got));
  loop_.RunReady();
  ASSERT_NE(task.waiter(), nullptr);
  EXPECT_EQ(std::string(task.waiter()->reason().what), "room to write on");
  EXPECT_EQ(task.waiter()->reason().on, wire_.name());
  writer_.OnResume();
  EXPECT_FALSE(got.has_value());
  loop_.RunReady();
  EXPECT_EQ(got, "ok");
}

TEST_F(StreamWriterTest, DrainDoesNotWaitOtherwise) {
  std::optional<std::string> got;
  SpawnedTask task(loop_, task_name_, DoDrain(writer_, got));
  loop_.RunReady();
  EXPECT_EQ(got, "ok");
}

TEST_F(StreamWriterTest, AWriterOfAPausedTransportStartsPaused) {
  wire_.paused = true;
  EXPECT_TRUE(StreamWriter(wire_).writing_paused());
}

TEST_F(StreamWriterTest, ALostConnectionEndsDrainAndEveryWrite) {
  Begin(BodyFraming::Length(3));
  writer_.OnPause();
  std::optional<std::string> got;
  SpawnedTask task(loop_, task_name_, DoDrain(writer_, got));
  loop_.RunReady();
  writer_.OnLost(ClientError(ErrorKind::kDisconnected, "reset"));
  loop_.RunReady();
  EXPECT_EQ(got, "disconnected: reset");
  EXPECT_EQ(Write("abc"), "disconnected: reset");
  EXPECT_EQ(Text(writer_.WriteEof()), "disconnected: reset");
  EXPECT_EQ(wire_.written, "head;");
}

TEST_F(StreamWriterTest, ACancelledDrainLeavesNothingBehind) {
  writer_.OnPause();
  std::optional<std::string> got;
  auto task = std::make_unique<SpawnedTask>(loop_, task_name_, DoDrain(writer_, got));
  loop_.RunReady();
  task.reset();
  writer_.OnResume();
  EXPECT_EQ(loop_.RunReady(), 0u);
}

TEST_F(StreamWriterTest, PrintsItself) {
  Begin(BodyFraming::Length(5));
  Write("he");
  writer_.OnPause();
  EXPECT_EQ(writer_.DebugString(), "length 5: 2 bytes written, paused");
}

}  // namespace
}  // namespace client
