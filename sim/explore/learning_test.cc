#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/choice/replay_source.h"
#include "sim/explore/campaign.h"
#include "sim/explore/classroom.h"
#include "sim/explore/coverage.h"
#include "sim/explore/fork_strategy.h"
#include "sim/explore/guided_strategy.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/lesson_log.h"
#include "sim/explore/portfolio_strategy.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

constexpr Name kAlice = Name().Child("alice", 0);

Lesson LessonOf(uint64_t run, std::vector<uint64_t> keys) {
  const std::vector<TapeEntry> tape = {{kAlice, Name(), 0, 3, Label::kToy},
                                       {kAlice, Name(), 2, 3, Label::kToy},
                                       {kAlice, Name(), 0, 3, Label::kToy},
                                       {kAlice, Name(), 1, 3, Label::kToy}};
  std::vector<uint64_t> places(keys.size(), 2);
  return {run, tape.size(), std::move(keys), std::move(places), Placed(tape.data(), tape.data() + tape.size())};
}

TEST(LessonTest, ADecisionKnowsItsPlaceAmongAllQuestions) {
  const Lesson lesson = LessonOf(1, {});
  ASSERT_EQ(lesson.decisions.size(), 2u);
  EXPECT_EQ(lesson.decisions[0].place, 1u);
  EXPECT_EQ(lesson.decisions[0].decision.ordinal, 1u);
  EXPECT_EQ(lesson.decisions[1].place, 3u);
  EXPECT_EQ(lesson.decisions[1].decision.entry.index, 1u);
}

TEST(LessonLogTest, GivesBackWhatWasAppended) {
  LessonLog log;
  uint64_t run = 0;
  EXPECT_FALSE(log.PeekRun(0, &run));
  for (uint64_t i = 1; i <= 3; ++i) log.Append(LessonOf(i, {i, i + 1}));
  uint64_t offset = 0;
  for (uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(log.PeekRun(offset, &run));
    EXPECT_EQ(run, i);
    Lesson lesson;
    offset = log.Read(offset, &lesson);
    EXPECT_EQ(lesson.run, i);
    EXPECT_EQ(lesson.questions, 4u);
    EXPECT_EQ(lesson.keys, (std::vector<uint64_t>{i, i + 1}));
    EXPECT_EQ(lesson.places, (std::vector<uint64_t>{2, 2}));
    EXPECT_EQ(lesson.Tape(), LessonOf(i, {}).Tape());
  }
  EXPECT_FALSE(log.PeekRun(offset, &run));
}

TEST(LessonLogTest, OnceItIsFullNothingMoreIsLearned) {
  LessonLog log(300);
  for (uint64_t i = 1; i <= 5; ++i) log.Append(LessonOf(i, {i}));
  log.Append({6, 1, {}, {}, {}});
  uint64_t run = 0;
  Lesson lesson;
  ASSERT_TRUE(log.PeekRun(0, &run));
  const uint64_t offset = log.Read(0, &lesson);
  EXPECT_EQ(lesson.run, 1u);
  EXPECT_FALSE(log.PeekRun(log.Read(offset, &lesson), &run));
}

// What it is told, in order.
class Pupil final : public Strategy {
 public:
  ChoiceSource& ForRun(uint64_t, uint64_t) override { return source_; }
  bool Knows(uint64_t) const override { return false; }
  void Learn(const Lesson& lesson) override { text += absl::StrCat(" ", lesson.run); }
  void BeginEpoch(const Epoch& epoch) override { text += absl::StrCat(" [", epoch.number, " from ", epoch.first, "]"); }
  std::string text;

 private:
  RandomSource source_;
};

TEST(ClassroomTest, ARunKnowsTheEpochsBeforeTheLastInTheOrderOfTheirRuns) {
  LessonLog first;
  LessonLog second;
  const std::vector<LessonLog*> logs = {&first, &second};
  Classroom room(logs, 0, {1, 1, 1});
  Pupil pupil;
  const auto go_on = [] { return true; };
  first.Append(LessonOf(1, {1}));
  first.Append(LessonOf(65, {2}));  // the second epoch
  second.Append(LessonOf(2, {3}));
  second.Append(LessonOf(130, {4}));
  second.set_epochs_done(3);
  EXPECT_TRUE(room.Enter(1, pupil, go_on));
  EXPECT_TRUE(room.Enter(65, pupil, go_on));
  EXPECT_EQ(pupil.text, " [0 from 1] [1 from 65]");
  EXPECT_EQ(first.epochs_done(), 1u);
  EXPECT_TRUE(room.Enter(129, pupil, go_on));
  EXPECT_EQ(pupil.text, " [0 from 1] [1 from 65] 1 2 [2 from 129]");
  EXPECT_TRUE(room.Enter(193, pupil, go_on));
  EXPECT_EQ(pupil.text, " [0 from 1] [1 from 65] 1 2 [2 from 129] 65 [3 from 193]");
  // The other job has not yet left the fourth epoch.
  EXPECT_FALSE(room.Enter(64 * 5 + 1, pupil, [] { return false; }));
  room.Leave();
  EXPECT_EQ(first.epochs_done(), LessonLog::kAllEpochs);
}

TEST(ClassroomTest, ATapeIsToldIfItHasAKeyThatIsNotKnown) {
  LessonLog log;
  Classroom room({&log}, 0, {1, 1, 1});
  History history;
  history.BeginRun(1, false);
  history.tape().Append({kAlice, Name(), 1, 3, Label::kToy});
  GuidedStrategy strategy;
  strategy.Learn(LessonOf(1, {7}));
  room.Tell(2, strategy, {7}, {1}, history.tape());
  uint64_t run = 0;
  EXPECT_FALSE(log.PeekRun(0, &run));
  room.Tell(3, strategy, {7, 8}, {1, 4}, history.tape());
  ASSERT_TRUE(log.PeekRun(0, &run));
  Lesson lesson;
  log.Read(0, &lesson);
  EXPECT_EQ(lesson.run, 3u);
  EXPECT_EQ(lesson.keys, std::vector<uint64_t>{8});
  EXPECT_EQ(lesson.places, std::vector<uint64_t>{4});
  EXPECT_EQ(lesson.decisions.size(), 1u);
}

TEST(CorpusTest, KeepsTapesThatShowSomethingNew) {
  Corpus corpus;
  EXPECT_EQ(corpus.Learn(LessonOf(1, {1, 2, 3})), 3u);
  EXPECT_EQ(corpus.Learn(LessonOf(2, {1, 3})), 0u);
  EXPECT_EQ(corpus.Learn(LessonOf(3, {1, 4})), 1u);
  EXPECT_EQ(corpus.size(), 2u);
  EXPECT_TRUE(corpus.Knows(4));
  EXPECT_FALSE(corpus.Knows(5));
}

TEST(CorpusTest, IsBounded) {
  Corpus corpus;
  for (uint64_t i = 1; i <= Corpus::kEntriesMax + 10; ++i) corpus.Learn(LessonOf(i, {i}));
  EXPECT_EQ(corpus.size(), Corpus::kEntriesMax);
  EXPECT_EQ(corpus[corpus.oldest()].run, 11u);
  EXPECT_EQ(corpus[0].run, Corpus::kEntriesMax + 1);
}

TEST(MutantTest, FollowsTheTapeButAtItsPlaces) {
  MutantSource source;
  source.Set(LessonOf(1, {}).Tape(), MutantSource::kNever, {0, 3}, 5);
  for (int run = 0; run < 2; ++run) {
    source.BeginRun();
    const Question question{Label::kToy, kAlice, 3};
    EXPECT_NE(source.Choose(question), 0u);
    EXPECT_EQ(source.Choose(question), 2u);
    EXPECT_EQ(source.Choose(question), 0u);
    EXPECT_EQ(source.Choose(question), 0u);  // 1 on the tape
    EXPECT_EQ(source.Choose(question), 0u);
    if (run == 0) source.Set(LessonOf(1, {}).Tape(), MutantSource::kNever, {0, 3}, 6);
  }
}

// Draws nothing, and says where it was asked first.
class Future final : public ChoiceSource {
 public:
  Future() { watches_ = true; }
  uint32_t Choose(const Question&) override { return ++asked, 1; }
  void AfterStep(Name, uint64_t) override { ++steps; }
  int asked = 0;
  int steps = 0;
};

TEST(ForkTest, FollowsTheTapeUpToAQuestionAndThenTheOther) {
  Future future;
  ForkSource source;
  source.Set(LessonOf(1, {}).Tape(), 2, future);
  source.BeginRun();
  const Question question{Label::kToy, kAlice, 3};
  EXPECT_EQ(source.Choose(question), 0u);
  EXPECT_EQ(source.Choose(question), 2u);
  EXPECT_EQ(future.asked, 0);
  EXPECT_EQ(source.Choose(question), 1u);
  EXPECT_EQ(source.Choose(question), 1u);
  EXPECT_EQ(future.asked, 2);
  source.AfterStep(kAlice, 1);
  EXPECT_EQ(future.steps, 1);
}

TEST(ForkTest, EveryMarkLeavesAPointAndOfTheHandOffsTheFirstAndTheLast) {
  constexpr uint64_t kMark = uint64_t{1} << 63;
  ForkStrategy strategy;
  strategy.Learn(LessonOf(1, {1, 2, 3, 4}));
  EXPECT_EQ(strategy.points(), 2u);
  strategy.Learn(LessonOf(2, {1, 2, kMark | 1, kMark | 2, 5}));
  EXPECT_EQ(strategy.points(), 5u);
  strategy.Learn(LessonOf(3, {1, 5, kMark | 1}));
  EXPECT_EQ(strategy.points(), 5u);
  EXPECT_TRUE(strategy.Knows(kMark | 1));
  EXPECT_FALSE(strategy.Knows(6));
  // Behind its last question there is no other future.
  Lesson last = LessonOf(4, {6});
  last.places = {4};
  strategy.Learn(last);
  EXPECT_EQ(strategy.points(), 5u);
}

CampaignOptions Options(const char* strategy, uint64_t runs) {
  CampaignOptions options;
  options.strategy = strategy;
  options.runs = runs;
  options.seed = 3;
  return options;
}

TEST(ForkTest, ClimbsFromMarkToMarkWhatRandomRunsNeverDo) {
  EXPECT_EQ(RunCampaign(LadderToy(), Options("random", 20'000)).failures.size(), 0u);
  EXPECT_EQ(RunCampaign(LadderToy(), Options("fork", 10'000)).failures.size(), 1u);
  EXPECT_EQ(RunCampaign(LadderToy(), Options("portfolio", 20'000)).failures.size(), 1u);
}

TEST(MarkTest, HowManyRunsComeToItDoesNotDependOnTheNumberOfJobs) {
  const CampaignResult one = RunCampaign(NeverMarkedToy(), Options("random", 1000));
  ASSERT_EQ(one.sometimes.size(), 2u);
  EXPECT_GT(one.sometimes[0].runs, 100u);
  EXPECT_LT(one.sometimes[0].runs, 900u);
  EXPECT_EQ(one.sometimes[1].runs, 0u);
  ASSERT_EQ(one.marks.size(), 1u);
  EXPECT_EQ(one.marks[0].runs, one.sometimes[0].runs);
  CampaignOptions options = Options("random", 1000);
  options.jobs = 3;
  EXPECT_EQ(RunCampaign(NeverMarkedToy(), options).sometimes[0].runs, one.sometimes[0].runs);
}

TEST(PortfolioTest, ABlockHasTheSameTurnsWhateverItsOrder) {
  PortfolioStrategy portfolio;
  portfolio.BeginEpoch({0, 1, 1, 1});
  std::map<std::string, int> turns;
  for (uint64_t run = 1; run <= 64; ++run) {
    portfolio.ForRun(1, run);
    if (portfolio.independent()) ++turns[portfolio.name(portfolio.last())];
  }
  EXPECT_EQ(turns, (std::map<std::string, int>{{"delay", 16}, {"pct", 4}, {"pos", 8}, {"random", 8}, {"surw", 8}}));
}

TEST(PortfolioTest, SharesAPartByWhatWasFound) {
  PortfolioStrategy portfolio;
  for (uint64_t epoch = 0; epoch < 12; ++epoch) {
    portfolio.BeginEpoch({epoch, 1, 1 + 64 * epoch, 1});
    if (epoch < 1) continue;
    // Every pct run shows something new, the others nothing.
    for (uint64_t i = 0; i < 64; ++i) {
      const uint64_t run = 1 + 64 * (epoch - 1) + i;
      portfolio.ForRun(1, run);
      if (portfolio.last() == 1) portfolio.Learn(LessonOf(run, {1000 + run}));
    }
  }
  ASSERT_EQ(portfolio.name(1), "pct");
  EXPECT_GT(portfolio.share(1), 64u + 96u);
  for (size_t i = 0; i < portfolio.size(); ++i) EXPECT_GE(portfolio.share(i), 64u) << portfolio.name(i);
}

TEST(PortfolioTest, EveryStrategyGetsItsTurn) {
  // Eleven runs of sixteen are made by who learns nothing.
  const CampaignResult result = RunCampaign(*FindToy("fixed2"), Options("portfolio", 1200));
  EXPECT_EQ(result.runs, 1200u);
  EXPECT_NEAR(static_cast<double>(result.independent_runs), 1200 * 11 / 16, 8);
}

TEST(PortfolioTest, FindsBugsOfEveryDepth) {
  for (const char* toy : {"lost", "pool", "deep", "depth_1", "depth_2", "depth_3"}) {
    EXPECT_EQ(RunCampaign(*FindToy(toy), Options("portfolio", 30'000)).failures.size(), 1u) << toy;
  }
}

class LearningStrategyTest : public testing::TestWithParam<const char*> {};

TEST_P(LearningStrategyTest, WhatItDoesDoesNotDependOnTheNumberOfJobs) {
  CampaignOptions options = Options(GetParam(), 640);
  const CampaignResult one = RunCampaign(*FindToy("depth_5"), options);
  ASSERT_EQ(one.failures.size(), 0u);
  EXPECT_EQ(RunCampaign(*FindToy("depth_5"), options).digest, one.digest);
  for (const uint32_t jobs : {2u, 3u, 5u}) {
    options.jobs = jobs;
    const CampaignResult more = RunCampaign(*FindToy("depth_5"), options);
    EXPECT_EQ(more.runs, 640u);
    EXPECT_EQ(more.digest, one.digest) << jobs;
    EXPECT_EQ(more.corpus.size(), one.corpus.size());
  }
}

TEST_P(LearningStrategyTest, TheFirstFailureDoesNotDependOnTheNumberOfJobs) {
  CampaignOptions options = Options(GetParam(), 20'000);
  const CampaignResult one = RunCampaign(*FindToy("deep"), options);
  ASSERT_EQ(one.failures.size(), 1u);
  options.jobs = 3;
  const CampaignResult three = RunCampaign(*FindToy("deep"), options);
  ASSERT_EQ(three.failures.size(), 1u);
  EXPECT_EQ(three.failures[0].run, one.failures[0].run);
  EXPECT_EQ(three.failures[0].tape, one.failures[0].tape);
}

TEST_P(LearningStrategyTest, AProcessThatIsStartedAgainLearnsAnew) {
  CampaignOptions options = Options(GetParam(), 300);
  options.keep_going = true;
  const CampaignResult one = RunCampaign(CrashingToy(), options);
  EXPECT_EQ(one.runs, 300u);
  options.jobs = 2;
  const CampaignResult two = RunCampaign(CrashingToy(), options);
  EXPECT_EQ(two.runs, 300u);
  EXPECT_EQ(two.digest, one.digest);
}

TEST_P(LearningStrategyTest, ShardsLearnByThemselvesAndMissNoRun) {
  CampaignOptions options = Options(GetParam(), 400);
  uint64_t runs = 0;
  options.shards = 3;
  for (options.shard = 0; options.shard < 3; ++options.shard) {
    options.jobs = 1;
    const CampaignResult one = RunCampaign(*FindToy("depth_5"), options);
    options.jobs = 2;
    EXPECT_EQ(RunCampaign(*FindToy("depth_5"), options).digest, one.digest);
    runs += one.runs;
  }
  EXPECT_EQ(runs, 400u);
}

TEST_P(LearningStrategyTest, ACorpusIsWhereItBegins) {
  CampaignOptions options = Options(GetParam(), 500);
  const CampaignResult first = RunCampaign(*FindToy("depth_5"), options);
  ASSERT_GT(first.corpus.size(), 5u);
  options.corpus = first.corpus;
  options.seed = 4;
  const CampaignResult second = RunCampaign(*FindToy("depth_5"), options);
  EXPECT_GE(second.corpus.size(), first.corpus.size());
  // Most of it is known by now.
  EXPECT_LT(second.corpus.size(), 2 * first.corpus.size());
}

TEST_P(LearningStrategyTest, EndsInTime) {
  CampaignOptions options = Options(GetParam(), 0);
  options.duration_ns = 300'000'000;
  options.jobs = 3;
  const CampaignResult result = RunCampaign(*FindToy("depth_5"), options);
  EXPECT_GT(result.runs, 0u);
  EXPECT_LT(result.elapsed_ns, 5'000'000'000);
}

INSTANTIATE_TEST_SUITE_P(All, LearningStrategyTest, testing::Values("guided", "fork", "portfolio"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace sim
