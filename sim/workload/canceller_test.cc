#include "sim/workload/canceller.h"

#include <memory>

#include "client/async/async_event.h"
#include "client/async/task_group.h"
#include "gtest/gtest.h"
#include "sim/net/net_testing.h"

namespace sim {
namespace {

// A task that waits twice for an event, and may be cancelled at each of the two.
class CancellerTest : public ::testing::Test {
 protected:
  CancellerTest()
      : net_({.offers = {Label::kTaskCancel}}),
        name_(MakeName(net_.loop(), Name(), "task")),
        event_(client::WaitReason{"the", name_}),
        canceller_(net_.world(), name_,
                   {.cancel = [](void* self) { static_cast<CancellerTest*>(self)->Cancel(); },
                    .abandon = [](void* self) { static_cast<CancellerTest*>(self)->abandoned_ = true; },
                    .close = [](void* self) { ++static_cast<CancellerTest*>(self)->begun_to_close_; }},
                   this) {
    task_ = std::make_unique<client::SpawnedTask>(net_.loop(), name_, Wait(event_, passed_));
    task_->set_watcher(&canceller_);
  }
  ~CancellerTest() override { task_.reset(); }

  static client::Task<> Wait(client::AsyncEvent& event, int& passed) {
    for (int i = 0; i < 2; ++i) {
      co_await event.Wait();
      event.Clear();
      ++passed;
    }
  }
  void Answer(std::deque<uint32_t> answers) { net_.source.answers[Label::kTaskCancel] = std::move(answers); }
  void Cancel() {
    cancelled_ = true;
    task_.reset();
  }

  TestNet net_;
  const Name name_;
  client::AsyncEvent event_;
  int passed_ = 0;
  bool cancelled_ = false;
  bool abandoned_ = false;
  int begun_to_close_ = 0;
  Canceller canceller_;
  std::unique_ptr<client::SpawnedTask> task_;
};

TEST_F(CancellerTest, ATaskGoesOnUnlessTheChoicesSayOtherwise) {
  net_.RunAll();
  event_.Set();
  net_.RunAll();
  event_.Set();
  net_.RunAll();
  EXPECT_EQ(passed_, 2);
  EXPECT_FALSE(cancelled_);
}

TEST_F(CancellerTest, OneCancelsInAStepOfItsOwn) {
  Answer({1});
  net_.loop().Step();
  EXPECT_FALSE(cancelled_);
  net_.loop().Step();
  EXPECT_TRUE(cancelled_);
}

TEST_F(CancellerTest, TwoCancelsWhenWokenAndBeforeItIsResumed) {
  Answer({2});
  net_.RunAll();
  EXPECT_FALSE(cancelled_);
  event_.Set();
  EXPECT_FALSE(cancelled_);
  net_.RunAll();
  EXPECT_TRUE(cancelled_);
  EXPECT_EQ(passed_, 0);
}

TEST_F(CancellerTest, TwoAtTheSecondSuspensionLetsTheFirstPass) {
  Answer({0, 2});
  net_.RunAll();
  event_.Set();
  net_.RunAll();
  event_.Set();
  net_.RunAll();
  EXPECT_TRUE(cancelled_);
  EXPECT_EQ(passed_, 1);
}

TEST_F(CancellerTest, ThreeCancelsAfterADelay) {
  Answer({3});
  net_.RunReady();
  EXPECT_FALSE(cancelled_);
  net_.RunAll();
  EXPECT_TRUE(cancelled_);
}

TEST_F(CancellerTest, FourAbandonsItAndItIsNotResumedAnyMore) {
  Answer({0, Canceller::kAbandon});
  net_.RunAll();
  event_.Set();
  net_.RunAll();
  EXPECT_TRUE(abandoned_);
  event_.Set();
  net_.RunAll();
  EXPECT_EQ(passed_, 1);
  EXPECT_FALSE(task_->done());
  EXPECT_FALSE(cancelled_);
}

TEST_F(CancellerTest, WhatWasAbandonedMayBeDestroyedWhileWoken) {
  Answer({Canceller::kAbandon});
  net_.RunAll();
  event_.Set();
  task_.reset();
  net_.RunAll();
  EXPECT_EQ(passed_, 0);
}

TEST_F(CancellerTest, FiveBeginsToCloseAndTheTaskGoesOn) {
  Answer({0, Canceller::kClose});
  net_.RunAll();
  EXPECT_EQ(begun_to_close_, 0);
  event_.Set();
  net_.RunAll();
  EXPECT_EQ(begun_to_close_, 1);
  event_.Set();
  net_.RunAll();
  EXPECT_EQ(passed_, 2);
}

TEST_F(CancellerTest, WhatIsNotAllowedIsLeftOut) {
  const auto close = [](void* begun) { ++*static_cast<int*>(begun); };
  Canceller closer(net_.world(), name_, {.close = close}, &begun_to_close_);
  task_->set_watcher(&closer);
  Answer({1});
  net_.RunAll();
  EXPECT_EQ(begun_to_close_, 1);
  task_->set_watcher(nullptr);
}

TEST_F(CancellerTest, NothingIsCancelledAfterTheEnd) {
  Answer({3});
  net_.RunReady();
  canceller_.Disarm();
  net_.RunAll();
  EXPECT_FALSE(cancelled_);
}

}  // namespace
}  // namespace sim
