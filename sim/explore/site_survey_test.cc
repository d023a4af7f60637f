#include "sim/explore/site_survey.h"

#include <memory>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "sim/toys/toy.h"

namespace sim {
namespace {

class Nested final : public Toy {
 public:
  explicit Nested(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Outer(*this)); }

  static inline uint32_t first, rare, outer;  // lines

 private:
  static Task<> Outer(Nested& toy) {
    outer = __LINE__ + 1;
    co_await Inner(toy);
  }
  // Waits once more if the choices say so.
  static Task<> Inner(Nested& toy) {
    const bool more = toy.world().Choose(Label::kToy, Name(), 2) != 0;
    first = __LINE__ + 1;
    co_await Yield();
    rare = __LINE__ + 1;
    if (more) co_await Yield();
  }
};

class NestedProgram final : public Program {
 public:
  NestedProgram() { config_.offers.Add(Label::kToy); }
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override { return std::make_unique<Nested>(world); }

 private:
  const std::string name_ = "nested";
  WorldConfig config_;
};

bool Saw(const SiteSurvey& survey, absl::string_view file, uint32_t line) {
  for (const SiteSurvey::Place& place : survey.places()) {
    if (absl::EndsWith(place.first, file) && (line == 0 || place.second == line)) return true;
  }
  return false;
}

TEST(SiteSurveyTest, SeesEachCoroutineOfAChainAndTheAwaitable) {
  SiteSurvey survey;
  survey.Run(NestedProgram(), Runner::Options().memory, 0, 1);
  EXPECT_EQ(survey.runs(), 1u);
  EXPECT_EQ(survey.places().size(), 3u);
  EXPECT_TRUE(Saw(survey, "site_survey_test.cc", Nested::outer));
  EXPECT_TRUE(Saw(survey, "site_survey_test.cc", Nested::first));
  EXPECT_TRUE(Saw(survey, "sim/toys/yield.h", 0));
}

TEST(SiteSurveyTest, RandomRunsSeeWhatTheQuietOneDoesNot) {
  SiteSurvey survey;
  survey.Run(NestedProgram(), Runner::Options().memory, 20, 1);
  EXPECT_EQ(survey.runs(), 21u);
  EXPECT_EQ(survey.places().size(), 4u);
  EXPECT_TRUE(Saw(survey, "site_survey_test.cc", Nested::rare));
}

}  // namespace
}  // namespace sim
