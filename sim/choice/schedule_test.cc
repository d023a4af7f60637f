#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "sim/choice/delay_source.h"
#include "sim/choice/pct_source.h"
#include "sim/choice/pos_source.h"
#include "sim/choice/profile.h"
#include "sim/choice/schedule_source.h"
#include "sim/choice/source_table.h"
#include "sim/choice/surw_source.h"

namespace {
size_t allocations = 0;
}  // namespace

void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace sim {
namespace {

// A source with so many steps, all of which touch the same.
struct Actor {
  char letter;
  uint32_t steps;
  uint64_t touches = 0;
};

Name NameOf(char letter) { return Name().Child("actor", static_cast<uint32_t>(letter)); }

// A loop as the scheduler's: whoever has run goes behind all others.
class Loop final : public Alternatives {
 public:
  explicit Loop(std::vector<Actor> actors) : actors_(std::move(actors)) { text_.reserve(1 << 16); }

  Name Id(uint32_t index) const override { return NameOf(ready_[index].letter); }

  // Who ran, in order: "aabab". Runs until all are done, or for `steps_max` steps.
  const std::string& Run(ChoiceSource& source, uint64_t steps_max = 10'000) {
    source.BeginRun();
    ready_ = actors_;
    text_.clear();
    while (!ready_.empty() && text_.size() < steps_max) {
      const auto count = static_cast<uint32_t>(ready_.size());
      const uint32_t index = count > 1 ? source.Choose({Label::kLoopNext, Name(), count, this}) : 0;
      Actor actor = ready_[index];
      ready_.erase(ready_.begin() + index);
      text_ += actor.letter;
      source.AfterStep(NameOf(actor.letter), actor.touches);
      if (--actor.steps > 0) ready_.push_back(actor);
    }
    return text_;
  }

 private:
  std::vector<Actor> actors_;
  std::vector<Actor> ready_;
  std::string text_;
};

Profile ProfileOf(Loop& loop) {
  Profiler profiler;
  for (uint64_t i = 0; i < 8; ++i) {
    profiler.Seed(i);
    loop.Run(profiler);
  }
  return profiler.Result();
}

std::map<std::string, int> Count(Loop& loop, ScheduleSource& source, int runs) {
  source.Use(ProfileOf(loop));
  std::map<std::string, int> counts;
  for (int i = 0; i < runs; ++i) {
    source.Seed(RunSeed(1, static_cast<uint64_t>(i)));
    ++counts[loop.Run(source)];
  }
  return counts;
}

std::string Without(std::string text, char letter) {
  text.erase(std::remove(text.begin(), text.end(), letter), text.end());
  return text;
}

TEST(SourceTableTest, KeepsWhatWasInsertedSinceTheLastClear) {
  SourceTable<uint32_t> table;
  for (uint32_t round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < 1000; ++i) {
      const auto [value, is_new] = table.Insert(Name().Child("x", i));
      EXPECT_TRUE(is_new);
      EXPECT_EQ(*value, 0u);
      *value = i + round;
    }
    for (uint32_t i = 0; i < 1000; ++i) {
      ASSERT_NE(table.Find(Name().Child("x", i)), nullptr);
      EXPECT_EQ(*table.Find(Name().Child("x", i)), i + round);
      EXPECT_FALSE(table.Insert(Name().Child("x", i)).second);
    }
    EXPECT_EQ(table.Find(Name().Child("y", 1)), nullptr);
    EXPECT_EQ(table.size(), 1000u);
    table.Clear();
    EXPECT_EQ(table.Find(Name().Child("x", 1)), nullptr);
  }
}

TEST(ProfileTest, CountsStepsQuestionsAndWhatIsTouched) {
  Loop loop({{'a', 3, 1}, {'b', 2, 6}, {'c', 1}});
  const Profile profile = ProfileOf(loop);
  EXPECT_LE(profile.questions, 5u);
  EXPECT_GE(profile.questions, 3u);
  ASSERT_EQ(profile.sources.size(), 3u);
  for (const Profile::OfSource& source : profile.sources) {
    const bool a = source.name == NameOf('a');
    const bool b = source.name == NameOf('b');
    EXPECT_EQ(source.steps, a ? 3u : b ? 2u : 1u);
    EXPECT_EQ(source.touched, a ? 1u : b ? 6u : 0u);
  }
}

TEST(PctTest, WithoutChangePointsEverySourceRunsToItsEnd) {
  Loop loop({{'a', 2}, {'b', 2}, {'c', 2}});
  PctSource source(1);
  const std::map<std::string, int> counts = Count(loop, source, 6000);
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [run, count] : counts) {
    EXPECT_EQ(run[0], run[1]);
    EXPECT_EQ(run[2], run[3]);
    EXPECT_NEAR(count, 1000, 150) << run;
  }
}

TEST(PctTest, KeepsItsGuarantee) {
  // The last step of b falls between the 6th and the 7th of a's 12: "b ends late enough, and not too late", depth 2.
  Loop loop({{'a', 12}, {'b', 3}, {'c', 3}});
  PctSource source(2);
  source.Use(ProfileOf(loop));
  int hits = 0;
  const int runs = 20'000;
  for (int i = 0; i < runs; ++i) {
    source.Seed(RunSeed(2, static_cast<uint64_t>(i)));
    if (Without(loop.Run(source), 'c').substr(0, 10) == "aaaaaabbba") ++hits;
  }
  const int guarantee = runs / (3 * 17);  // 1/(n k^(d-1)); at most 17 of the 18 steps are chosen
  EXPECT_GE(hits, guarantee / 2);         // the run must also let b go on until it is done
  EXPECT_LT(hits, runs / 4);
}

TEST(PctTest, ThreeChangePointsMakeAtMostThreeMoreSwitches) {
  Loop loop({{'a', 20}, {'b', 20}});
  PctSource source(4);
  for (const auto& [run, count] : Count(loop, source, 2000)) {
    int switches = 0;
    for (size_t i = 1; i < run.size(); ++i) switches += run[i] != run[i - 1] ? 1 : 0;
    EXPECT_LE(switches, 4) << run;
  }
}

TEST(PosTest, WithoutRacesAPendingStepKeepsItsPriority) {
  Loop loop({{'a', 1, 1}, {'b', 5, 2}});
  PosSource source;
  const std::map<std::string, int> counts = Count(loop, source, 12'000);
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [run, count] : counts) {
    // It loses to j fresh ones and wins against the next: 1/(j+1) - 1/(j+2). By equal chances the last were 1/32.
    const int j = static_cast<int>(run.find('a'));
    EXPECT_NEAR(count, j == 5 ? 12'000 / 6 : 12'000 / ((j + 1) * (j + 2)), 150) << run;
  }
}

TEST(PosTest, RacingStepsAreDrawnAnew) {
  // What a source touches is not known before its first step; from then on all steps of a and b race.
  Loop loop({{'a', 2, 1}, {'b', 5, 1}});
  PosSource source;
  source.Use(ProfileOf(loop));
  int a_first = 0;
  int second_a_last = 0;
  const int runs = 40'000;
  for (int i = 0; i < runs; ++i) {
    source.Seed(RunSeed(3, static_cast<uint64_t>(i)));
    const std::string& run = loop.Run(source);
    if (run[0] != 'a') continue;
    ++a_first;
    if (run.back() == 'a') ++second_a_last;
  }
  EXPECT_NEAR(a_first, runs / 2, runs / 50);
  // b's first step has lost to one fresh priority and wins against the next by 1/3, the other four by 1/2 each.
  EXPECT_NEAR(second_a_last, a_first / 48, a_first / 300);
}

TEST(UrwTest, EveryInterleavingIsEquallyLikely) {
  Loop loop({{'a', 4}, {'b', 2}, {'c', 1}});
  SurwSource source(/*selects=*/false);
  const std::map<std::string, int> counts = Count(loop, source, 105'000);
  ASSERT_EQ(counts.size(), 105u);  // 7! / (4! 2! 1!)
  for (const auto& [run, count] : counts) EXPECT_NEAR(count, 1000, 150) << run;
}

TEST(UrwTest, EqualChancesAreNotUniform) {
  Loop loop({{'a', 5}, {'b', 1}});
  RandomSource::Options options;
  options.swarm = false;
  RandomSource source(options);
  int last = 0;
  for (uint64_t i = 0; i < 6000; ++i) {
    source.Seed(i);
    if (loop.Run(source).back() == 'b') ++last;
  }
  EXPECT_LT(last, 300);  // 1/32 of them, not 1/6
}

TEST(SurwTest, TheOrderOfTheSelectedIsUniformWhateverElseRuns) {
  // a and b touch the same; c and d have steps of their own in between.
  Loop loop({{'a', 3, 1}, {'b', 2, 1}, {'c', 9, 2}, {'d', 4, 4}});
  SurwSource source;
  std::map<std::string, int> orders;
  for (const auto& [run, count] : Count(loop, source, 30'000)) orders[Without(Without(run, 'c'), 'd')] += count;
  ASSERT_EQ(orders.size(), 10u);
  for (const auto& [run, count] : orders) EXPECT_NEAR(count, 3000, 250) << run;
}

TEST(SurwTest, WithoutAProfileEverySourceHasTheSameWeight) {
  Loop loop({{'a', 1}, {'b', 1}, {'c', 1}});
  SurwSource source;
  std::map<std::string, int> counts;
  for (uint64_t i = 0; i < 6000; ++i) {
    source.Seed(i);
    ++counts[loop.Run(source)];
  }
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [run, count] : counts) EXPECT_NEAR(count, 1000, 150) << run;
}

TEST(DelayTest, OneDelayPassesOneSourceOverOnce) {
  Loop loop({{'a', 2}, {'b', 2}, {'c', 2}});
  DelaySource source(1);
  const std::map<std::string, int> counts = Count(loop, source, 3000);
  // Delayed are, in this order: the first a, b, c, the second a, b. Where one source is left nobody is asked.
  ASSERT_EQ(counts.size(), 5u);
  for (const char* run : {"bcabca", "acabcb", "ababcc", "abcbca", "abcacb"}) {
    EXPECT_NEAR(counts.count(run) != 0 ? counts.at(run) : 0, 600, 100) << run;
  }
}

TEST(DelayTest, ItsBoundIsKept) {
  Loop loop({{'a', 30}, {'b', 30}});
  DelaySource source(3);
  for (const auto& [run, count] : Count(loop, source, 1000)) {
    // Between two sources that take turns, one that is passed over lets the other run twice.
    int twice = 0;
    for (size_t i = 1; i < 59; ++i) twice += run[i] == run[i - 1] ? 1 : 0;
    EXPECT_LE(twice, 3 + 3) << run;
  }
}

template <class Source>
class EveryStrategyTest : public testing::Test {};
using Sources = testing::Types<PctSource, PosSource, SurwSource, DelaySource>;
TYPED_TEST_SUITE(EveryStrategyTest, Sources);

TYPED_TEST(EveryStrategyTest, TheSameSeedGivesTheSameRun) {
  Loop loop({{'a', 8, 1}, {'b', 5, 3}, {'c', 2, 2}});
  TypeParam one;
  TypeParam two;
  one.Use(ProfileOf(loop));
  two.Use(ProfileOf(loop));
  for (uint64_t i = 0; i < 50; ++i) {
    one.Seed(RunSeed(4, i));
    const std::string run = loop.Run(one);
    two.Seed(RunSeed(4, 49 - i));
    loop.Run(two);
    two.Seed(RunSeed(4, i));
    EXPECT_EQ(loop.Run(two), run);
  }
}

TYPED_TEST(EveryStrategyTest, EndsInAFairSuffix) {
  // Two that never end and one with a single step: whoever is starved gets his turn after a bounded time.
  const uint32_t kForever = 1u << 30;
  Loop small({{'a', 6}, {'b', 6}, {'c', 1}});
  Loop loop({{'a', kForever}, {'b', kForever}, {'c', 1}});
  TypeParam source;
  source.Use(ProfileOf(small));
  for (uint64_t i = 0; i < 200; ++i) {
    source.Seed(RunSeed(5, i));
    const std::string& run = loop.Run(source, source.fair_from() + 6);
    EXPECT_NE(run.find('c'), std::string::npos);
    const std::string end = Without(run.substr(run.size() - 4), 'c');
    EXPECT_TRUE(end == "abab" || end == "baba" || end == "aba" || end == "bab") << end;
  }
}

TYPED_TEST(EveryStrategyTest, LeavesTheOtherLabelsToTheBiasedDice) {
  TypeParam source;
  RandomSource::Options options;
  RandomSource random(options);
  for (uint64_t seed = 0; seed < 100; ++seed) {
    source.Seed(seed);
    random.Seed(seed);
    for (int i = 0; i < 20; ++i) {
      const Question question{Label::kLinkDelay, Name(), 5};
      EXPECT_EQ(source.Choose(question), random.Choose(question));
    }
  }
}

TYPED_TEST(EveryStrategyTest, AChoiceAllocatesNothingOnceWarm) {
  Loop loop({{'a', 8, 1}, {'b', 5, 3}, {'c', 2, 2}});
  TypeParam source;
  source.Use(ProfileOf(loop));
  source.Seed(1);
  loop.Run(source);
  const size_t before = allocations;
  for (uint64_t seed = 2; seed < 50; ++seed) {
    source.Seed(seed);
    loop.Run(source);
  }
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace sim
