#include "tools/commands.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "sim/world/arena.h"
#include "tools/json.h"
#include "tools/test_catalog.h"

namespace wavetank {
namespace {

std::string OutFlag() { return absl::StrCat("--out=", testing::TempDir(), "/failures"); }

// The tape that a failing fuzz of `toy` wrote.
std::string TapeOf(const std::string& toy, const std::string& law) {
  const Called run = Wavetank({"fuzz", toy, OutFlag()});
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  return absl::StrCat(testing::TempDir(), "/failures/", toy, "_", law, "_1.tape.textproto");
}

TEST(CommandsTest, WrongUsageIsStatusTwoAndSaysWhy) {
  EXPECT_EQ(Wavetank({}).status, 2);
  EXPECT_TRUE(absl::StrContains(Wavetank({"dance"}).err, "there is no command 'dance'"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "--rnus=3"}).err, "there is no flag --rnus"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "--runs"}).err, "--runs needs a value"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "--runs=many"}).err, "'many' is not a number"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"list", "--runs=3"}).err, "--runs does not belong to 'list'"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "--laws=NICE"}).err, "there are PROGRESS, CLEAN-IDLE"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "--strategy=luck"}).err, "there are: random"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "--shard=3/3"}).err, "I/N"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "--for=soon"}).err, "not a duration"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "--for=1s", "--runs=1"}).err, "exclude"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "nosuch"}).err, "nosuch:1:1: no such toy"));
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"dance"}, {"fuzz", "--laws="}, {"run"}, {"replay"}, {"replay", "/no/such"}, {"fuzz", "nosuch"}}) {
    EXPECT_EQ(Wavetank(args).status, 2);
  }
}

TEST(CommandsTest, ACrashOnRealSocketsIsAVerdict) {
  const Called check = Wavetank({"check", "crashing", "--network=loopback"});
  EXPECT_EQ(check.status, 1) << check.out;
  EXPECT_TRUE(absl::StrContains(check.out, "CRASH violated: ")) << check.out;
  EXPECT_TRUE(absl::StrContains(check.err, "CHECK failed: first")) << check.err;
  EXPECT_EQ(Wavetank({"check", "crashing", "--network=loopback", "--expect=CRASH"}).status, 0);
  EXPECT_EQ(Wavetank({"check", "crashing", "--network=loopback", "--expect=PROGRESS"}).status, 1);
}

TEST(CommandsTest, ATapeIsNotLookedForWhereItCannotBeUsed) {
  for (const std::string& operand : {"crashing", ""}) {
    std::vector<std::string> args = {"check", "--network=loopback", "--tape=/no/such"};
    if (!operand.empty()) args.push_back(operand);
    const Called check = Wavetank(args);
    EXPECT_EQ(check.status, 2);
    EXPECT_TRUE(absl::StrContains(check.err, "--tape and --network=loopback exclude each other")) << check.err;
  }
}

TEST(CommandsTest, HelpIsNoError) {
  const Called run = Wavetank({"--help"});
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(absl::StrContains(run.out, "wavetank fuzz"));
}

TEST(CommandsTest, ListHasOneLineEach) {
  EXPECT_EQ(Wavetank({"list"}).out,
            "canary/must_stall  two locks\nfixed2             who looks last\npool_fixed         a small pool\n");
}

TEST(CommandsTest, FuzzWithoutANameTakesAllButTheCanaries) {
  const Called run = Wavetank({"fuzz", "--runs=50"});
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(absl::StrContains(run.out, "fixed2: 50 runs, all held")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "pool_fixed: 50 runs, all held")) << run.out;
  EXPECT_FALSE(absl::StrContains(run.out, "must_stall"));
  EXPECT_EQ(run.err, "");
}

TEST(CommandsTest, ACampaignThatNeverComesToItsMarkIsRed) {
  const Called reached = Wavetank({"fuzz", "marked", "--runs=1000"});
  EXPECT_EQ(reached.status, 0) << reached.out;
  EXPECT_TRUE(absl::StrContains(reached.out, "\n  reached: toy in ")) << reached.out;
  const Called never = Wavetank({"fuzz", "never_marked", "--runs=1000"});
  EXPECT_EQ(never.status, 1);
  const char* const why = "sometimes \"toy: third\" was never reached in 1000 runs";
  EXPECT_TRUE(absl::StrContains(never.out, absl::StrCat("\nnever_marked: ", why, "\n"))) << never.out;
  const Called json = Wavetank({"fuzz", "never_marked", "--runs=1000", "--json"});
  EXPECT_EQ(json.status, 1);
  for (const char* part : {"\"verdict\":\"VIOLATION\"", "\"law\":\"SOMETIMES\"", "\"marks\":\"toy\""}) {
    EXPECT_TRUE(absl::StrContains(absl::StrReplaceAll(json.out, {{": ", ":"}}), part)) << part << json.out;
  }
}

TEST(CommandsTest, AFailureIsShrunkExplainedAndKept) {
  const Called run = Wavetank({"fuzz", "one_reordering", OutFlag()});
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(absl::StrContains(run.out, "one_reordering: EXPECT violated at 0.000 s, step ")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, " to 1 decision in ")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "    1. loop.next, time ")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "one_reordering_EXPECT_1.tape.textproto")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "replay /")) << run.out;
}

TEST(CommandsTest, JsonIsOneObjectAndTheRestGoesToStderr) {
  const Called run = Wavetank({"fuzz", "lost", "--json", OutFlag()});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.out.find('\n'), run.out.size() - 1);
  for (const char* key : {"scenario", "verdict", "law", "reason", "runs", "first_failure", "seed", "steps",
                          "runs_per_s", "decisions", "tape", "digest"}) {
    EXPECT_TRUE(absl::StrContains(run.out, absl::StrCat("\"", key, "\": "))) << key;
  }
  EXPECT_TRUE(absl::StrContains(run.out, "\"verdict\": \"VIOLATION\", \"law\": \"PROGRESS\"")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.err, "PROGRESS violated")) << run.err;
}

TEST(CommandsTest, FuzzSaysWhatItHasSeenAndHowLittleItProves) {
  const Called run = Wavetank({"fuzz", "fixed2", "--runs=1000", "--strategy=random"});
  EXPECT_TRUE(absl::StrContains(run.out, "1 end states, ")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out,
                                "; the next run shows something new with a chance of 0 %; fewer than 0.299 % of such "
                                "runs fail (95 %)\n"))
      << run.out;
  const Called json = Wavetank({"fuzz", "fixed2", "--runs=1000", "--strategy=random", "--json"});
  EXPECT_TRUE(absl::StrContains(json.out, "\"new_chance\": 0, \"failure_rate_max\": 0.00299125")) << json.out;
}

TEST(CommandsTest, EnumerationSaysThatItHasSeenAll) {
  const Called run = Wavetank({"fuzz", "fixed2", "--strategy=enumerate"});
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(absl::StrContains(run.out, "fixed2: exhausted 39 runs, all held")) << run.out;
  EXPECT_TRUE(absl::StrContains(Wavetank({"fuzz", "fixed2", "--strategy=enumerate", "--json"}).out,
                                "\"exhausted\": true"));
  EXPECT_EQ(Wavetank({"fuzz", "fixed2", "--strategy=enumerate", "--shard=0/2"}).status, 2);
}

TEST(CommandsTest, ACorpusIsWrittenAndReadAgain) {
  const std::string corpus = absl::StrCat("--corpus=", testing::TempDir(), "/a_corpus");
  const Called first = Wavetank({"fuzz", "pool_fixed", "--runs=300", corpus});
  EXPECT_EQ(first.status, 0) << first.err;
  const Called second = Wavetank({"fuzz", "pool_fixed", "--runs=300", corpus});
  EXPECT_EQ(second.status, 0);
  EXPECT_EQ(second.err, "");
  EXPECT_EQ(Wavetank({"fuzz", "pool_fixed", "--runs=300", corpus, "--strategy=pct"}).status, 2);
  EXPECT_EQ(Wavetank({"fuzz", "pool_fixed", "--runs=300", "--corpus=/dev/null/x"}).status, 2);
}

TEST(CommandsTest, JobsDoNotChangeWhatIsFound) {
  std::string found[2];
  for (int i = 0; i < 2; ++i) {
    const Called run = Wavetank({"fuzz", "lost", i == 0 ? "--jobs=1" : "--jobs=3", "--json", OutFlag()});
    found[i] = run.out.substr(run.out.find("\"first_failure\""));
    found[i].erase(found[i].find("\"runs_per_s\""), found[i].find("\"decisions\"") - found[i].find("\"runs_per_s\""));
  }
  EXPECT_EQ(found[0], found[1]);
}

TEST(CommandsTest, AKeptTapeFailsAgainAndHoldsOnceTheBugIsGone) {
  const std::string tape = TapeOf("lost", "PROGRESS");
  const Called again = Wavetank({"replay", tape, "--strict"});
  EXPECT_EQ(again.status, 1) << again.out << again.err;
  EXPECT_TRUE(absl::StrContains(again.out, "lost: PROGRESS violated")) << again.out;
  EXPECT_FALSE(absl::StrContains(again.out, "drift")) << again.out;
  const Called fixed = Wavetank({"replay", tape, "--scenario=fixed2"});
  EXPECT_EQ(fixed.status, 0) << fixed.out;
  EXPECT_TRUE(absl::StrContains(fixed.out, "\ndrifted")) << fixed.out;
  EXPECT_TRUE(absl::StrContains(fixed.out, "the failure is gone; ")) << fixed.out;
  EXPECT_EQ(Wavetank({"replay", tape, "--scenario=fixed2", "--strict"}).status, 3);
}

TEST(CommandsTest, ATapeOfCodeThatHasChangedIsRealigned) {
  const std::string tape = TapeOf("door", "EXPECT");
  const Called changed = Wavetank({"replay", tape, "--scenario=changed_door"});
  EXPECT_EQ(changed.status, 1) << changed.out;
  EXPECT_TRUE(absl::StrContains(changed.out, "\ndrifted: all decisions find their places, but ")) << changed.out;
  EXPECT_TRUE(absl::StrContains(changed.out, "realigned: loop.next ")) << changed.out;
  EXPECT_TRUE(absl::StrContains(changed.out, "the failure is still there\n")) << changed.out;
  EXPECT_EQ(Wavetank({"replay", tape, "--scenario=changed_door", "--strict"}).status, 3);
  const Called shrunk = Wavetank({"shrink", tape, "--scenario=changed_door", OutFlag()});
  EXPECT_EQ(shrunk.status, 1);
  EXPECT_TRUE(absl::StrContains(shrunk.out, "to 1 decision in")) << shrunk.out;
}

TEST(CommandsTest, WhatIsShrunkCanBeChosen) {
  const Called none = Wavetank({"fuzz", "one_reordering", "--shrink=none", OutFlag()});
  EXPECT_EQ(none.status, 1);
  EXPECT_TRUE(absl::StrContains(none.out, "  not shrunk\n")) << none.out;
  const std::string tape = absl::StrCat(testing::TempDir(), "/failures/one_reordering_EXPECT_1.tape.textproto");
  const Called replayed = Wavetank({"replay", tape});
  EXPECT_EQ(replayed.status, 1) << replayed.out;
  EXPECT_FALSE(absl::StrContains(replayed.out, "drift")) << replayed.out;
  const Called all = Wavetank({"shrink", tape, "--shrink=tape", OutFlag()});
  EXPECT_TRUE(absl::StrContains(all.out, " to 1 decision in ")) << all.out;
  EXPECT_EQ(Wavetank({"fuzz", "one_reordering", "--shrink=half"}).status, 2);
}

TEST(CommandsTest, ATapeKnowsItsScenario) {
  const std::string tape = TapeOf("lost", "PROGRESS");
  EXPECT_EQ(Wavetank({"check", "--expect=PROGRESS", "--tape=" + tape}).status, 0);
  EXPECT_EQ(Wavetank({"check", "--expect=holds", "--tape=" + tape}).status, 1);
  EXPECT_EQ(Wavetank({"check"}).status, 2);
  sim::TapeFile file;
  file.scenario = "history/a_1";
  EXPECT_EQ(ScenarioOf(file, "/kept/a.tape.textproto"), "history/a_1");
  file.scenario = "./a.textproto+cancel";
  EXPECT_EQ(ScenarioOf(file, "/kept/a.tape.textproto"), "/kept/a.textproto+cancel");
  EXPECT_EQ(ScenarioOf(file, "a.tape.textproto"), "./a.textproto+cancel");
}

TEST(CommandsTest, ATruncatedTapeIsBadInputWithItsPlace) {
  const std::string tape = TapeOf("lost", "PROGRESS");
  std::stringstream text;
  text << std::ifstream(tape).rdbuf();
  const std::string cut = tape + ".cut";
  std::ofstream(cut) << text.str().substr(0, text.str().size() - 10);
  const Called run = Wavetank({"replay", cut});
  EXPECT_EQ(run.status, 2);
  EXPECT_TRUE(absl::StartsWith(run.err, absl::StrCat(cut, ":"))) << run.err;
}

TEST(CommandsTest, ACrashIsShrunkToo) {
  const Called run = Wavetank({"fuzz", "crashing", OutFlag()});
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(absl::StrContains(run.out, "crashing: CRASH violated")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "CHECK failed: first")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "to 1 decision in")) << run.out;
}

TEST(CommandsTest, AHangIsFoundByTheWatchdog) {
  const Called run = Wavetank({"fuzz", "must_hang", "--step-limit=200ms", "--budget=2s", OutFlag()});
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(absl::StrContains(run.out, "CRASH violated")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "did not return within 200 ms")) << run.out;
}

TEST(CommandsTest, NondeterminismIsAHarnessFault) {
  for (const char* canary : {"clock_order", "hash_order", "pointer_order"}) {
    const Called run = Wavetank({"check", canary, "--runs=10"});
    EXPECT_EQ(run.status, 3) << canary << run.out;
    EXPECT_TRUE(absl::StrContains(run.out, "NONDETERMINISTIC")) << run.out;
  }
  const Called run = Wavetank({"fuzz", "clock_order", "--runs=200", "--json", OutFlag()});
  EXPECT_EQ(run.status, 3);
  EXPECT_TRUE(absl::StrContains(run.out, "\"verdict\": \"HARNESS_FAULT\"")) << run.out;
}

TEST(CommandsTest, CheckAsksWhatTestsAsk) {
  EXPECT_EQ(Wavetank({"check", "fixed2", "--runs=100"}).status, 0);
  EXPECT_EQ(Wavetank({"check", "lost", "--runs=1000"}).status, 1);
  EXPECT_EQ(Wavetank({"check", "lost", "--runs=0"}).status, 0);
  const std::vector<std::string> caught = {"check", "lost", "--expect=PROGRESS", "--laws=PROGRESS", "--base-seeds=3"};
  EXPECT_EQ(Wavetank(caught).status, 0);
  EXPECT_EQ(Wavetank({"check", "lost", "--expect=LIMIT", "--runs=1000"}).status, 1);
  const std::string tape = TapeOf("lost", "PROGRESS");
  EXPECT_EQ(Wavetank({"check", "lost", "--expect=PROGRESS", "--tape=" + tape}).status, 0);
  EXPECT_EQ(Wavetank({"check", "lost", "--expect=PROGRESS", "--tape=" + tape, "--says=deadlock"}).status, 0);
  EXPECT_EQ(Wavetank({"check", "lost", "--expect=PROGRESS", "--tape=" + tape, "--says=livelock"}).status, 1);
  EXPECT_EQ(Wavetank({"check", "fixed2", "--expect=holds", "--tape=" + tape}).status, 0);
  EXPECT_EQ(Wavetank({"check", "lost", "--expect=caught"}).status, 0);
  EXPECT_EQ(Wavetank({"check", "fixed2", "--expect=caught"}).status, 1);
  EXPECT_EQ(Wavetank({"check", "lost", "--expect=history", "--tape=" + tape}).status, 0);
  const Called history = Wavetank({"check", "lost", "--expect=history", "--base-seeds=2"});
  EXPECT_EQ(history.status, 0) << history.out;
  EXPECT_NE(history.out.find("lost: PROGRESS alone: caught in run "), std::string::npos) << history.out;
  EXPECT_EQ(Wavetank({"check", "fixed2", "--expect=history"}).status, 2);
}

TEST(CommandsTest, TheDefaultScenarioIsWhatNoNameMeans) {
  const Called run = Wavetank({"--default-scenario=lost", "fuzz", OutFlag()});
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(absl::StrContains(run.out, "lost: PROGRESS")) << run.out;
}

TEST(CommandsTest, ARunShowsItsTimeline) {
  const Called quiet = Wavetank({"run", "fixed2"});
  EXPECT_EQ(quiet.status, 0);
  EXPECT_TRUE(absl::StrContains(quiet.out, "task#1")) << quiet.out;
  EXPECT_TRUE(absl::StrContains(quiet.out, "closed rest")) << quiet.out;
  EXPECT_TRUE(absl::StrContains(quiet.out, "fixed2: held")) << quiet.out;
  const Called one = Wavetank({"run", "incr_3_4", "--seed=1", "--run=1"});
  const Called other = Wavetank({"run", "incr_3_4", "--seed=1", "--run=2"});
  EXPECT_EQ(one.status, 0);
  EXPECT_NE(one.out, other.out);
  EXPECT_EQ(Wavetank({"run", "incr_3_4", "--seed=1", "--run=1"}).out, one.out);
}

TEST(CommandsTest, AShrunkTapeCannotBeShrunkFurther) {
  const std::string tape = TapeOf("one_reordering", "EXPECT");
  const Called run = Wavetank({"shrink", tape, OutFlag()});
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(absl::StrContains(run.out, "shrunk from 1 to 1 decision")) << run.out;
}

TEST(CommandsTest, BytesOfAFuzzerBecomeATapeAndATapeBecomesBytes) {
  const std::string tape = TapeOf("lost", "PROGRESS");
  const std::string bytes = tape + ".bytes";
  const Called there = Wavetank({"tape", tape, "--to-bytes=" + bytes});
  EXPECT_EQ(there.status, 0) << there.err;
  const Called back = Wavetank({"tape", "lost", "--from-bytes=" + bytes});
  EXPECT_EQ(back.status, 0) << back.err;
  EXPECT_TRUE(absl::StrContains(back.out, "law: \"PROGRESS\"")) << back.out;
  EXPECT_TRUE(absl::StrContains(back.err, "PROGRESS violated")) << back.err;
  // The same decisions, though the first tape knows more of where it was found.
  std::stringstream first_text;
  first_text << std::ifstream(tape).rdbuf();
  const std::string first = first_text.str();
  EXPECT_EQ(back.out.substr(back.out.find("decision {")), first.substr(first.find("decision {")));
  const std::string copy = tape + ".back";
  std::ofstream(copy) << back.out;
  EXPECT_EQ(Wavetank({"replay", copy, "--strict"}).status, 1);
}

TEST(CommandsTest, BytesOfACrashBecomeATapeToo) {
  const std::string bytes = testing::TempDir() + "/crash";
  std::ofstream(bytes) << "\x01\x01\x01\x01";
  const Called crashed = Wavetank({"tape", "crashing", "--from-bytes=" + bytes});
  EXPECT_EQ(crashed.status, 0) << crashed.err;
  EXPECT_TRUE(absl::StrContains(crashed.out, "law: \"CRASH\"")) << crashed.out;
  EXPECT_EQ(Wavetank({"tape", "crashing", "--from-bytes=/no/such/file"}).status, 2);
  EXPECT_EQ(Wavetank({"tape", "crashing"}).status, 2);
}

TEST(CommandsTest, AFailureIsReportedWithItsTapeWhereNoFileCanBeWritten) {
  char folder[4096];
  ASSERT_NE(getcwd(folder, sizeof(folder)), nullptr);
  ASSERT_EQ(chdir("/proc"), 0);
  const Called run = Wavetank({"fuzz", "lost"});
  ASSERT_EQ(chdir(folder), 0);
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(absl::StrContains(run.out, "the tape cannot be kept in a file (failures: ")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "\ndecision {")) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "lost: PROGRESS violated")) << run.out;
}

TEST(CommandsTest, CtrlCEndsACampaignWithItsSummary) {
  int out[2];
  ASSERT_EQ(pipe(out), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    close(out[0]);
    _exit(WavetankMain({"fuzz", "fixed2", "--for=60s"}, ToyCatalog()));
  }
  close(out[1]);
  usleep(300'000);
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  char text[512] = {};
  EXPECT_GT(read(out[0], text, sizeof(text) - 1), 0);
  close(out[0]);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(absl::StrContains(text, "all held")) << text;
  EXPECT_TRUE(absl::StrContains(text, "interrupted")) << text;
}

TEST(JsonTest, AnyTextIsAString) {
  EXPECT_EQ(JsonString("a\"b\\c\nd\x01"), "\"a\\\"b\\\\c\\nd\\u0001\"");
  EXPECT_EQ(JsonString("PAUSE⇒RESUME"), "\"PAUSE⇒RESUME\"");
  EXPECT_EQ(JsonString("x\xffy"), "\"x\\ufffdy\"");
}

TEST(CommandsTest, SitesNeedTheSourcesOfTheClient) {
  const Called sites = Wavetank({"sweep", "--sites", "--runs=1", "fixed2"});
  EXPECT_EQ(sites.status, 2);
  EXPECT_TRUE(absl::StrContains(sites.err, "there are no sources of the client here")) << sites.err;
}

TEST(CommandsTest, ASweepCountsWhatItSweptAndLeavesATapeOfEachViolation) {
  const Called held = Wavetank({"sweep", "fixed2"});
  EXPECT_EQ(held.status, 0) << held.out << held.err;
  EXPECT_EQ(held.out, "fixed2+cancel: 0 suspension points, 0 swept, 0 violations (0 points behind them, 1 runs)\n");

  const Called broken = Wavetank({"sweep", "cancellable", "--runs=0", OutFlag()});
  EXPECT_EQ(broken.status, 1) << broken.err;
  EXPECT_TRUE(absl::StrContains(broken.out, "cancellable+cancel: 6 suspension points, 6 swept, 1 violations"))
      << broken.out;
  const std::string tape = absl::StrCat(testing::TempDir(), "/failures/cancellable+cancel_EXPECT_1_0.tape.textproto");
  EXPECT_EQ(Wavetank({"replay", tape}).status, 1);

  const Called json = Wavetank({"sweep", "cancellable", "--runs=0", "--json", OutFlag()});
  EXPECT_TRUE(absl::StrContains(json.out, "\"violations\": 1")) << json.out;
}

TEST(CommandsTest, ProveSaysWhatItExhaustedAndWhatBreaks) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "the sanitizer has the heap";
  const Called held = Wavetank({"prove", "fixed2", "pool_fixed", "--states=2000"});
  EXPECT_EQ(held.status, 0);
  EXPECT_NE(held.out.find("fixed2: exhausted without a bound, "), std::string::npos) << held.out;
  EXPECT_NE(held.out.find("pool_fixed: exhausted with at most "), std::string::npos) << held.out;
  EXPECT_NE(held.out.find("; then the limit of 2000 states"), std::string::npos) << held.out;
  const Called broken = Wavetank({"prove", "lost", "--out=" + ::testing::TempDir() + "proved"});
  EXPECT_EQ(broken.status, 1);
  EXPECT_NE(broken.out.find("lost: PROGRESS violated at "), std::string::npos) << broken.out;
  EXPECT_EQ(Wavetank({"prove"}).status, 2);
  EXPECT_EQ(Wavetank({"prove", "fixed2", "--states=0"}).status, 2);
  EXPECT_EQ(Wavetank({"prove", "no_such_toy"}).status, 2);
}

}  // namespace
}  // namespace wavetank
