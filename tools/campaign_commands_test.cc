// Campaigns that are kept: cut off and resumed, made in shards and merged, on disks that are full.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "absl/strings/str_split.h"
#include "sim/explore/campaign_file.h"
#include "sim/explore/corpus_folder.h"
#include "tools/campaign_keeper.h"
#include "tools/out_folder.h"
#include "tools/test_catalog.h"

namespace wavetank {
namespace {

namespace fs = std::filesystem;

// Empty, and of this test alone.
std::string Folder(const std::string& name) {
  const std::string path = absl::StrCat(
      testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name(), "/", name);
  fs::remove_all(path);
  fs::create_directories(path);
  return path;
}

std::string Text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::string OnlyFile(const std::string& folder, absl::string_view ending) {
  const std::vector<std::string> files = FilesEndingIn(folder, ending);
  EXPECT_EQ(files.size(), 1u) << folder << " " << ending;
  return files.empty() ? "" : files[0];
}

// The value of a member of a JSON object on one line.
std::string Member(const std::string& json, const std::string& key) {
  const std::string head = absl::StrCat("\"", key, "\": ");
  const size_t at = json.find(head);
  if (at == std::string::npos) return "";
  const size_t from = at + head.size();
  return json.substr(from, json.find_first_of(",}", from) - from);
}

void ExpectSameStatistics(const std::string& a, const std::string& b) {
  for (const char* key : {"scenario", "verdict", "law", "runs", "first_failure", "seed", "steps", "digest",
                          "end_states", "handoffs", "singular_runs", "runs_random", "runs_guided", "new_chance"}) {
    EXPECT_EQ(Member(a, key), Member(b, key)) << key << "\n" << a << b;
  }
}

// Runs the command in a process of its own, whose stderr goes to `err`.
pid_t Start(const std::vector<std::string>& args, const std::string& err) {
  const pid_t child = fork();
  if (child == 0) {
    (void)!freopen(err.c_str(), "w", stderr);
    _exit(WavetankMain(args, ToyCatalog()));
  }
  return child;
}

int StatusOf(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

constexpr char kReported[] = "tape, not yet shrunk: ";

std::string LastPathBehind(const std::string& words, const std::string& text) {
  const size_t from = text.rfind(words) + words.size();
  return text.substr(from, text.find('\n', from) - from);
}

sim::CampaignFile StateIn(const std::string& folder) {
  sim::CampaignFile file;
  std::string error;
  EXPECT_TRUE(sim::LoadCampaign(OnlyFile(folder, kCampaignEnding), &file, &error)) << error;
  return file;
}

// Until a checkpoint in the middle is on disk, and what `said` must hold is in it.
void WaitForCheckpoint(const std::string& folder, const std::string& said, const std::string& words) {
  for (int i = 0; i < 1000; ++i) {
    usleep(20'000);
    if (FilesEndingIn(folder, kCampaignEnding).empty() || !absl::StrContains(Text(said), words)) continue;
    if (StateIn(folder).state.totals.runs > 0) return;
  }
  ADD_FAILURE() << "there is no checkpoint";
}

TEST(CampaignCommandsTest, KilledInTheMiddleItLosesNothingAndGoesOn) {
  const std::string folder = Folder("out");
  const std::string out = "--out=" + folder;
  const std::string err = Folder("err") + "/text";
  // Long, and cut off by kill -9 once it has reported a failure.
  const pid_t child =
      Start({"fuzz", "depth_1", "--for=100s", "--keep-going", "--checkpoint=50ms", "--jobs=2", out}, err);
  WaitForCheckpoint(folder, err, kReported);
  kill(child, SIGKILL);
  EXPECT_EQ(StatusOf(child), -SIGKILL);

  // What was last reported is there, and fails.
  const std::string reported = LastPathBehind(kReported, Text(err));
  EXPECT_EQ(Wavetank({"replay", reported}).status, 1) << reported;
  const uint64_t runs = StateIn(folder).state.totals.runs + 2000;

  // Not by accident.
  const std::string count = absl::StrCat("--runs=", runs);
  const Called careless = Wavetank({"fuzz", "depth_1", count, "--keep-going", out});
  EXPECT_EQ(careless.status, 2);
  EXPECT_TRUE(absl::StrContains(careless.err, "--resume goes on with it")) << careless.err;

  const Called rest = Wavetank({"fuzz", "depth_1", count, "--keep-going", "--resume", out});
  EXPECT_EQ(rest.status, 1) << rest.err;
  EXPECT_TRUE(absl::StrContains(rest.out, "depth_1: EXPECT violated")) << rest.out;
  EXPECT_TRUE(absl::StrContains(rest.out, absl::StrCat("depth_1: ", runs, " runs, 1 kind of failure"))) << rest.out;
  EXPECT_FALSE(absl::StrContains(rest.err, "not yet shrunk")) << rest.err;

  // The same as if nothing had happened.
  const std::string other = Folder("whole");
  const Called whole = Wavetank({"fuzz", "depth_1", count, "--keep-going", "--out=" + other});
  EXPECT_EQ(whole.status, 1);
  ExpectSameStatistics(Text(OnlyFile(folder, ".json")), Text(OnlyFile(other, ".json")));
  const fs::path tape = OnlyFile(other, ".tape.textproto");
  EXPECT_EQ(Text(fs::path(folder) / tape.filename()), Text(tape));

  // What was reported is not reported again.
  const Called again = Wavetank({"fuzz", "depth_1", count, "--keep-going", "--resume", out});
  EXPECT_EQ(again.status, 1);
  EXPECT_TRUE(absl::StrContains(again.out, "reported before: run ")) << again.out;
  EXPECT_FALSE(absl::StrContains(again.out, "shrunk")) << again.out;
}

TEST(CampaignCommandsTest, CtrlCSaysWhatThereIsAndItGoesOn) {
  const std::string folder = Folder("out");
  const std::string out = "--out=" + folder;
  const std::string err = Folder("err") + "/text";
  const pid_t child = Start({"fuzz", "depth_5", "--for=100s", "--keep-going", "--checkpoint=50ms", out}, err);
  WaitForCheckpoint(folder, err, "");
  kill(child, SIGINT);
  EXPECT_LE(StatusOf(child), 1);
  const std::string said = Text(OnlyFile(folder, ".json"));
  EXPECT_EQ(Member(said, "interrupted"), "true") << said;
  const sim::CampaignFile state = StateIn(folder);
  EXPECT_FALSE(state.parts[0].done);
  EXPECT_EQ(Member(said, "runs"), absl::StrCat(state.state.totals.runs));

  const std::string count = absl::StrCat("--runs=", state.state.totals.runs + 500);
  const Called rest = Wavetank({"fuzz", "depth_5", count, "--keep-going", "--resume", out});
  const std::string other = Folder("whole");
  EXPECT_EQ(Wavetank({"fuzz", "depth_5", count, "--keep-going", "--out=" + other}).status, rest.status) << rest.err;
  ExpectSameStatistics(Text(OnlyFile(folder, ".json")), Text(OnlyFile(other, ".json")));
}

TEST(CampaignCommandsTest, AnotherCampaignCannotBeResumed) {
  const std::string out = "--out=" + Folder("out");
  EXPECT_EQ(Wavetank({"fuzz", "fixed2", "--runs=100", out, "--resume"}).status, 0);  // nothing there: it begins
  EXPECT_EQ(Wavetank({"fuzz", "fixed2", "--runs=200", out, "--resume"}).status, 0);
  const Called seed = Wavetank({"fuzz", "fixed2", "--seed=2", out, "--resume"});
  EXPECT_EQ(seed.status, 2);
  EXPECT_TRUE(absl::StrContains(seed.err, "cannot be resumed: it has seed 1 instead of 2")) << seed.err;
  ToyCatalog edited;
  edited.text_digest = 2;
  const Called build = Wavetank({"fuzz", "fixed2", "--runs=200", out, "--resume"}, edited);
  EXPECT_EQ(build.status, 2);
  EXPECT_TRUE(absl::StrContains(build.err, "another build, or another text of the scenario")) << build.err;
  EXPECT_EQ(Wavetank({"fuzz", "fixed2", "--resume"}).status, 2);
}

TEST(CampaignCommandsTest, AFolderThatCannotBeWrittenIsSaidBeforeAnythingRuns) {
  const std::string file = Folder("a") + "/file";
  std::ofstream(file) << "in the way";
  for (const std::string& out : {file, file + "/below", std::string("/proc/nowhere")}) {
    const Called run = Wavetank({"fuzz", "lost", "--out=" + out});
    EXPECT_EQ(run.status, 2) << out;
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(absl::StrContains(run.err, absl::StrCat("wavetank: --out: ", out, ": "))) << run.err;
  }
  EXPECT_EQ(Text(file), "in the way");
}

// A process that finds the disk full when it writes the file `name` in `folder`: beside it lies the way to /dev/full.
pid_t StartOnFullDisk(const std::string& folder, const std::string& name, std::vector<std::string> args,
                      const std::string& said) {
  const pid_t child = fork();
  if (child != 0) return child;
  const std::string pid = absl::StrCat(getpid());
  const std::string file = name.empty() ? absl::StrCat(".trial.", pid) : name;
  fs::create_symlink("/dev/full", absl::StrCat(folder, "/", file, ".", pid, ".tmp"));
  (void)!freopen(said.c_str(), "w", stdout);
  dup2(STDOUT_FILENO, STDERR_FILENO);
  args.push_back("--out=" + folder);
  const int status = WavetankMain(args, ToyCatalog());
  std::fflush(nullptr);
  _exit(status);
}

// The name of the file in which such a campaign is kept.
std::string StateFile(const std::vector<std::string>& args) {
  std::vector<std::string> elsewhere = args;
  const std::string folder = Folder("elsewhere");
  elsewhere.push_back("--out=" + folder);
  Wavetank(elsewhere);
  return fs::path(OnlyFile(folder, kCampaignEnding)).filename();
}

TEST(CampaignCommandsTest, AFullDiskIsSaidAndNoFailureIsLost) {
  const std::string said = Folder("said") + "/text";
  const std::string full = Folder("full");
  EXPECT_EQ(StatusOf(StartOnFullDisk(full, "", {"fuzz", "lost"}, said)), 2);
  EXPECT_TRUE(absl::StrContains(Text(said), "cannot be written: ")) << Text(said);
  EXPECT_TRUE(absl::StrContains(Text(said), "No space left on device")) << Text(said);
  EXPECT_TRUE(fs::is_empty(full));

  // Full when the state is to be kept: the failure is told, and its tape is there.
  const std::vector<std::string> failing = {"fuzz", "one_reordering"};
  const std::string folder = Folder("failing");
  EXPECT_EQ(StatusOf(StartOnFullDisk(folder, StateFile(failing), failing, said)), 1);
  EXPECT_TRUE(absl::StrContains(Text(said), "the state of the campaign cannot be kept: ")) << Text(said);
  EXPECT_TRUE(absl::StrContains(Text(said), "No space left on device")) << Text(said);
  EXPECT_TRUE(absl::StrContains(Text(said), "one_reordering: EXPECT violated")) << Text(said);
  EXPECT_EQ(Wavetank({"replay", OnlyFile(folder, ".tape.textproto")}).status, 1);
  EXPECT_TRUE(FilesEndingIn(folder, ".tmp").empty());

  // Full when the tape is to be kept: it goes where the report goes, or is written when there is room again.
  const std::string tape = "one_reordering_EXPECT_1.tape.textproto";
  const std::string other = Folder("tape");
  EXPECT_EQ(StatusOf(StartOnFullDisk(other, tape, failing, said)), 1);
  EXPECT_EQ(Wavetank({"replay", absl::StrCat(other, "/", tape)}).status, 1);

  // Where all held, that is the worst that happened.
  const std::vector<std::string> holding = {"fuzz", "depth_5", "--runs=100"};
  EXPECT_EQ(StatusOf(StartOnFullDisk(Folder("held"), StateFile(holding), holding, said)), 3);
  EXPECT_TRUE(absl::StrContains(Text(said), "depth_5: 100 runs, all held")) << Text(said);
}

TEST(CampaignCommandsTest, ShardsMergedAreTheWholeCampaign) {
  const std::vector<std::string> fuzz = {"fuzz",       "depth_1",        "pool_fixed",
                                         "--runs=900", "--strategy=pos", "--keep-going"};
  const std::string whole = Folder("whole");
  std::vector<std::string> args = fuzz;
  args.push_back("--out=" + whole);
  const Called unsharded = Wavetank(args);
  EXPECT_EQ(unsharded.status, 1);
  std::vector<std::string> merge = {"merge"};
  for (int i = 0; i < 3; ++i) {
    merge.push_back(Folder(absl::StrCat("shard_", i)));
    args = fuzz;
    args.insert(args.end(), {absl::StrCat("--shard=", i, "/3"), "--out=" + merge.back()});
    EXPECT_EQ(Wavetank(args).status, 1);
  }
  const std::string sum = Folder("sum");
  merge.push_back("--out=" + sum);
  const Called merged = Wavetank(merge);
  EXPECT_EQ(merged.status, 1) << merged.err;
  EXPECT_TRUE(absl::StrContains(merged.out, "depth_1: 900 runs, 1 kind of failure")) << merged.out;
  EXPECT_TRUE(absl::StrContains(merged.out, "pool_fixed: 900 runs, all held")) << merged.out;
  EXPECT_TRUE(absl::StrContains(merged.out, "  seed 1, pos, 3 shards\n")) << merged.out;

  const std::vector<std::string> expected = FilesEndingIn(whole, ".json");
  const std::vector<std::string> found = FilesEndingIn(sum, ".json");
  ASSERT_EQ(expected.size(), 2u);
  ASSERT_EQ(found.size(), 2u);
  for (size_t i = 0; i < 2; ++i) ExpectSameStatistics(Text(found[i]), Text(expected[i]));
  EXPECT_EQ(Text(OnlyFile(sum, ".tape.textproto")), Text(OnlyFile(whole, ".tape.textproto")));

  // A merge can be merged further, but no shard twice.
  EXPECT_EQ(Wavetank({"merge", merge[1], merge[2], "--out=" + Folder("two")}).status, 1);
  const std::string two = absl::StrCat(testing::TempDir(), "/ShardsMergedAreTheWholeCampaign/two");
  const Called later = Wavetank({"merge", two, merge[3], "--json", "--out=" + Folder("three")});
  EXPECT_EQ(later.out.substr(0, later.out.find("runs_per_s")),
            Wavetank({"merge", sum, "--json", "--out=" + Folder("four")}).out.substr(0, later.out.find("runs_per_s")));
  const Called twice = Wavetank({"merge", sum, merge[1], "--out=" + Folder("five")});
  EXPECT_EQ(twice.status, 2);
  EXPECT_TRUE(absl::StrContains(twice.err, "has runs that are in another of these folders as well")) << twice.err;
  const Called missing = Wavetank({"merge", merge[1], merge[3], "--out=" + Folder("six")});
  EXPECT_TRUE(absl::StrContains(missing.out, "3 shards; shard 1 is not here")) << missing.out;
}

TEST(CampaignCommandsTest, MergeSaysWhatIsWrong) {
  const std::string empty = Folder("empty");
  EXPECT_EQ(Wavetank({"merge", empty}).status, 2);
  EXPECT_EQ(Wavetank({"merge", empty, "--out=" + empty}).status, 2);
  EXPECT_TRUE(absl::StrContains(Wavetank({"merge", empty, "--out=" + Folder("out")}).err, "there is nothing"));
  EXPECT_TRUE(absl::StrContains(Wavetank({"merge", "/no/such", "--out=" + Folder("out")}).err, "is not a folder"));
  std::ofstream(empty + "/x.campaign") << "garbage";
  EXPECT_TRUE(absl::StrContains(Wavetank({"merge", empty, "--out=" + Folder("out")}).err, "is not the state of"));
}

std::set<uint64_t> KeysOf(const std::string& corpus) {
  const sim::Program& toy = *sim::FindToy("depth_5");
  std::vector<std::string> messages;
  std::set<uint64_t> keys;
  sim::CorpusFolder folder(corpus, toy, "depth_5", sim::LawSet::All(), {});
  for (const sim::Lesson& lesson : folder.Load(&messages)) keys.insert(lesson.keys.begin(), lesson.keys.end());
  EXPECT_TRUE(messages.empty());
  EXPECT_FALSE(keys.empty());
  return keys;
}

TEST(CampaignCommandsTest, MergedCorporaShowWhatAllOfThemShow) {
  std::vector<std::string> merge = {"merge"};
  std::set<uint64_t> all;
  size_t tapes = 0;
  for (int seed = 1; seed <= 2; ++seed) {
    merge.push_back(Folder(absl::StrCat("seed_", seed)));
    const std::string corpus = merge.back() + "/corpus";
    EXPECT_EQ(Wavetank({"fuzz", "depth_5", "--runs=60", absl::StrCat("--seed=", seed), "--corpus=" + corpus,
                        "--out=" + merge.back()})
                  .status,
              0);
    const std::set<uint64_t> own = KeysOf(corpus);
    all.insert(own.begin(), own.end());
    tapes += FilesEndingIn(corpus + "/depth_5", ".tape.textproto").size();
  }
  const std::string sum = Folder("sum");
  merge.push_back("--out=" + sum);
  const Called merged = Wavetank(merge);
  EXPECT_EQ(merged.status, 0) << merged.err;
  // Statistics of different campaigns are not added.
  EXPECT_TRUE(absl::StrContains(merged.out, "seed 1, portfolio")) << merged.out;
  EXPECT_TRUE(absl::StrContains(merged.out, "seed 2, portfolio")) << merged.out;
  EXPECT_EQ(KeysOf(sum + "/corpus"), all);
  EXPECT_LE(FilesEndingIn(sum + "/corpus/depth_5", ".tape.textproto").size(), tapes);
}

TEST(CampaignCommandsTest, ACampaignThatDoesNotFindTheCanaryIsBlind) {
  ToyCatalog catalog;
  catalog.canary = "fixed2";
  for (const char* flag : {"--jobs=2", "--shard=1/3"}) {
    const Called run = Wavetank({"fuzz", "lost", flag, "--out=" + Folder("out")}, catalog);
    EXPECT_EQ(run.status, 3);
    EXPECT_TRUE(absl::StrContains(run.err, "the harness is blind: the canary, which must fail, held in ")) << run.err;
    EXPECT_EQ(run.out, "");
  }
  catalog.canary = "depth_1";
  const Called other = Wavetank({"fuzz", "lost", "--out=" + Folder("out")}, catalog);
  EXPECT_EQ(other.status, 3);
  EXPECT_TRUE(absl::StrContains(other.err, "the harness is blind")) << other.err;
}

TEST(CampaignCommandsTest, TheSeedCanBeThatOfTheCommit) {
  ToyCatalog catalog;
  catalog.root = Folder("repository");
  setenv("GIT_CEILING_DIRECTORIES", testing::TempDir().c_str(), 1);
  const Called none = Wavetank({"fuzz", "fixed2", "--runs=10", "--seed=git"}, catalog);
  EXPECT_EQ(none.status, 2);
  EXPECT_TRUE(absl::StrContains(none.err, "is not in a git repository with a commit")) << none.err;
  const std::string commit = absl::StrCat(
      "cd ", catalog.root, " && export HOME=$PWD && git init -q . && git -c user.name=a -c user.email=a@b.test ",
      "commit -q --allow-empty -m a && git rev-parse HEAD >hash");
  if (std::system("git --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no git";
  ASSERT_EQ(std::system(commit.c_str()), 0);
  const uint64_t seed = std::stoull(Text(catalog.root + "/hash").substr(0, 12), nullptr, 16);
  const Called run = Wavetank({"fuzz", "fixed2", "--runs=10", "--seed=git", "--json"}, catalog);
  EXPECT_EQ(Member(run.out, "seed"), absl::StrCat(seed)) << run.err;
}

}  // namespace
}  // namespace wavetank
