#include "sim/explore/program_shrinker.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/explore/campaign.h"
#include "sim/explore/isolated_runner.h"
#include "sim/toys/toy.h"

namespace sim {
namespace {

struct CrowdPlan {
  uint32_t idle = 0;      // tasks that do nothing
  bool watched = true;    // somebody looks whether one task overtakes another
  bool hopeless = false;  // what he sees is wrong in any case
};

class Crowd final : public Toy {
 public:
  Crowd(World& world, const CrowdPlan& plan) : Toy(world), plan_(plan) {}
  void Spawn() override {
    Toy::Spawn(1, Count(first_));
    if (plan_.watched) Toy::Spawn(2, Watch(*this));
    Toy::Spawn(3, Count(second_));
    for (uint32_t i = 0; i < plan_.idle; ++i) Toy::Spawn(4 + i, Count(others_));
  }

 private:
  static Task<> Count(int& count) {
    for (int i = 0; i < 10; ++i) {
      co_await Yield();
      ++count;
    }
  }
  static Task<> Watch(Crowd& crowd) {
    for (int i = 0; i < 10; ++i) {
      co_await Yield();
      const bool ahead = crowd.first_ > crowd.second_;
      crowd.Expect(ahead && !crowd.plan_.hopeless, "the second counter has caught up with the first");
    }
  }

  const CrowdPlan plan_;
  int first_ = 0, second_ = 0, others_ = 0;
};

class CrowdProgram final : public Program {
 public:
  explicit CrowdProgram(const CrowdPlan& plan) : plan_(plan) { config_.offers.Add(Label::kLoopNext); }
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override { return std::make_unique<Crowd>(world, plan_); }

 private:
  const std::string name_ = "crowd";
  const CrowdPlan plan_;
  WorldConfig config_;
};

class ReducibleCrowd final : public ReducibleProgram {
 public:
  explicit ReducibleCrowd(const CrowdPlan& plan, bool drawn = false) : plan_(plan), drawn_(drawn), program_(plan) {}

  const Program& program() const override { return program_; }
  size_t reductions() const override { return 4; }
  Ptr Reduce(size_t reduction) const override {
    CrowdPlan plan = plan_;
    if (reduction == 0) plan.hopeless = true;
    if (reduction == 1) return nullptr;
    if (reduction == 2) plan.watched = false;
    if (reduction == 3 && plan.idle-- == 0) return nullptr;
    return std::make_shared<ReducibleCrowd>(plan, drawn_);
  }
  bool IsCoarse(size_t reduction) const override { return reduction == 3; }
  Ptr WrittenDown(const History&, SparseTape*) const override {
    if (!drawn_) return nullptr;
    CrowdPlan plan = plan_;
    plan.idle = 2;
    return std::make_shared<ReducibleCrowd>(plan);
  }
  std::string Text(absl::string_view name) const override {
    return absl::StrCat(name, plan_.idle, plan_.watched ? " watched" : "", plan_.hopeless ? " hopeless" : "");
  }
  std::string Removed() const override { return ""; }

 private:
  const CrowdPlan plan_;
  const bool drawn_;
  const CrowdProgram program_;
};

ShrunkProgram FindAndShrink(const ReducibleProgram::Ptr& crowd) {
  CampaignOptions options;
  options.runs = 1000;
  const CampaignResult result = RunCampaign(crowd->program(), options);
  if (result.failures.empty()) {
    ADD_FAILURE() << "the first was never caught up with";
    return {};
  }
  const CampaignFailure& failure = result.failures[0];
  const SparseTape tape = Sparse(failure.tape.data(), failure.tape.data() + failure.tape.size());
  return ShrinkProgram(crowd, tape, failure.outcome.violation, {});
}

TEST(ProgramShrinkerTest, WhatIsNotNeededGoesAndTheFailureStays) {
  const ShrunkProgram shrunk = FindAndShrink(std::make_shared<ReducibleCrowd>(CrowdPlan{.idle = 6}));
  ASSERT_TRUE(shrunk.tape.reproduced);
  ASSERT_NE(shrunk.program, nullptr);
  // Nothing that is wrong in any case was taken, as the quiet run would fail then.
  EXPECT_EQ(shrunk.program->Text("crowd"), "crowd0 watched");
  EXPECT_EQ(shrunk.tape.tape.size(), 1u);
  EXPECT_EQ(shrunk.tape.outcome.violation.law, LawId::kExpect);
}

TEST(ProgramShrinkerTest, TheTapeIsOfTheProgram) {
  const ShrunkProgram shrunk = FindAndShrink(std::make_shared<ReducibleCrowd>(CrowdPlan{.idle = 3}));
  ASSERT_NE(shrunk.program, nullptr);
  IsolatedRunner runner(shrunk.program->program(), {});
  TapeRun run;
  run.tape = shrunk.tape.tape;
  const TapeRunReport report = runner.Run(run);
  EXPECT_EQ(report.outcome.digest, shrunk.tape.outcome.digest);
  EXPECT_EQ(report.drift, "");
  EXPECT_EQ(RecordedComplete(runner.history()), shrunk.tape.complete);
}

TEST(ProgramShrinkerTest, WhatWasDrawnIsWrittenDownAndThenShrinks) {
  const ShrunkProgram shrunk = FindAndShrink(std::make_shared<ReducibleCrowd>(CrowdPlan{.idle = 5}, true));
  ASSERT_NE(shrunk.program, nullptr);
  EXPECT_EQ(shrunk.program->Text("crowd"), "crowd0 watched");
}

TEST(ProgramShrinkerTest, AProgramThatIsAsSmallAsCanBeStaysItself) {
  const ShrunkProgram shrunk = FindAndShrink(std::make_shared<ReducibleCrowd>(CrowdPlan{}));
  EXPECT_TRUE(shrunk.tape.reproduced);
  EXPECT_EQ(shrunk.program, nullptr);
}

TEST(ProgramShrinkerTest, WithoutTimeItEndsWithWhatItHas) {
  CampaignOptions campaign;
  campaign.runs = 1000;
  const auto crowd = std::make_shared<ReducibleCrowd>(CrowdPlan{.idle = 6});
  const CampaignResult result = RunCampaign(crowd->program(), campaign);
  ASSERT_FALSE(result.failures.empty());
  const CampaignFailure& failure = result.failures[0];
  const SparseTape tape = Sparse(failure.tape.data(), failure.tape.data() + failure.tape.size());
  ShrinkOptions options;
  options.budget_ns = 1;
  const ShrunkProgram shrunk = ShrinkProgram(crowd, tape, failure.outcome.violation, options);
  EXPECT_TRUE(shrunk.tape.reproduced);
  EXPECT_TRUE(shrunk.tape.out_of_time);
  EXPECT_EQ(shrunk.program, nullptr);
}

TEST(SameReasonTest, NumbersDoNotMatter) {
  EXPECT_TRUE(SameReason("163 840 bytes in, 1 024 read", "1 bytes in, 0 read"));
  EXPECT_TRUE(SameReason("user-2/get#12 waits for 0.020 s", "user-1/get#3 waits for 15.5 s"));
  EXPECT_TRUE(SameReason("user/get-2 waits", "user/get#3 waits"));
  EXPECT_FALSE(SameReason("user waits for the head of user/get", "user waits for a slot of a.test:80"));
}

TEST(SameReasonTest, LinesMayGoButNoneMayCome) {
  EXPECT_TRUE(SameReason("deadlock\n  a waits\n  b waits", "deadlock\n  b waits"));
  EXPECT_FALSE(SameReason("deadlock\n  a waits", "deadlock\n  b waits"));
  EXPECT_FALSE(SameReason("deadlock\n  a waits", "deadlock"));
  EXPECT_FALSE(SameReason("deadlock", ""));
  EXPECT_TRUE(SameReason("", ""));
}

}  // namespace
}  // namespace sim
