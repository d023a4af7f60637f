#include "sim/explore/scenario_check.h"

#include "gtest/gtest.h"
#include "sim/explore/shrinker.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

CampaignOptions Runs(uint64_t runs) {
  CampaignOptions options;
  options.runs = runs;
  return options;
}

TEST(ScenarioCheckTest, WhatHoldsHolds) {
  const CheckResult result = CheckHolds(*FindToy("fixed2"), Runs(200));
  EXPECT_TRUE(result.ok) << result.text;
  EXPECT_EQ(result.text.rfind("200 runs, all held", 0), 0u) << result.text;
}

TEST(ScenarioCheckTest, WhatIsBrokenDoesNotHold) {
  const CheckResult result = CheckHolds(*FindToy("lost"), Runs(2000));
  EXPECT_FALSE(result.ok);
  EXPECT_NE(result.text.find("PROGRESS violated at "), std::string::npos) << result.text;
}

TEST(ScenarioCheckTest, WhatNeverComesToItsMarkDoesNotHold) {
  EXPECT_TRUE(CheckHolds(MarkedToy(), Runs(1000)).ok);
  const CheckResult result = CheckHolds(NeverMarkedToy(), Runs(1000));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.text, "sometimes \"toy: third\" was never reached in 1000 runs");
  // So few say nothing.
  EXPECT_TRUE(CheckHolds(NeverMarkedToy(), Runs(999)).ok);
}

TEST(ScenarioCheckTest, NondeterminismDoesNotHoldThoughNoLawIsBroken) {
  for (const char* name : {"clock_order", "hash_order", "pointer_order"}) {
    const CheckResult result = CheckHolds(*FindCanary(name), Runs(0));
    EXPECT_FALSE(result.ok) << name;
    EXPECT_NE(result.text.find("NONDETERMINISTIC"), std::string::npos) << result.text;
  }
}

TEST(ScenarioCheckTest, ABugIsCaughtByItsLawOnly) {
  EXPECT_TRUE(CheckCaught(*FindToy("lost"), LawSet::Only(LawId::kProgress), Runs(2000)).ok);
  EXPECT_FALSE(CheckCaught(*FindToy("lost"), LawSet::Only(LawId::kCleanIdle), Runs(2000)).ok);
  EXPECT_FALSE(CheckCaught(*FindToy("fixed2"), LawSet::Only(LawId::kProgress), Runs(100)).ok);
  EXPECT_TRUE(CheckCaught(CrashingToy(), LawSet::Only(LawId::kCrash), Runs(100)).ok);
}

TEST(ScenarioCheckTest, ABugMayBeCaughtByAnyOfItsLaws) {
  LawSet laws = LawSet::Only(LawId::kProgress);
  laws.Add(LawId::kCleanIdle);
  EXPECT_TRUE(CheckCaught(*FindToy("lost"), laws, Runs(2000)).ok);
  laws.Remove(LawId::kProgress);
  laws.Add(LawId::kLimit);
  const CheckResult result = CheckCaught(*FindToy("lost"), laws, Runs(2000));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.text.rfind("CLEAN-IDLE or LIMIT should be broken, but run ", 0), 0u) << result.text;
}

TEST(ScenarioCheckTest, AKeptTapeFailsWithTheBugAndHoldsWithoutIt) {
  const CampaignResult found = RunCampaign(*FindToy("lost"), Runs(2000));
  ASSERT_EQ(found.failures.size(), 1u);
  const std::vector<TapeEntry>& entries = found.failures[0].tape;
  TapeFile tape;
  tape.decisions = Shrink(*FindToy("lost"), Sparse(entries.data(), entries.data() + entries.size()),
                          found.failures[0].outcome.violation, {})
                       .tape;
  const CheckResult fails = CheckTapeFails(*FindToy("lost"), tape, LawSet::Only(LawId::kProgress), LawSet::All(), {});
  EXPECT_TRUE(fails.ok) << fails.text;
  const CheckResult holds = CheckTapeHolds(*FindToy("fixed2"), tape, LawSet::All(), {});
  EXPECT_TRUE(holds.ok) << holds.text;
  EXPECT_FALSE(CheckTapeFails(*FindToy("fixed2"), tape, LawSet::Only(LawId::kProgress), LawSet::All(), {}).ok);
  EXPECT_FALSE(CheckTapeHolds(*FindToy("lost"), tape, LawSet::All(), {}).ok);
}

}  // namespace
}  // namespace sim
