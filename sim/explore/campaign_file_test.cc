#include "sim/explore/campaign_file.h"

#include <fstream>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "sim/explore/campaign.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

constexpr size_t kKeysMax = 1 << 20;

std::string Path(const std::string& name) { return testing::TempDir() + "/" + name + ".campaign"; }

CampaignFile Shard(uint64_t shard, uint64_t shards) {
  CampaignFile file;
  file.identity = {"toy", 77, 5, "portfolio", {LawId::kProgress, LawId::kExpect}, true};
  file.parts = {{shard, shards, 1001 + shard, true}};
  CampaignOptions options;
  options.seed = 5;
  options.runs = 1000;
  options.strategy = "portfolio";
  options.keep_going = true;
  options.shard = shard;
  options.shards = shards;
  options.checkpoint = [&file](const CampaignState& state) { file.state = state; };
  RunCampaign(*FindToy("depth_1"), options);
  return file;
}

TEST(CampaignFileTest, WhatIsReadIsWhatWasWritten) {
  CampaignFile file = Shard(1, 2);
  ASSERT_FALSE(file.state.lessons.empty());
  ASSERT_EQ(file.state.failures.size(), 1u);
  file.corpus = {file.state.lessons.at(0)};
  file.state.last_tape = file.state.failures.at(0).tape;
  file.reported = {KindOfFailure(file.state.failures[0].outcome)};
  ASSERT_TRUE(SaveCampaign(Path("same"), file).ok());
  CampaignFile read;
  std::string error;
  ASSERT_TRUE(LoadCampaign(Path("same"), &read, &error)) << error;
  EXPECT_EQ(Difference(read.identity, file.identity), "");
  EXPECT_EQ(read.identity.Digest(), file.identity.Digest());
  EXPECT_EQ(read.parts.size(), 1u);
  EXPECT_EQ(read.parts[0].next_run, 1002u);
  EXPECT_EQ(read.state.totals.digest, file.state.totals.digest);
  EXPECT_EQ(read.state.totals.arms, file.state.totals.arms);
  EXPECT_EQ(read.state.handoffs, file.state.handoffs);
  EXPECT_EQ(read.state.end_states, file.state.end_states);
  EXPECT_EQ(read.state.lessons.size(), file.state.lessons.size());
  EXPECT_EQ(read.state.lessons.back().keys, file.state.lessons.back().keys);
  EXPECT_EQ(read.corpus.at(0).Tape().size(), file.corpus[0].Tape().size());
  EXPECT_EQ(read.state.last_tape, file.state.last_tape);
  ASSERT_EQ(read.state.failures.size(), 1u);
  EXPECT_EQ(read.state.failures[0].outcome.violation.reason, file.state.failures[0].outcome.violation.reason);
  EXPECT_EQ(read.state.failures[0].tape, file.state.failures[0].tape);
  EXPECT_EQ(read.reported, file.reported);
}

TEST(CampaignFileTest, WhatIsNoCampaignIsAnError) {
  CampaignFile file;
  std::string error;
  EXPECT_FALSE(LoadCampaign("/no/such", &file, &error));
  EXPECT_EQ(error, "/no/such: cannot open: No such file or directory");
  std::ofstream(Path("other")) << "name: \"a scenario\"";
  EXPECT_FALSE(LoadCampaign(Path("other"), &file, &error));
  EXPECT_TRUE(absl::StrContains(error, "is not the state of a campaign")) << error;
  ASSERT_TRUE(SaveCampaign(Path("cut"), Shard(0, 2)).ok());
  std::string text;
  std::getline(std::ifstream(Path("cut"), std::ios::binary), text, '\0');
  std::ofstream(Path("cut"), std::ios::binary) << text.substr(0, 20) << std::string(100, '\xff');
  EXPECT_FALSE(LoadCampaign(Path("cut"), &file, &error));
  EXPECT_TRUE(absl::StrContains(error, "is damaged")) << error;
}

TEST(CampaignFileTest, ADifferenceIsNamed) {
  const CampaignIdentity one{"toy", 77, 5, "random", {}, false};
  CampaignIdentity other = one;
  EXPECT_EQ(Difference(one, other), "");
  other.program = 78;
  EXPECT_EQ(Difference(one, other), "another build, or another text of the scenario");
  other.keep_going = true;
  EXPECT_EQ(Difference(one, other), "without --keep-going");
  other.judged = {LawId::kLimit};
  EXPECT_EQ(Difference(one, other), "all laws instead of LIMIT");
  other.seed = 6;
  EXPECT_EQ(Difference(one, other), "seed 5 instead of 6");
  EXPECT_NE(one.Digest(), other.Digest());
}

TEST(CampaignFileTest, PartsAreAddedOnce) {
  CampaignFile sum = Shard(0, 3);
  const uint64_t runs = sum.state.totals.runs;
  const CampaignFile two = Shard(2, 3);
  EXPECT_TRUE(AddParts(two, kKeysMax, &sum));
  EXPECT_EQ(sum.state.totals.runs, runs + two.state.totals.runs);
  EXPECT_FALSE(AddParts(two, kKeysMax, &sum));
  EXPECT_FALSE(AddParts(Shard(1, 2), kKeysMax, &sum));  // 3 is in it, and in 0/3
  EXPECT_FALSE(AddParts(Shard(0, 1), kKeysMax, &sum));
  EXPECT_TRUE(AddParts(Shard(4, 6), kKeysMax, &sum));  // of 1/3, what is even
  EXPECT_EQ(sum.parts.size(), 3u);
}

}  // namespace
}  // namespace sim
