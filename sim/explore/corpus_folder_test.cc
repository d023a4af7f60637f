#include "sim/explore/corpus_folder.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "gtest/gtest.h"
#include "sim/explore/campaign.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

namespace fs = std::filesystem;

class CorpusFolderTest : public testing::Test {
 protected:
  CorpusFolderTest() : dir_(fs::path(testing::TempDir()) / "corpus") { fs::remove_all(dir_); }

  CorpusFolder Folder(const char* name = "toys/depth_5") {
    return CorpusFolder(dir_.string(), program_, name, LawSet::All(), {});
  }
  std::vector<Lesson> Learned(uint64_t seed) {
    CampaignOptions options;
    options.strategy = "guided";
    options.runs = 400;
    options.seed = seed;
    return RunCampaign(program_, options).corpus;
  }
  static std::set<uint64_t> KeysOf(const std::vector<Lesson>& lessons) {
    std::set<uint64_t> keys;
    for (const Lesson& lesson : lessons) keys.insert(lesson.keys.begin(), lesson.keys.end());
    return keys;
  }
  static size_t Files(const std::string& path) {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }

  const Program& program_ = *FindToy("depth_5");
  fs::path dir_;
};

TEST_F(CorpusFolderTest, IsEmptyWhereThereIsNone) {
  std::vector<std::string> messages;
  EXPECT_TRUE(Folder().Load(&messages).empty());
  EXPECT_TRUE(messages.empty());
}

TEST_F(CorpusFolderTest, KeepsWhatItsTapesHaveShownInFewerOfThem) {
  const std::vector<Lesson> learned = Learned(1);
  std::string error;
  ASSERT_TRUE(Folder().Save(learned, 1, &error)) << error;
  std::vector<std::string> messages;
  const std::vector<Lesson> loaded = Folder().Load(&messages);
  EXPECT_TRUE(messages.empty());
  EXPECT_FALSE(loaded.empty());
  EXPECT_LE(loaded.size(), learned.size());
  EXPECT_EQ(Files(Folder().path()), loaded.size());
  const std::set<uint64_t> keys = KeysOf(loaded);
  for (const Lesson& lesson : learned) {
    for (const uint64_t key : lesson.keys) EXPECT_EQ(keys.count(key), 1u);
  }
  // Written again it is the same.
  ASSERT_TRUE(Folder().Save(loaded, 1, &error)) << error;
  EXPECT_EQ(KeysOf(Folder().Load(&messages)), keys);
}

TEST_F(CorpusFolderTest, MergesByCopying) {
  std::string error;
  std::vector<std::string> messages;
  CorpusFolder one = Folder("one");
  CorpusFolder two = Folder("two");
  ASSERT_TRUE(one.Save(Learned(1), 1, &error));
  ASSERT_TRUE(two.Save(Learned(2), 2, &error));
  std::set<uint64_t> both = KeysOf(one.Load(&messages));
  const std::set<uint64_t> of_two = KeysOf(two.Load(&messages));
  both.insert(of_two.begin(), of_two.end());
  fs::copy(two.path(), one.path(), fs::copy_options::recursive | fs::copy_options::skip_existing);
  EXPECT_EQ(KeysOf(one.Load(&messages)), both);
  ASSERT_TRUE(one.Save(one.Load(&messages), 1, &error));
  EXPECT_EQ(KeysOf(one.Load(&messages)), both);
}

TEST_F(CorpusFolderTest, SaysWhatIsNoTapeAndWhatCannotBeWritten) {
  fs::create_directories(Folder().path());
  std::ofstream(Folder().path() + "/0.tape.textproto") << "no tape";
  std::vector<std::string> messages;
  CorpusFolder folder = Folder();
  EXPECT_TRUE(folder.Load(&messages).empty());
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_NE(messages[0].find("0.tape.textproto:1"), std::string::npos) << messages[0];
  std::string error;
  EXPECT_TRUE(folder.Save({}, 1, &error)) << error;
  EXPECT_TRUE(fs::exists(folder.path() + "/0.tape.textproto"));  // whatever it is, it is somebody's
  std::ofstream(dir_ / "file") << "in the way";
  EXPECT_FALSE(Folder("file").Save({}, 1, &error));
  EXPECT_NE(error.find("corpus/file: "), std::string::npos) << error;
}

}  // namespace
}  // namespace sim
