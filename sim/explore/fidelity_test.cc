#include "sim/explore/fidelity.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/world/world.h"

namespace sim {
namespace {

// Ends in one of so many ways.
class Die final : public Program {
 public:
  Die(uint32_t first, uint32_t count) : first_(first), count_(count) { config_.offers.Add(Label::kToy); }

  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override {
    return std::make_unique<Throw>(first_ + world.Choose(Label::kToy, Name(), count_));
  }

 private:
  class Throw final : public Subject {
   public:
    explicit Throw(uint32_t shown) : shown_(shown) {}
    void Start() override {}
    std::string DescribeEnd() const override { return std::string(1 + shown_, 'I'); }

   private:
    const uint32_t shown_;
  };

  const uint32_t first_, count_;
  const std::string name_ = "die";
  WorldConfig config_;
};

FidelityOptions Few() {
  FidelityOptions options;
  options.real_runs = 100;
  options.simulated_runs = 100;
  options.simulated_runs_max = 1000;
  return options;
}

TEST(Fidelity, WhatTheRealNetworkShowsMustBeSimulated) {
  const FidelityResult result = CheckFidelity(Die(0, 6), Die(1, 3), Few());
  EXPECT_TRUE(result.ok) << result.text;
  EXPECT_EQ(result.real_ends, 3u);
  EXPECT_EQ(result.simulated_ends, 6u);
}

TEST(Fidelity, AnEndThatIsNeverSimulatedIsADifference) {
  const FidelityResult result = CheckFidelity(Die(0, 3), Die(0, 4), Few());
  EXPECT_FALSE(result.ok);
  EXPECT_TRUE(absl::StrContains(result.text, "ended on real sockets as none of")) << result.text;
  EXPECT_TRUE(absl::StrContains(result.text, "IIII")) << result.text;
  EXPECT_GE(result.simulated_runs, 1000u) << "it is looked for before it is missed";
}

TEST(Fidelity, ARareEndIsLookedForInMoreRuns) {
  FidelityOptions options = Few();
  options.simulated_runs = 2;
  const FidelityResult result = CheckFidelity(Die(0, 50), Die(0, 50), options);
  EXPECT_TRUE(result.ok) << result.text;
  EXPECT_GT(result.simulated_runs, 2u);
}

// Three tasks that end in one of two ways each; with `apart` the first two never in the same.
class Coins final : public Program {
 public:
  explicit Coins(bool apart) : apart_(apart) { config_.offers.Add(Label::kToy); }

  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override {
    const uint32_t a = world.Choose(Label::kToy, Name(), 2);
    const uint32_t b = apart_ ? 1 - a : world.Choose(Label::kToy, Name(), 2);
    const uint32_t c = world.Choose(Label::kToy, Name(), 2);
    return std::make_unique<Toss>(absl::StrCat("a ", Side(a), "\nb ", Side(b), "\nc ", Side(c)));
  }

 private:
  class Toss final : public Subject {
   public:
    explicit Toss(std::string shown) : shown_(std::move(shown)) {}
    void Start() override {}
    std::string DescribeEnd() const override { return shown_; }

   private:
    const std::string shown_;
  };
  static absl::string_view Side(uint32_t side) { return side == 0 ? "heads" : "tails"; }

  const bool apart_;
  const std::string name_ = "coins";
  WorldConfig config_;
};

TEST(Fidelity, AnyTwoTasksMustEndTogetherAsInTheSimulation) {
  EXPECT_TRUE(CheckFidelity(Coins(false), Coins(true), Few()).ok);
  const FidelityResult result = CheckFidelity(Coins(true), Coins(false), Few());
  EXPECT_FALSE(result.ok) << "each of them has been seen to end like that, the two of them not";
  EXPECT_TRUE(absl::StrContains(result.text, "\n  a heads; b heads\n") ||
              absl::StrContains(result.text, "\n  a tails; b tails\n"))
      << result.text;
}

TEST(Fidelity, NothingIsCaughtWhereAllHolds) {
  const FidelityResult result = CheckCaughtForReal(Die(0, 6), LawSet::All(), Few());
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.text, "100 runs on real sockets, all held");
}

TEST(Fidelity, ACrashIsWhatItsRunBroke) {
  const FidelityResult real = CheckFidelity(Die(0, 6), CrashingToy(), Few());
  EXPECT_FALSE(real.ok);
  EXPECT_TRUE(absl::StrContains(real.text, "on real sockets, run ")) << real.text;
  EXPECT_TRUE(absl::StrContains(real.text, " of seed 1: CRASH violated: ")) << real.text;
  EXPECT_TRUE(absl::StrContains(real.output, "CHECK failed: first")) << real.output;
  const FidelityResult simulated = CheckFidelity(SegfaultingToy(), Die(0, 6), Few());
  EXPECT_FALSE(simulated.ok);
  EXPECT_TRUE(absl::StrContains(simulated.text, "on the simulated network, run 0 of seed 1: CRASH violated: "))
      << simulated.text;
  EXPECT_EQ(simulated.real_runs, 0u);
}

TEST(Fidelity, ACrashIsCaughtWhereItIsExpected) {
  const FidelityResult crash = CheckCaughtForReal(CrashingToy(), LawSet::Only(LawId::kCrash), Few());
  EXPECT_TRUE(crash.ok) << crash.text;
  EXPECT_TRUE(absl::StrContains(crash.text, "CRASH violated: ")) << crash.text;
  EXPECT_FALSE(CheckCaughtForReal(CrashingToy(), LawSet::Only(LawId::kProgress), Few()).ok);
}

TEST(Fidelity, AHangIsCaughtWhereItIsExpected) {
  FidelityOptions impatient = Few();
  impatient.isolation.step_limit_ns = 300'000'000;
  const FidelityResult hang = CheckCaughtForReal(*FindCanary("must_hang"), LawSet::Only(LawId::kCrash), impatient);
  EXPECT_TRUE(hang.ok) << hang.text;
  EXPECT_TRUE(absl::StrContains(hang.text, " did not return within 300 ms of the host's time")) << hang.text;
}

TEST(Fidelity, NumbersAreLeftOut) {
  EXPECT_EQ(WithoutNumbers("get failed (connection lost after 1 024 of 163 840 bytes)"),
            "get failed (connection lost after # of # bytes)");
  EXPECT_EQ(WithoutNumbers("task 1 of 2"), "task # of #");
  EXPECT_EQ(WithoutNumbers(""), "");
  EXPECT_EQ(WithoutNumbers("10.0.0.1:80: refused"), "#.#.#.#:#: refused");
}

}  // namespace
}  // namespace sim
