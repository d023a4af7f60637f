// Every scenario of the tree, whole runs: the quiet one and random ones.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/choice/random_source.h"
#include "sim/choice/replay_source.h"
#include "sim/scenario/loader.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

constexpr int kRuns = 300;

class ScenarioTest : public ::testing::Test {
 public:
  explicit ScenarioTest(std::string path) : path_(std::move(path)) {}

  void TestBody() override {
    LoadResult loaded = LoadScenarioFile(path_);
    for (const std::string& error : loaded.errors) ADD_FAILURE() << error;
    if (loaded.program == nullptr) return;
    program_ = std::move(loaded.program);
    if (program_->canary() != ScenarioPlan::Canary::kNone) return Fails();
    const Outcome quiet = Quiet();
    EXPECT_TRUE(quiet.held()) << "the quiet run: " << Text(quiet);
    for (int i = 0; i < kRuns; ++i) {
      const Outcome first = Random(i);
      ASSERT_TRUE(first.held()) << "run " << i << ": " << Text(first);
      if (i >= 10) continue;
      EXPECT_EQ(Random(i).digest, first.digest) << "run " << i;
    }
  }

 private:
  void Fails() {
    LawId law = Quiet().violation.law;
    for (int i = 0; i < kRuns && law == LawId::kNone; ++i) law = Random(i).violation.law;
    EXPECT_NE(law, LawId::kNone) << "a canary held";
    const bool stalls = program_->canary() == ScenarioPlan::Canary::kMustStall;
    EXPECT_TRUE(!stalls || law == LawId::kProgress) << LawName(law);
  }

  Outcome Quiet() {
    ReplaySource zeros({}, ReplaySource::Mode::kLenient);
    return Run(zeros);
  }
  Outcome Random(int i) {
    RandomSource random;
    random.Seed(RunSeed(1, static_cast<uint64_t>(i)));
    return Run(random);
  }
  Outcome Run(ChoiceSource& source) {
    RunOptions options;
    options.laws = program_->laws();
    return runner_.Run(*program_, source, options);
  }
  static std::string Text(const Outcome& outcome) {
    return absl::StrCat(LawName(outcome.violation.law), " at step ", outcome.violation.step, ", ",
                        outcome.violation.time_ns, " ns: ", outcome.violation.reason, outcome.harness_fault);
  }

  const std::string path_;
  std::unique_ptr<ScenarioProgram> program_;
  Runner runner_;
};

}  // namespace
}  // namespace sim

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string path = argv[i];
    if (!absl::EndsWith(path, ".textproto") || absl::EndsWith(path, "tape.textproto")) continue;
    ::testing::RegisterTest("ScenarioTest", path.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [path] { return new sim::ScenarioTest(path); });
  }
  return RUN_ALL_TESTS();
}
