#include "sim/workload/collector.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/net/net_testing.h"

namespace sim {
namespace {

// Handles that write down when they are destroyed: "first@3 ", in steps.
class CollectorTest : public ::testing::Test, public WorkloadObserver {
 protected:
  static constexpr uint32_t kAfterSession = 3;
  static constexpr uint32_t kAfterLoop = 4;

  class Handle {
   public:
    Handle(CollectorTest& test, const char* id) : test_(&test), id_(id) {}
    Handle(Handle&& other) noexcept : test_(std::exchange(other.test_, nullptr)), id_(other.id_) {}
    ~Handle() {
      if (test_ != nullptr) absl::StrAppend(&test_->log_, id_, "@", test_->history_.steps(), " ");
    }

   private:
    CollectorTest* test_;
    const char* id_;
  };

  CollectorTest() : config_(Config()), world_(config_, LawSet::All(), source_, history_, violation_) {
    history_.BeginRun(0, /*keep_trace=*/false);
    Start({.after_loop = true});
  }
  ~CollectorTest() override { collector_.reset(); }

  static WorldConfig Config() {
    WorldConfig config;
    config.offers.Add(Label::kGcCollect);
    config.offers.Add(Label::kGcOrder);
    config.menus[static_cast<size_t>(Label::kGcCollect)] = {0, 2, 5};
    return config;
  }
  void Start(Collector::Options options) {
    collector_.reset();
    collector_ = std::make_unique<Collector>(world_, *this, options);
  }
  // `drawn` of gc.collect.
  void Abandon(const char* id, uint32_t drawn) {
    source_.answers[Label::kGcCollect].push_back(drawn);
    const Name name = client::MakeName(world_.loop(), Name(), client::NameKind::FromStable(id));
    collector_->Abandon(name, Handle(*this, id));
  }
  // Steps of somebody else, and of the collector where it is due.
  void Step(int count) {
    Source source(world_.loop(), client::MakeName(world_.loop(), Name(), "other"));
    for (int i = 0; i < count; ++i) {
      client::Runnable nothing([](void*) {}, nullptr);
      world_.loop().Post(source, nothing);
      world_.loop().Step();
      world_.AfterStep();
    }
  }
  void RunReady() {
    while (world_.loop().ready() > 0) {
      world_.loop().Step();
      world_.AfterStep();
    }
  }

  void Abandoned(Name) override { ++abandoned_; }
  void Collected(Name) override { ++collected_; }

  ScriptedSource source_;
  WorldConfig config_;
  History history_{History::Options{1 << 16, 1 << 12, 1 << 10}};
  Violation violation_;
  World world_;
  std::unique_ptr<Collector> collector_;
  std::string log_;
  int abandoned_ = 0;
  int collected_ = 0;
};

TEST_F(CollectorTest, CollectsInAStepOfItsOwnAfterSoManySteps) {
  Abandon("now", 0);
  Abandon("soon", 2);
  EXPECT_EQ(log_, "");
  Step(1);
  RunReady();
  EXPECT_EQ(log_, "now@2 ");
  Step(2);
  EXPECT_EQ(log_, "now@2 ");
  Step(1);
  RunReady();
  EXPECT_EQ(log_, "now@2 soon@6 ");
  EXPECT_EQ(abandoned_, 2);
  EXPECT_EQ(collected_, 2);
}

TEST_F(CollectorTest, RunsDryWithoutWaitingForMoreSteps) {
  Abandon("late", 2);
  Abandon("after", kAfterSession);
  EXPECT_TRUE(collector_->RunDry(/*closing=*/false));
  RunReady();
  EXPECT_EQ(log_, "late@1 ");
  EXPECT_FALSE(collector_->RunDry(/*closing=*/false));
  EXPECT_TRUE(collector_->RunDry(/*closing=*/true));
  RunReady();
  EXPECT_EQ(log_, "late@1 after@2 ");
  EXPECT_FALSE(collector_->RunDry(/*closing=*/true));
}

TEST_F(CollectorTest, KeepsSomeUntilTheLoopHasStopped) {
  Abandon("after the loop", kAfterLoop);
  Step(10);
  EXPECT_FALSE(collector_->RunDry(/*closing=*/true));
  RunReady();
  EXPECT_EQ(log_, "");
  collector_->LoopStopped();
  EXPECT_EQ(log_, "after the loop@10 ");
  EXPECT_EQ(collected_, 1);
}

TEST_F(CollectorTest, TheOrderAmongThoseThatAreDueIsDrawn) {
  source_.answers[Label::kGcOrder] = {2, 0};
  for (const char* id : {"a", "b", "c"}) Abandon(id, 0);
  Step(1);
  RunReady();
  EXPECT_EQ(log_, "c@2 a@3 b@4 ");
}

TEST_F(CollectorTest, ASessionThatWaitsForItsResponsesNeedsThemBeforeTheLoopStops) {
  Start({.after_loop = false});
  Abandon("last", kAfterSession);  // the last alternative
  EXPECT_TRUE(collector_->RunDry(/*closing=*/true));
  RunReady();
  EXPECT_EQ(log_, "last@1 ");
}

TEST_F(CollectorTest, DestroyingItCollectsEverything) {
  Abandon("a", 2);
  Abandon("b", kAfterLoop);
  collector_.reset();
  EXPECT_EQ(log_, "b@0 a@0 ");
  EXPECT_EQ(collected_, 2);
  Step(3);
}

}  // namespace
}  // namespace sim
