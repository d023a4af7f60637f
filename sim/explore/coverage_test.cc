#include "sim/explore/coverage.h"

#include "gtest/gtest.h"
#include "sim/explore/shared_counts.h"

namespace sim {
namespace {

constexpr Name kAlice = Name().Child("alice", 0);
constexpr Name kBob = Name().Child("bob", 0);
constexpr Name kCup = Name().Child("cup", 0);
constexpr Name kBall = Name().Child("ball", 0);

TraceRecord Step(Name source) { return {0, source.id(), 0, 0, static_cast<uint16_t>(TraceKind::kStep), 0}; }
TraceRecord Did(Name resource, uint64_t what) {
  return {0, resource.id(), what, 0, static_cast<uint16_t>(TraceKind::kToy), 0};
}

struct Seen {
  std::vector<uint64_t> keys;
  uint64_t end_state;
};

Seen See(const std::vector<TraceRecord>& records) {
  static HandoffCoverage coverage;
  coverage.BeginRun();
  for (const TraceRecord& record : records) coverage.OnRecords(&record, 1);
  return {coverage.keys(), coverage.end_state()};
}

TEST(CoverageTest, AHandOffIsASourceAfterAnotherAtTheSameThing) {
  // The first one is a hand-off from nobody.
  EXPECT_EQ(See({Step(kAlice), Did(kCup, 1), Did(kCup, 2), Step(kAlice), Did(kCup, 3)}).keys.size(), 1u);
  EXPECT_EQ(See({Step(kAlice), Did(kCup, 1), Step(kBob), Did(kCup, 1)}).keys.size(), 2u);
  EXPECT_EQ(See({Step(kAlice), Did(kCup, 1), Step(kBob), Did(kBall, 1)}).keys.size(), 2u);
  EXPECT_EQ(See({Step(kAlice), Step(kBob)}).keys.size(), 0u);
}

TEST(CoverageTest, TheSameHandOffCountsOnce) {
  std::vector<TraceRecord> records;
  for (int i = 0; i < 10; ++i) {
    for (Name source : {kAlice, kBob}) {
      records.push_back(Step(source));
      records.push_back(Did(kCup, 1));
    }
  }
  EXPECT_EQ(See(records).keys.size(), 3u);
}

TEST(CoverageTest, BothSourcesAndBothEventsMatter) {
  const uint64_t one = See({Step(kAlice), Did(kCup, 1), Step(kBob), Did(kCup, 2)}).keys[1];
  EXPECT_NE(See({Step(kAlice), Did(kCup, 3), Step(kBob), Did(kCup, 2)}).keys[1], one);
  EXPECT_NE(See({Step(kAlice), Did(kCup, 1), Step(kBob), Did(kCup, 3)}).keys[1], one);
  EXPECT_NE(See({Step(kBob), Did(kCup, 1), Step(kAlice), Did(kCup, 2)}).keys[1], one);
  EXPECT_NE(See({Step(kAlice), Did(kBall, 1), Step(kBob), Did(kBall, 2)}).keys[1], one);
}

TEST(CoverageTest, TheEndStateIsWhatHappenedLastInWhateverOrder) {
  const uint64_t end = See({Step(kAlice), Did(kCup, 1), Did(kBall, 2)}).end_state;
  EXPECT_EQ(See({Step(kBob), Did(kBall, 2), Step(kAlice), Did(kCup, 7), Did(kCup, 1)}).end_state, end);
  EXPECT_NE(See({Step(kAlice), Did(kCup, 1), Did(kBall, 3)}).end_state, end);
  EXPECT_NE(See({Step(kAlice), Did(kCup, 2), Did(kBall, 1)}).end_state, end);
  EXPECT_NE(See({Step(kAlice), Did(kCup, 1)}).end_state, end);
}

TEST(SharedCountsTest, CountsWhatIsDistinctAndWhatOneRunAloneHasShown) {
  SharedCounts counts(64);
  EXPECT_TRUE(counts.Add(5, 1));
  EXPECT_FALSE(counts.Add(5, 1));  // the same run again
  EXPECT_TRUE(counts.Add(69, 1));  // the same slot
  EXPECT_TRUE(counts.Add(7, 3));
  EXPECT_FALSE(counts.Add(69, 2));
  EXPECT_EQ(counts.Sightings(), (std::vector<Sighting>{{5, 1}, {7, 3}, {69, kSeveralRuns}}));
  EXPECT_FALSE(counts.full());
  SharedCounts again(64);
  again.AddAll(counts.Sightings());
  EXPECT_EQ(again.Sightings(), counts.Sightings());
  EXPECT_FALSE(again.Add(7, 4));
  EXPECT_EQ(again.Sightings()[1].run, kSeveralRuns);
}

TEST(SharedCountsTest, SaysThatItIsFull) {
  SharedCounts counts(16);
  for (uint64_t key = 1; key <= 20; ++key) counts.Add(key, key);
  EXPECT_TRUE(counts.full());
  EXPECT_EQ(counts.Sightings().size(), 14u);
  EXPECT_FALSE(counts.Add(3, 4));
}

}  // namespace
}  // namespace sim
