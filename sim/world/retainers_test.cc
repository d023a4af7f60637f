#include "sim/world/retainers.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/choice/random_source.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

using client::ClientError;
using client::ErrorKind;
using client::Name;
using client::NamedObject;
using client::NamedObjects;
using client::ReferenceVisitor;

// Holds what a test says.
class Thing final : public NamedObject {
 public:
  Thing(NamedObjects& all, uint64_t id, const char* what) : NamedObject(all), id_(id), what_(what) {}
  Name name() const override { return Name::FromId(id_); }
  absl::string_view what() const override { return what_; }
  void VisitReferences(ReferenceVisitor& visitor) const override {
    for (const Thing* thing : things) visitor.Holds(*thing);
    for (const ClientError& error : errors) visitor.Holds(error);
  }

  std::vector<const Thing*> things;
  std::vector<ClientError> errors;

 private:
  const uint64_t id_;
  const char* const what_;
};

// As an error must not do it: it keeps a thing.
class StrongLink final : public client::ResponseLink {
 public:
  explicit StrongLink(const Thing& thing) : thing_(thing) {}
  client::ClientResponse* response() const override { return nullptr; }
  void VisitReferences(ReferenceVisitor& visitor) const override { visitor.Holds(thing_); }

 private:
  const Thing& thing_;
};

std::string Number(Name name) { return absl::StrCat("#", name.id()); }

using Lines = std::vector<std::string>;

class RetainersTest : public ::testing::Test {
 protected:
  Lines Describe() { return Retainers(all_).Describe(Number); }
  Lines DescribeOne(uint64_t id) { return Retainers(all_).DescribeOne(Name::FromId(id), Number); }

  NamedObjects all_;
};

TEST_F(RetainersTest, NothingLives) {
  EXPECT_EQ(Describe(), Lines());
  EXPECT_EQ(DescribeOne(1), Lines());
}

TEST_F(RetainersTest, APathBeginsWithWhomNobodyHolds) {
  Thing session(all_, 1, "session");
  Thing connection(all_, 2, "connection");
  Thing body(all_, 3, "body");
  const Thing alone(all_, 4, "handle of");
  session.things = {&connection};
  connection.things = {&body};
  EXPECT_EQ(Describe(), Lines({"handle of #4, which nobody known holds", "session #1 -> connection #2 -> body #3"}));
  EXPECT_EQ(DescribeOne(2), Lines({"session #1 -> connection #2"}));
}

TEST_F(RetainersTest, ACycleIsToldAsOne) {
  Thing response(all_, 1, "response");
  Thing connection(all_, 2, "connection");
  const Thing body(all_, 3, "body");
  const ClientError error(ErrorKind::kDisconnected, "gone");
  connection.errors = {error.Of(std::make_shared<const StrongLink>(response))};
  response.errors = {error};  // this one keeps nobody
  response.things = {&connection, &body};
  const std::string cycle = "connection #2 -> error 'disconnected: gone' -> response #1 -> connection #2";
  EXPECT_EQ(Describe(), Lines({cycle, "response #1 -> body #3"}));
  EXPECT_EQ(DescribeOne(1), Lines({cycle}));
  EXPECT_EQ(DescribeOne(3), Lines({cycle, "response #1 -> body #3"}));
}

TEST_F(RetainersTest, WhoHoldsHimselfIsACycle) {
  Thing thing(all_, 1, "session");
  thing.things = {&thing};
  EXPECT_EQ(Describe(), Lines({"session #1 -> session #1"}));
}

// Leaks two objects that hold each other.
class LeaksACycle final : public Subject {
 public:
  explicit LeaksACycle(World& world) : world_(world) {}
  void Start() override {
    auto& all = world_.loop().named_objects;
    auto* first = new Thing(all, client::MakeName(world_.loop(), Name(), "first").id(), "response");
    auto* second = new Thing(all, client::MakeName(world_.loop(), Name(), "second").id(), "connection");
    first->things = {second};
    second->things = {first};
  }

 private:
  World& world_;
};

class LeakingProgram final : public Program {
 public:
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override { return std::make_unique<LeaksACycle>(world); }

 private:
  std::string name_ = "leaking";
  WorldConfig config_;
};

TEST_F(RetainersTest, ALeakIsReportedWithWhatKeepsIt) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "a sanitizer would report the leak";
  const LeakingProgram program;
  Runner runner;
  RandomSource source;
  const Outcome outcome = runner.Run(program, source, RunOptions());
  EXPECT_EQ(outcome.violation.law, LawId::kNoOrphan);
  EXPECT_TRUE(absl::StrContains(outcome.violation.reason, "are left after everything was destroyed\n"
                                                          "  kept alive: response first -> connection second -> "
                                                          "response first\n"))
      << outcome.violation.reason;
}

}  // namespace
}  // namespace sim
