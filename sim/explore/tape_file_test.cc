#include "sim/explore/tape_file.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "sim/explore/isolated_runner.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

// A random run of a toy, as a tape; `runner` knows its names.
TapeFile RandomTape(IsolatedRunner& runner) {
  TapeRun run;
  run.random_from = 0;
  run.seed = 4;
  const TapeRunReport report = runner.Run(run);
  TapeFile tape;
  tape.scenario = "toy";
  tape.law = LawId::kPauseResume;
  tape.reason = "first line\nsecond \"line\"";
  tape.judged = {LawId::kPauseResume, LawId::kCrash};
  tape.seed = 7;
  tape.run = 12;
  tape.digest = report.outcome.digest;
  tape.decisions = RecordedSparse(runner.history());
  return tape;
}

std::vector<std::string> ErrorsOf(absl::string_view text) {
  TapeFile tape;
  std::vector<std::string> errors;
  EXPECT_FALSE(ParseTape(text, "t", &tape, &errors)) << text;
  EXPECT_FALSE(errors.empty()) << text;
  return errors;
}

TEST(TapeFileTest, ATapeComesBackAsItWas) {
  IsolatedRunner runner(*FindToy("pool_fixed"), {});
  const TapeFile tape = RandomTape(runner);
  ASSERT_GT(tape.decisions.size(), 5u);
  TapeFile loaded;
  std::vector<std::string> errors;
  ASSERT_TRUE(ParseTape(TapeText(tape, runner.history()), "t", &loaded, &errors)) << errors[0];
  EXPECT_EQ(loaded.scenario, "toy");
  EXPECT_EQ(loaded.law, LawId::kPauseResume);
  EXPECT_EQ(loaded.reason, "first line");
  EXPECT_EQ(loaded.judged, tape.judged);
  EXPECT_EQ(loaded.seed, 7u);
  EXPECT_EQ(loaded.run, 12u);
  EXPECT_EQ(loaded.digest, tape.digest);
  EXPECT_EQ(loaded.decisions, tape.decisions);
  EXPECT_FALSE(loaded.is_complete);
}

TEST(TapeFileTest, ACompleteTapeComesBackAsItWas) {
  IsolatedRunner runner(*FindToy("pool_fixed"), {});
  TapeFile tape = RandomTape(runner);
  tape.is_complete = true;
  tape.complete = RecordedComplete(runner.history());
  TapeFile loaded;
  std::vector<std::string> errors;
  ASSERT_TRUE(ParseTape(TapeText(tape, runner.history()), "t", &loaded, &errors)) << errors[0];
  EXPECT_EQ(loaded.complete, tape.complete);
  EXPECT_EQ(loaded.decisions, tape.decisions);
}

TEST(TapeFileTest, APathAloneGivesTheSameId) {
  const Name name = Name().Child("download", 3).Child("body", 0);
  EXPECT_TRUE(NameFromPath("download#3/body") == name);
  TapeFile tape;
  std::vector<std::string> errors;
  const char* text = "scenario: 's' decision { label: 'gc.order' asker: 'download#3/body' index: 1 count: 2 skip: 4 }";
  ASSERT_TRUE(ParseTape(text, "t", &tape, &errors));
  ASSERT_EQ(tape.decisions.size(), 1u);
  EXPECT_TRUE(tape.decisions[0].entry.asker == name);
  EXPECT_EQ(tape.decisions[0].ordinal, 4u);
}

TEST(TapeFileTest, MistakesAreNamedWhereTheyStand) {
  EXPECT_EQ(ErrorsOf("scenario: 's'\nfoo: 1")[0].rfind("t:2:", 0), 0u);
  EXPECT_EQ(ErrorsOf("scenario: 's'\ndecision { label: 'no.such' index: 1 count: 2 }")[0],
            "t:2:1: there is no label \"no.such\"");
  EXPECT_EQ(ErrorsOf("scenario: 's'\n\n  decision { label: 'loop.next' index: 2 count: 2 }")[0],
            "t:3:3: alternative 2 is not among 2 (from 0)");
  EXPECT_EQ(ErrorsOf("scenario: 's' law: 'NICE'")[0], "t:1:15: there is no law \"NICE\"");
  EXPECT_EQ(ErrorsOf("")[0], "t:1:1: a tape needs to name its scenario");
  EXPECT_EQ(ErrorsOf("scenario: 's' decision { label: 'loop.next' index: 1 count: 2 skip: 18446744073709551615 }")[0],
            "t:1:15: a tape has at most 1048576 questions");
  EXPECT_EQ(ErrorsOf("scenario: 's' decision { label: 'loop.next' index: 1 count: 1 }")[0],
            "t:1:15: a decision has 2 to 65535 alternatives, not 1");
}

TEST(TapeFileTest, ATruncatedTapeIsAnErrorOrAShorterTapeButNeverACrash) {
  IsolatedRunner runner(*FindToy("fixed2"), {});
  const std::string text = TapeText(RandomTape(runner), runner.history());
  for (size_t size = 0; size < text.size(); ++size) {
    TapeFile tape;
    std::vector<std::string> errors;
    const bool ok = ParseTape(absl::string_view(text).substr(0, size), "t", &tape, &errors);
    EXPECT_EQ(ok, errors.empty()) << size;
  }
}

TEST(TapeFileTest, EveryByteReplacedByGarbageIsNoCrash) {
  IsolatedRunner runner(*FindToy("fixed2"), {});
  const std::string text = TapeText(RandomTape(runner), runner.history());
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char garbage : {'\0', '\xff', '{', '9'}) {
      std::string broken = text;
      broken[i] = garbage;
      TapeFile tape;
      std::vector<std::string> errors;
      const bool ok = ParseTape(broken, "t", &tape, &errors);
      EXPECT_EQ(ok, errors.empty());
    }
  }
}

TEST(TapeFileTest, AMissingFileIsAnError) {
  TapeFile tape;
  std::vector<std::string> errors;
  EXPECT_FALSE(LoadTape("/no/such/tape", &tape, &errors));
  EXPECT_EQ(errors[0], "/no/such/tape:1:1: cannot open: No such file or directory");
}

TEST(WriteFileTest, ReplacesTheFileAndLeavesNothingElse) {
  const std::string folder = ::testing::TempDir() + "/write_file_test";
  mkdir(folder.c_str(), 0777);
  const std::string path = folder + "/t.textproto";
  ASSERT_TRUE(WriteFileAtomically(path, "old and long").ok());
  ASSERT_TRUE(WriteFileAtomically(path, "new").ok());
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), "new");
  DIR* listing = opendir(folder.c_str());
  int entries = 0;
  while (readdir(listing) != nullptr) ++entries;
  closedir(listing);
  EXPECT_EQ(entries, 3);  // ".", ".." and the file
}

TEST(WriteFileTest, AFullDiskIsSaid) {
  const absl::Status status = WriteFileAtomically("/dev/full", "text");
  EXPECT_EQ(status.message(), "/dev/full: cannot write: No space left on device");
  struct stat info;
  ASSERT_EQ(stat("/dev/full", &info), 0);
  EXPECT_TRUE(S_ISCHR(info.st_mode));  // it was not replaced
}

TEST(WriteFileTest, AFolderThatIsNotThereIsSaid) {
  EXPECT_EQ(WriteFileAtomically("/no/such/folder/t", "text").message(),
            "/no/such/folder/t: cannot create: No such file or directory");
}

}  // namespace
}  // namespace sim
