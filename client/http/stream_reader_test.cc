#include "client/http/stream_reader.h"

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

constexpr StreamReader::Limits kLimits = {.low_water = 4, .high_water = 8};

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

enum class Read { kAny, kUpTo3, kExactly6, kUntilCrLf, kAll };

std::string Text(const Result<Slice>& result) {
  return result.ok() ? std::string(result->view()) : result.error().DebugString();
}
std::string Text(const Result<std::string>& result) { return result.ok() ? *result : result.error().DebugString(); }

Task<> DoRead(StreamReader& reader, Read how, std::optional<std::string>& out) {
  if (how == Read::kAny) {
    Result<Slice> got = co_await reader.ReadAny();
    out = Text(got);
  } else if (how == Read::kUpTo3) {
    Result<Slice> got = co_await reader.ReadUpTo(3);
    out = Text(got);
  } else if (how == Read::kExactly6) {
    Result<std::string> got = co_await reader.ReadExactly(6);
    out = Text(got);
  } else if (how == Read::kUntilCrLf) {
    Result<std::string> got = co_await reader.ReadUntil("\r\n", 12);
    out = Text(got);
  } else {
    Result<std::string> got = co_await reader.ReadAll(10);
    out = Text(got);
  }
}

Task<> DoReadExactly(StreamReader& reader, size_t n, std::optional<std::string>& out) {
  Result<std::string> got = co_await reader.ReadExactly(n);
  out = Text(got);
}

class StreamReaderTest : public ::testing::Test {
 protected:
  // A task that reads once.
  struct Reading {
    std::optional<std::string> got;
    std::unique_ptr<SpawnedTask> task;
  };

  void Start(Reading& reading, Read how) {
    reading.task = std::make_unique<SpawnedTask>(loop_, task_name_, DoRead(*body_, how, reading.got));
    loop_.RunReady();
  }
  std::string ReadNow(Read how) {
    Reading reading;
    Start(reading, how);
    return reading.got.value_or("(waits)");
  }
  void Feed(absl::string_view text) { body_->FeedData(Slice::Copy(text)); }

  TestLoop loop_;
  Flow flow_;
  Observer observer_;
  Name name_ = MakeName(loop_, Name(), "body", 1);
  Name task_name_ = MakeName(loop_, Name(), "task", 1);
  std::optional<StreamReader> body_{std::in_place, loop_, observer_, flow_, name_, kLimits};
};

TEST_F(StreamReaderTest, ReadAnyGivesOneSliceWithoutACopy) {
  const Slice bytes = Slice::Copy("hello");
  body_->FeedData(bytes);
  Feed(" world");
  Reading reading;
  Start(reading, Read::kAny);
  EXPECT_EQ(reading.got, "hello");
  EXPECT_EQ(body_->buffered(), 6u);
  EXPECT_EQ(body_->bytes_read(), 5u);
}

TEST_F(StreamReaderTest, AWaitingReadIsWokenByDataAndNotResumedInline) {
  Reading reading;
  Start(reading, Read::kAny);
  ASSERT_NE(reading.task->waiter(), nullptr);
  EXPECT_EQ(std::string(reading.task->waiter()->reason().what), "data of");
  EXPECT_EQ(reading.task->waiter()->reason().on, name_);
  Feed("ab");
  Feed("cd");
  EXPECT_FALSE(reading.got.has_value());
  loop_.RunReady();
  EXPECT_EQ(reading.got, "ab");
}

TEST_F(StreamReaderTest, AtTheEndAReadGivesNothingAgainAndAgain) {
  Feed("a");
  body_->FeedEof();
  EXPECT_TRUE(body_->IsEof());
  EXPECT_FALSE(body_->AtEof());
  EXPECT_EQ(ReadNow(Read::kAny), "a");
  EXPECT_TRUE(body_->AtEof());
  EXPECT_EQ(ReadNow(Read::kAny), "");
  EXPECT_EQ(ReadNow(Read::kAny), "");
}

TEST_F(StreamReaderTest, TheEndWakesAReader) {
  Reading reading;
  Start(reading, Read::kAny);
  body_->FeedEof();
  loop_.RunReady();
  EXPECT_EQ(reading.got, "");
}

TEST_F(StreamReaderTest, BytesBeforeAnErrorAreReadFirstAndTheErrorStays) {
  Feed("part");
  body_->SetError(ClientError::Truncated(4, 10));
  EXPECT_FALSE(body_->IsEof());
  EXPECT_TRUE(body_->ended());
  EXPECT_EQ(ReadNow(Read::kAny), "part");
  EXPECT_EQ(ReadNow(Read::kAny), "disconnected: the body ended early, after 4 of 10 bytes");
  EXPECT_EQ(ReadNow(Read::kAll), "disconnected: the body ended early, after 4 of 10 bytes");
  EXPECT_FALSE(body_->AtEof());
}

TEST_F(StreamReaderTest, AnErrorWakesAReader) {
  Reading reading;
  Start(reading, Read::kExactly6);
  body_->SetError(ClientError(ErrorKind::kDisconnected, "reset"));
  loop_.RunReady();
  EXPECT_EQ(reading.got, "disconnected: reset");
}

TEST_F(StreamReaderTest, ReadUpToSplitsASlice) {
  Feed("hello");
  EXPECT_EQ(ReadNow(Read::kUpTo3), "hel");
  EXPECT_EQ(ReadNow(Read::kUpTo3), "lo");
}

TEST_F(StreamReaderTest, AboveHighWaterReadingIsPausedOnceAndAtLowWaterResumedOnce) {
  Feed("01234567");
  EXPECT_EQ(flow_.log, "");
  Feed("8");
  EXPECT_EQ(flow_.log, "P");
  Feed("9");
  EXPECT_EQ(flow_.log, "P");
  EXPECT_EQ(ReadNow(Read::kUpTo3), "012");
  EXPECT_EQ(flow_.log, "P");
  EXPECT_EQ(ReadNow(Read::kUpTo3), "345");
  EXPECT_EQ(flow_.log, "PR");
  EXPECT_EQ(ReadNow(Read::kUpTo3), "67");
  EXPECT_EQ(flow_.log, "PR");
}

TEST_F(StreamReaderTest, TheEndLeavesReadingResumed) {
  Feed("0123456789");
  EXPECT_EQ(flow_.log, "P");
  body_->FeedEof();
  EXPECT_EQ(flow_.log, "PR");
  EXPECT_FALSE(body_->reading_paused());
}

TEST_F(StreamReaderTest, AnErrorLeavesReadingResumed) {
  Feed("0123456789");
  body_->SetError(ClientError(ErrorKind::kDisconnected, "reset"));
  EXPECT_EQ(flow_.log, "PR");
}

TEST_F(StreamReaderTest, AfterDetachTheConnectionIsNotTouched) {
  Feed("0123456789");
  body_->Detach();
  EXPECT_EQ(ReadNow(Read::kAny), "0123456789");
  body_->FeedEof();
  EXPECT_EQ(flow_.log, "P");
}

TEST_F(StreamReaderTest, TheConnectionMayGoFirst) {
  auto flow = std::make_unique<Flow>();
  body_.emplace(loop_, observer_, *flow, name_, kLimits);
  Feed("0123456789");
  EXPECT_EQ(flow->log, "P");
  flow.reset();
  EXPECT_EQ(ReadNow(Read::kAny), "0123456789");
  EXPECT_FALSE(body_->reading_paused());
}

TEST_F(StreamReaderTest, ReadExactlyTakesFromSeveralSlices) {
  Feed("ab");
  Feed("cdef");
  Feed("gh");
  EXPECT_EQ(ReadNow(Read::kExactly6), "abcdef");
  EXPECT_EQ(ReadNow(Read::kAny), "gh");
}

TEST_F(StreamReaderTest, ReadExactlyOfMoreThanHighWaterRaisesTheLimit) {
  std::optional<std::string> got;
  SpawnedTask task(loop_, task_name_, DoReadExactly(*body_, 12, got));
  loop_.RunReady();
  Feed("0123456789");
  EXPECT_EQ(flow_.log, "");
  Feed("ab");
  loop_.RunReady();
  EXPECT_EQ(got, "0123456789ab");
}

TEST_F(StreamReaderTest, ReadExactlyResumesWhatWasPausedBelowItsNeed) {
  Feed("0123456789");
  EXPECT_EQ(flow_.log, "P");
  std::optional<std::string> got;
  SpawnedTask task(loop_, task_name_, DoReadExactly(*body_, 12, got));
  loop_.RunReady();
  EXPECT_EQ(flow_.log, "PR");
  Feed("abc");
  EXPECT_EQ(flow_.log, "PRP");
  loop_.RunReady();
  EXPECT_EQ(got, "0123456789ab");
  EXPECT_EQ(flow_.log, "PRPR");
}

TEST_F(StreamReaderTest, ReadExactlyBeyondTheEndIsAnErrorAndTheBytesStay) {
  Feed("abc");
  body_->FeedEof();
  EXPECT_EQ(ReadNow(Read::kExactly6), "usage: the stream ended with 3 bytes left, 6 or more were asked for");
  EXPECT_EQ(ReadNow(Read::kAny), "abc");
}

TEST_F(StreamReaderTest, ReadExactlyOfACutBodyIsItsError) {
  Feed("abc");
  body_->SetError(ClientError::Truncated(3, 6));
  EXPECT_EQ(ReadNow(Read::kExactly6), "disconnected: the body ended early, after 3 of 6 bytes");
  EXPECT_EQ(ReadNow(Read::kAny), "abc");
}

TEST_F(StreamReaderTest, ACancelledReadLosesNothing) {
  for (const Read how : {Read::kAny, Read::kUpTo3, Read::kExactly6, Read::kUntilCrLf}) {
    body_.emplace(loop_, observer_, flow_, name_, kLimits);
    Reading reading;
    Start(reading, how);
    Feed("abcd");
    reading.task.reset();
    loop_.RunReady();
    EXPECT_EQ(ReadNow(Read::kAny), "abcd");
  }
}

TEST_F(StreamReaderTest, AReadCancelledOnceWokenLosesNothing) {
  Reading first;
  Start(first, Read::kExactly6);
  Feed("abcdef");
  first.task.reset();  // woken, not yet resumed
  EXPECT_EQ(ReadNow(Read::kExactly6), "abcdef");
}

TEST_F(StreamReaderTest, ReadUntilFindsADelimiterAtEverySplit) {
  const std::string text = "ab\rc\r\nrest";
  for (size_t a = 0; a <= text.size(); ++a) {
    for (size_t b = a; b <= text.size(); ++b) {
      body_.emplace(loop_, observer_, flow_, name_, StreamReader::Limits());
      Reading reading;
      Start(reading, Read::kUntilCrLf);
      for (const std::string& piece : {text.substr(0, a), text.substr(a, b - a), text.substr(b)}) {
        Feed(piece);
        loop_.RunReady();
      }
      ASSERT_EQ(reading.got, "ab\rc\r\n") << a << " " << b;
      ASSERT_EQ(body_->buffered(), 4u);
    }
  }
}

TEST_F(StreamReaderTest, ReadUntilIsBounded) {
  Feed("0123456789");
  Feed("a\r\n");
  EXPECT_EQ(ReadNow(Read::kUntilCrLf), "protocol: no delimiter within 12 bytes");
  EXPECT_EQ(body_->buffered(), 13u);
}

TEST_F(StreamReaderTest, ReadUntilBeyondHighWaterDoesNotWaitForever) {
  Reading reading;
  Start(reading, Read::kUntilCrLf);
  Feed("012345678");
  loop_.RunReady();
  EXPECT_EQ(flow_.log, "PR");
  Feed("\r\n");
  loop_.RunReady();
  EXPECT_EQ(reading.got, "012345678\r\n");
}

TEST_F(StreamReaderTest, ReadUntilOfAStreamThatEndsIsAnError) {
  Feed("abc");
  body_->FeedEof();
  EXPECT_EQ(ReadNow(Read::kUntilCrLf), "usage: the stream ended with 3 bytes left, 4 or more were asked for");
}

TEST_F(StreamReaderTest, ReadAllTakesTheRest) {
  Reading reading;
  Start(reading, Read::kAll);
  for (const char* piece : {"ab", "cd", "efghij"}) {
    Feed(piece);
    loop_.RunReady();
  }
  EXPECT_FALSE(reading.got.has_value());
  body_->FeedEof();
  loop_.RunReady();
  EXPECT_EQ(reading.got, "abcdefghij");
}

TEST_F(StreamReaderTest, ReadAllIsBounded) {
  Feed("0123456789a");
  EXPECT_EQ(ReadNow(Read::kAll), "protocol: the body is longer than 10 bytes");
}

TEST_F(StreamReaderTest, TheHookRunsLastAndOnce) {
  struct Seen {
    StreamReader* body;
    Flow* flow;
    std::string log;
  } seen{&*body_, &flow_, ""};
  body_->OnEof(
      [](void* argument) {
        Seen& self = *static_cast<Seen*>(argument);
        absl::StrAppend(&self.log, self.body->IsEof() ? "eof " : "", self.flow->log, ";");
      },
      &seen);
  Feed("0123456789");
  body_->FeedEof();
  EXPECT_EQ(seen.log, "eof PR;");
  body_->FeedEof();
  EXPECT_EQ(seen.log, "eof PR;");
}

TEST_F(StreamReaderTest, TheHookRunsAtOnceIfTheEndHasBeen) {
  int runs = 0;
  body_->FeedEof();
  body_->OnEof([](void* argument) { ++*static_cast<int*>(argument); }, &runs);
  EXPECT_EQ(runs, 1);
}

TEST_F(StreamReaderTest, TheHookDoesNotRunAfterAnError) {
  int runs = 0;
  body_->OnEof([](void* argument) { ++*static_cast<int*>(argument); }, &runs);
  body_->SetError(ClientError(ErrorKind::kDisconnected, "reset"));
  EXPECT_EQ(runs, 0);
}

TEST_F(StreamReaderTest, TheHookMayDestroyTheReader) {
  body_->OnEof([](void* argument) { static_cast<std::optional<StreamReader>*>(argument)->reset(); }, &body_);
  body_->FeedEof();
  EXPECT_FALSE(body_.has_value());
}

TEST_F(StreamReaderTest, TheObserverIsToldAll) {
  Feed("abcde");
  ReadNow(Read::kUpTo3);
  body_->FeedEof();
  body_.reset();
  EXPECT_EQ(observer_.log, "fed 5/5;read 3/2;eof;destroyed;");
}

TEST_F(StreamReaderTest, ASecondEndIsReportedAndChangesNothing) {
  body_->FeedEof();
  body_->FeedEof();
  body_->SetError(ClientError(ErrorKind::kDisconnected, "reset"));
  EXPECT_EQ(observer_.log, "eof;eof;error disconnected;");
  EXPECT_TRUE(body_->AtEof());
  EXPECT_FALSE(body_->error().has_value());
}

TEST_F(StreamReaderTest, ManySmallSlicesKeepTheirOrder) {
  std::string fed;
  std::string read;
  size_t next = 0;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 3; ++i, ++next) {
      const std::string piece = absl::StrCat(next, ",");
      fed += piece;
      Feed(piece);
    }
    read += ReadNow(Read::kAny);
    if (round % 3 == 0) read += ReadNow(Read::kUpTo3);
  }
  while (body_->buffered() > 0) read += ReadNow(Read::kAny);
  EXPECT_EQ(read, fed);
}

using StreamReaderDeathTest = StreamReaderTest;

TEST_F(StreamReaderDeathTest, DataAfterTheEndIsMisuse) {
  body_->FeedEof();
  EXPECT_DEATH(Feed("a"), "CHECK failed");
}

TEST_F(StreamReaderDeathTest, TwoReadsAtOnceAreMisuse) {
  Reading first;
  Start(first, Read::kAny);
  EXPECT_DEATH(ReadNow(Read::kAny), "CHECK failed");
}

}  // namespace
}  // namespace client
