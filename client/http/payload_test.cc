#include "client/http/payload.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/async/async_event.h"
#include "client/async/task_group.h"
#include "client/testing/test_loop.h"
#include "gtest/gtest.h"

namespace client {
namespace {

using testing::TestLoop;

Task<> ReadAll(Payload& payload, std::string& log) {
  while (true) {
    Result<Slice> bytes = co_await payload.Next();
    if (!bytes.ok()) {
      absl::StrAppend(&log, bytes.error().DebugString(), ";");
      co_return;
    }
    absl::StrAppend(&log, bytes->view(), ";");
    if (bytes->empty()) co_return;
  }
}

// Answers at once with "a", later with "b", and then ends or fails.
class Source : public BodySource {
 public:
  Source(AsyncEvent& later, bool fails, bool rewinds) : later_(later), fails_(fails), rewinds_(rewinds) {}

  Task<Result<Slice>> Next() override {
    const int call = calls_++;
    if (call == 0) co_return Slice::Static("a");
    if (call == 1) {
      co_await later_.Wait();
      co_return Slice::Static("b");
    }
    if (fails_) co_return ClientError(ErrorKind::kBodySource, "the disk is gone");
    co_return Slice();
  }
  bool replayable() const override { return rewinds_; }
  Result<void> Rewind() override {
    if (!rewinds_) return BodySource::Rewind();
    calls_ = 0;
    return Result<void>();
  }

 private:
  AsyncEvent& later_;
  bool fails_;
  bool rewinds_;
  int calls_ = 0;
};

class PayloadTest : public ::testing::Test {
 protected:
  std::string Read(Payload& payload) {
    std::string log;
    SpawnedTask task(loop_, task_name_, ReadAll(payload, log));
    loop_.RunReady();
    if (!task.done()) absl::StrAppend(&log, "(waits);");
    later_.Set();
    loop_.RunReady();
    return log;
  }

  TestLoop loop_;
  Name task_name_ = MakeName(loop_, Name(), "task", 1);
  AsyncEvent later_{WaitReason{"the disk", Name()}};
};

TEST_F(PayloadTest, BytesAreGivenSliceBySlice) {
  absl::InlinedVector<Slice, 2> slices;
  slices.push_back(Slice::Static("ab"));
  slices.push_back(Slice());
  slices.push_back(Slice::Static("c"));
  BytesPayload payload(std::move(slices));
  EXPECT_EQ(payload.length(), absl::optional<uint64_t>(3));
  EXPECT_TRUE(payload.replayable());
  EXPECT_EQ(Read(payload), "ab;c;;");
  EXPECT_EQ(Read(payload), ";");
  ASSERT_TRUE(payload.Rewind().ok());
  EXPECT_EQ(Read(payload), "ab;c;;");
}

TEST_F(PayloadTest, NoBytesAreALengthOfZero) {
  BytesPayload payload{Slice()};
  EXPECT_EQ(payload.length(), absl::optional<uint64_t>(0));
  EXPECT_EQ(Read(payload), ";");
}

TEST_F(PayloadTest, ASourceMayAnswerAtOnceOrLater) {
  StreamPayload payload(std::make_unique<Source>(later_, false, false), absl::nullopt);
  EXPECT_EQ(payload.length(), absl::nullopt);
  EXPECT_EQ(Read(payload), "a;(waits);b;;");
  EXPECT_EQ(Read(payload), ";");
}

TEST_F(PayloadTest, ASourcesFailureIsHandedOnAndStays) {
  StreamPayload payload(std::make_unique<Source>(later_, true, false), 10);
  EXPECT_EQ(payload.length(), absl::optional<uint64_t>(10));
  EXPECT_EQ(Read(payload), "a;(waits);b;body source: the disk is gone;");
  EXPECT_EQ(Read(payload), "body source: the disk is gone;");
  EXPECT_FALSE(payload.replayable());
  EXPECT_EQ(payload.Rewind().error().DebugString(), "body source: the body source cannot be rewound");
}

TEST_F(PayloadTest, ARewoundSourceIsReadAgain) {
  StreamPayload payload(std::make_unique<Source>(later_, true, true), absl::nullopt);
  later_.Set();
  EXPECT_EQ(Read(payload), "a;b;body source: the disk is gone;");
  ASSERT_TRUE(payload.Rewind().ok());
  EXPECT_EQ(Read(payload), "a;b;body source: the disk is gone;");
}

}  // namespace
}  // namespace client
