#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/scenario/cancel_everywhere.h"
#include "sim/scenario/loader.h"

namespace sim {
namespace {

constexpr char kText[] = R"(name: "recipe"
origin { host: "a.test" responses { } }
workload { request { id: "one" host: "a.test" } }  # with a comment
)";

TEST(RecipeTest, AProgramKnowsTheTextItWasMadeFrom) {
  const LoadResult loaded = LoadScenarioText(kText, "recipe");
  ASSERT_NE(loaded.program, nullptr) << loaded.errors.front();
  EXPECT_EQ(loaded.program->Recipe(), absl::StrCat("scenario\n", kText));
  const ScenarioProgram everywhere(CancelEverywhere(loaded.program->plan()));
  EXPECT_EQ(everywhere.Recipe(), absl::StrCat("cancel everywhere\nscenario\n", kText));
}

TEST(RecipeTest, AnotherNetworkIsNotInTheText) {
  const LoadResult loaded = LoadScenarioText(kText, "recipe");
  ASSERT_NE(loaded.program, nullptr) << loaded.errors.front();
  const ScenarioProgram elsewhere(loaded.program->plan(), [](World&, WireObserver&, const SimNetwork::Config&) {
    return std::unique_ptr<WorldNetwork>();
  });
  EXPECT_EQ(elsewhere.Recipe(), "");
}

}  // namespace
}  // namespace sim
