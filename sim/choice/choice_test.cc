#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "sim/choice/bytes_source.h"
#include "sim/choice/enumerate_source.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/choice/replay_source.h"
#include "sim/choice/tape.h"

namespace sim {
namespace {

constexpr Name kAlice = Name().Child("alice", 0);
constexpr Name kBob = Name().Child("bob", 0);
constexpr Name kCarol = Name().Child("carol", 0);

class Ids final : public Alternatives {
 public:
  explicit Ids(std::vector<Name> ids) : ids_(std::move(ids)) {}
  Name Id(uint32_t index) const override { return ids_[index]; }

 private:
  std::vector<Name> ids_;
};

TEST(LabelTest, NamesAreUniqueAndReadBack) {
  std::set<absl::string_view> names;
  for (size_t i = 0; i < kLabelCount; ++i) {
    const Label label = static_cast<Label>(i);
    names.insert(LabelName(label));
    Label back;
    ASSERT_TRUE(LabelFromName(LabelName(label), &back));
    EXPECT_EQ(back, label);
  }
  EXPECT_EQ(names.size(), kLabelCount);
  Label label;
  EXPECT_FALSE(LabelFromName("no.such.label", &label));
  EXPECT_EQ(LabelName(Label::kLoopNext), "loop.next");
  EXPECT_EQ(LabelName(Label::kToy), "toy.value");
}

TEST(PrngTest, GivesTheSameNumbersEverywhere) {
  Prng prng(42);
  EXPECT_EQ(prng.Next(), 0xd0764d4f4476689fu);
  EXPECT_EQ(prng.Next(), 0x519e4174576f3791u);
}

TEST(PrngTest, BelowIsInRangeAndReachesAll) {
  Prng prng(1);
  for (uint32_t n = 1; n < 20; ++n) {
    std::set<uint32_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(prng.Below(n));
    EXPECT_EQ(seen.size(), n);
    EXPECT_EQ(*seen.rbegin(), n - 1);
  }
}

TEST(RunSeedTest, BaseSeedsShareNoRuns) {
  std::vector<uint64_t> seeds;
  for (uint64_t base = 0; base < 300; ++base) {
    for (uint64_t run = 0; run < 1000; ++run) seeds.push_back(RunSeed(base, run));
  }
  std::sort(seeds.begin(), seeds.end());
  EXPECT_EQ(std::adjacent_find(seeds.begin(), seeds.end()), seeds.end());
}

TEST(TapeTest, RecordsAndRewinds) {
  std::array<TapeEntry, 4> memory;
  uint64_t size = 0;
  Tape tape(memory.data(), memory.size(), &size);
  tape.Append({kAlice, kBob, 1, 2, Label::kToy});
  const uint64_t mark = tape.size();
  tape.Append({kBob, kCarol, 0, 3, Label::kGcOrder});
  EXPECT_EQ(tape.size(), 2u);
  EXPECT_EQ(tape[1].asker, kBob);
  tape.Rewind(mark);
  EXPECT_EQ(tape.size(), 1u);
  EXPECT_EQ(tape[0], (TapeEntry{kAlice, kBob, 1, 2, Label::kToy}));
  tape.Clear();
  EXPECT_EQ(tape.begin(), tape.end());
}

TEST(TapeTest, CountsWhatDoesNotFit) {
  std::array<TapeEntry, 2> memory;
  uint64_t size = 0;
  Tape tape(memory.data(), memory.size(), &size);
  for (uint32_t i = 0; i < 2; ++i) tape.Append({.index = i});
  EXPECT_FALSE(tape.overflowed());
  tape.Append({.index = 2});
  EXPECT_TRUE(tape.overflowed());
  EXPECT_EQ(tape.size(), 2u);
  EXPECT_EQ(tape[1].index, 1u);
}

TEST(RandomSourceTest, TheSameSeedGivesTheSameAnswers) {
  RandomSource one;
  RandomSource two;
  two.Seed(99);
  for (int i = 0; i < 10; ++i) two.Choose({Label::kToy, Name(), 7});
  for (uint64_t seed = 0; seed < 50; ++seed) {
    one.Seed(seed);
    two.Seed(seed);
    for (size_t label = 0; label < kLabelCount; ++label) {
      const Question question{static_cast<Label>(label), Name(), 5};
      EXPECT_EQ(one.Choose(question), two.Choose(question));
    }
  }
}

TEST(RandomSourceTest, KeepsToTheBiasOfALabel) {
  RandomSource::Options options;
  options.swarm = false;
  options.bias[static_cast<size_t>(Label::kLinkFate)] = 64;
  options.bias[static_cast<size_t>(Label::kToy)] = 256;
  options.bias[static_cast<size_t>(Label::kClockJump)] = 0;
  RandomSource source(options);
  source.Seed(1);
  std::map<uint32_t, int> fates;
  std::map<uint32_t, int> toys;
  for (int i = 0; i < 40'000; ++i) {
    ++fates[source.Choose({Label::kLinkFate, Name(), 5})];
    ++toys[source.Choose({Label::kToy, Name(), 4})];
    EXPECT_EQ(source.Choose({Label::kClockJump, Name(), 2}), 0u);
  }
  EXPECT_NEAR(fates[0], 30'000, 600);
  for (uint32_t i = 1; i < 5; ++i) EXPECT_NEAR(fates[i], 2'500, 250) << i;
  for (uint32_t i = 0; i < 4; ++i) EXPECT_NEAR(toys[i], 10'000, 500) << i;
}

TEST(RandomSourceTest, SomeRunsAreRough) {
  RandomSource::Options options;
  options.bias[static_cast<size_t>(Label::kLinkFate)] = 8;
  options.bias[static_cast<size_t>(Label::kLinkDelay)] = 100;
  options.bias[static_cast<size_t>(Label::kGcCollect)] = 200;
  RandomSource source(options);
  std::map<uint32_t, std::map<Label, int>> chosen;
  std::map<uint32_t, int> runs;
  for (uint64_t run = 0; run < 4000; ++run) {
    source.Seed(RunSeed(1, run));
    ++runs[source.roughness()];
    for (const Label label : {Label::kLinkFate, Label::kLinkDelay, Label::kGcCollect}) {
      for (int i = 0; i < 32; ++i) {
        if (source.Choose({label, Name(), 5}) != 0) ++chosen[source.roughness()][label];
      }
    }
  }
  EXPECT_NEAR(runs[1], 2000, 150);
  EXPECT_NEAR(runs[4], 1000, 120);
  EXPECT_NEAR(runs[8], 1000, 120);
  // An eighth of the runs leaves a label out: 7/8 of 32 questions, in 256ths.
  const auto expected = [&](uint32_t roughness, int bias) { return runs[roughness] * bias * 28 / 256; };
  for (const auto& [roughness, of_labels] : chosen) {
    const int times = static_cast<int>(roughness);
    EXPECT_NEAR(of_labels.at(Label::kLinkFate), expected(roughness, 8 * times), 300) << roughness;
    EXPECT_NEAR(of_labels.at(Label::kLinkDelay), expected(roughness, std::min(100 * times, 192)), 1500) << roughness;
    EXPECT_NEAR(of_labels.at(Label::kGcCollect), expected(roughness, 200), 1500) << roughness;
  }
}

TEST(RandomSourceTest, SwarmLeavesALabelOutOfAnEighthOfTheRuns) {
  RandomSource source;
  int off = 0;
  int off_together = 0;
  for (uint64_t run = 0; run < 4000; ++run) {
    source.Seed(RunSeed(1, run));
    bool next_is_off = true;
    bool size_is_off = true;
    for (int i = 0; i < 40; ++i) {
      if (source.Choose({Label::kLoopNext, Name(), 9}) != 0) next_is_off = false;
      if (source.Choose({Label::kWorkloadSize, Name(), 9}) != 0) size_is_off = false;
    }
    if (next_is_off) ++off;
    if (next_is_off && size_is_off) ++off_together;
  }
  EXPECT_NEAR(off, 500, 80);           // 1/2 * 1/4
  EXPECT_NEAR(off_together, 125, 45);  // 1/2 * 1/4 * 1/4: labels are left out independently
}

std::vector<TapeEntry> ThreeEntries() {
  return {{kAlice, Name(), 1, 3, Label::kToy},
          {kBob, kCarol, 1, 2, Label::kLoopNext},
          {kAlice, Name(), 2, 4, Label::kToy}};
}

TEST(StrictReplayTest, GivesTheTape) {
  ReplaySource source(ThreeEntries(), ReplaySource::Mode::kStrict);
  for (int run = 0; run < 2; ++run) {
    source.BeginRun();
    const Ids ids({kAlice, kCarol});
    EXPECT_EQ(source.Choose({Label::kToy, kAlice, 3}), 1u);
    EXPECT_EQ(source.Choose({Label::kLoopNext, kBob, 2, &ids}), 1u);
    EXPECT_FALSE(source.used_up());
    EXPECT_EQ(source.Choose({Label::kToy, kAlice, 4}), 2u);
    EXPECT_TRUE(source.ok());
    EXPECT_TRUE(source.used_up());
    EXPECT_EQ(source.misfits(), 0u);
  }
}

TEST(StrictReplayTest, StopsAtTheFirstMisfitAndNamesIt) {
  const Ids others({kAlice, kBob});
  const Question misfits[] = {
      {Label::kGcOrder, kAlice, 3},            // another label
      {Label::kToy, kBob, 3},                  // another asker
      {Label::kToy, kAlice, 2},                // another count
      {Label::kToy, kAlice, 3, &others},       // ids where the tape has none
  };
  for (const Question& question : misfits) {
    ReplaySource source(ThreeEntries(), ReplaySource::Mode::kStrict);
    source.BeginRun();
    EXPECT_EQ(source.Choose(question), 0u);
    EXPECT_FALSE(source.ok());
    ASSERT_EQ(source.misfits(), 1u);
    EXPECT_EQ(source.first_misfit().entry, 0u);
    EXPECT_EQ(source.first_misfit().expected, ThreeEntries()[0]);
    EXPECT_EQ(source.first_misfit().asked_by, question.asker);
    EXPECT_EQ(source.Choose({Label::kToy, kAlice, 3}), 0u);  // stays stopped
    source.BeginRun();
    EXPECT_TRUE(source.ok());
  }
}

TEST(StrictReplayTest, AQuestionAfterTheEndOfTheTapeIsAMisfit) {
  ReplaySource source({}, ReplaySource::Mode::kStrict);
  source.BeginRun();
  source.Choose({Label::kToy, kAlice, 3});
  EXPECT_FALSE(source.ok());
  EXPECT_EQ(source.first_misfit().entry, 0u);
  EXPECT_EQ(source.first_misfit().expected, TapeEntry{});
}

TEST(LenientReplayTest, AnswersByAskerAndLabelWhateverElseWasAdded) {
  ReplaySource source(ThreeEntries(), ReplaySource::Mode::kLenient);
  source.BeginRun();
  EXPECT_EQ(source.Choose({Label::kToy, kCarol, 9}), 0u);      // not on the tape
  EXPECT_EQ(source.Choose({Label::kGcOrder, kAlice, 9}), 0u);  // not on the tape
  EXPECT_EQ(source.Choose({Label::kToy, kAlice, 3}), 1u);
  EXPECT_EQ(source.Choose({Label::kToy, kAlice, 4}), 2u);  // Bob's question was edited away
  EXPECT_EQ(source.Choose({Label::kToy, kAlice, 4}), 0u);  // the tape has ended
  EXPECT_EQ(source.misfits(), 0u);
  EXPECT_TRUE(source.ok());
}

TEST(LenientReplayTest, FollowsAnIdToItsNewIndex) {
  const Ids ids({kCarol, kAlice, kBob});
  ReplaySource source(ThreeEntries(), ReplaySource::Mode::kLenient);
  source.BeginRun();
  EXPECT_EQ(source.Choose({Label::kLoopNext, kBob, 3, &ids}), 0u);
  EXPECT_EQ(source.misfits(), 0u);
}

TEST(LenientReplayTest, WithoutItsIdItTakesTheIndexAndRemembers) {
  const Ids ids({kAlice, kBob});
  ReplaySource source(ThreeEntries(), ReplaySource::Mode::kLenient);
  source.BeginRun();
  EXPECT_EQ(source.Choose({Label::kLoopNext, kBob, 2, &ids}), 1u);
  ASSERT_EQ(source.misfits(), 1u);
  EXPECT_EQ(source.first_misfit().entry, 1u);
  EXPECT_EQ(source.first_misfit().expected.chosen, kCarol);
}

TEST(LenientReplayTest, WithoutIdAndIndexItTakesTheDullest) {
  ReplaySource source({{kAlice, Name(), 5, 6, Label::kToy}}, ReplaySource::Mode::kLenient);
  source.BeginRun();
  EXPECT_EQ(source.Choose({Label::kToy, kAlice, 3}), 0u);
  EXPECT_EQ(source.misfits(), 1u);
}

// Asks `counts[depth]` at each depth.
uint64_t CountRuns(EnumerateSource& source, const std::vector<uint32_t>& counts) {
  uint64_t runs = 0;
  do {
    source.BeginRun();
    for (uint32_t count : counts) source.Choose({Label::kToy, Name(), count});
    ++runs;
  } while (source.Next());
  return runs;
}

TEST(EnumerateSourceTest, VisitsEveryCombinationOnce) {
  EnumerateSource source;
  EXPECT_EQ(CountRuns(source, {2, 3, 4}), 24u);
  EXPECT_TRUE(source.ok());
  EnumerateSource none;
  EXPECT_EQ(CountRuns(none, {}), 1u);
}

TEST(EnumerateSourceTest, FollowsATreeWhoseShapeDependsOnTheAnswers) {
  EnumerateSource source;
  std::set<std::vector<uint32_t>> runs;
  do {
    source.BeginRun();
    std::vector<uint32_t> answers;
    answers.push_back(source.Choose({Label::kToy, Name(), 3}));
    for (uint32_t i = 0; i < answers[0]; ++i) answers.push_back(source.Choose({Label::kToy, Name(), 2}));
    EXPECT_TRUE(runs.insert(answers).second);
  } while (source.Next());
  EXPECT_EQ(runs.size(), 1u + 2u + 4u);
}

TEST(EnumerateSourceTest, KeepsToItsBound) {
  const std::vector<uint32_t> counts = {2, 3, 4};
  const uint64_t expected[] = {1, 1 + 1 + 2 + 3, 1 + 6 + 2 + 3 + 6, 24, 24};
  for (uint64_t bound = 0; bound < 5; ++bound) {
    EnumerateSource source(bound);
    EXPECT_EQ(CountRuns(source, counts), expected[bound]) << bound;
  }
}

TEST(EnumerateSourceTest, GoesOnFromATape) {
  const TapeEntry tape[] = {{.index = 1, .count = 2}, {.index = 1, .count = 3}, {.index = 3, .count = 4}};
  EnumerateSource source;
  source.Restore(tape, tape + 3);
  ASSERT_TRUE(source.Next());
  EXPECT_EQ(CountRuns(source, {2, 3, 4}), 4u);
  const TapeEntry last[] = {{.index = 1, .count = 2}, {.index = 2, .count = 3}, {.index = 3, .count = 4}};
  source.Restore(last, last + 3);
  EXPECT_FALSE(source.Next());
}

TEST(EnumerateSourceTest, NoticesAQuestionThatChanged) {
  EnumerateSource source;
  source.BeginRun();
  source.Choose({Label::kToy, Name(), 3});
  ASSERT_TRUE(source.Next());
  source.BeginRun();
  source.Choose({Label::kToy, Name(), 2});
  EXPECT_FALSE(source.ok());
}

Question Among(uint32_t count) { return {Label::kToy, kAlice, count}; }

TEST(BytesSourceTest, ABytePerQuestionAndZerosBehindTheEnd) {
  BytesSource source(absl::string_view("\x02\x07\xff", 3));
  source.BeginRun();
  EXPECT_EQ(source.Choose(Among(3)), 2u);
  EXPECT_EQ(source.Choose(Among(3)), 1u);  // 7 modulo 3
  EXPECT_EQ(source.Choose(Among(256)), 255u);
  EXPECT_EQ(source.used(), 3u);
  EXPECT_EQ(source.Choose(Among(9)), 0u);
  source.BeginRun();
  EXPECT_EQ(source.Choose(Among(3)), 2u);
}

TEST(BytesSourceTest, TwoBytesWhereOneCannotNameAll) {
  BytesSource source(absl::string_view("\x01\x02\x05\x01\x01", 5));
  source.BeginRun();
  EXPECT_EQ(source.Choose(Among(257)), (0x0201u) % 257);
  EXPECT_EQ(source.Choose(Among(65'535)), 0x0105u);
  EXPECT_EQ(source.Choose(Among(65'535)), 1u);  // cut in the middle
}

TEST(BytesSourceTest, ATapeBecomesTheBytesThatMakeIt) {
  const std::vector<uint32_t> counts = {2, 256, 257, 65'535, 3, 2, 1000};
  const std::vector<uint32_t> chosen = {1, 255, 256, 65'534, 2, 0, 0};
  std::vector<TapeEntry> tape;
  for (size_t i = 0; i < counts.size(); ++i) {
    tape.push_back({kAlice, Name(), chosen[i], static_cast<uint16_t>(counts[i]), Label::kToy});
  }
  const std::string bytes = BytesSource::FromTape(tape.data(), tape.data() + tape.size());
  EXPECT_EQ(bytes.size(), 7u);  // 1 + 1 + 2 + 2 + 1, and the zeros at the end are left out
  BytesSource source(bytes);
  source.BeginRun();
  for (size_t i = 0; i < counts.size(); ++i) EXPECT_EQ(source.Choose(Among(counts[i])), chosen[i]) << i;
  EXPECT_EQ(BytesSource::FromTape(nullptr, nullptr), "");
}

}  // namespace
}  // namespace sim
