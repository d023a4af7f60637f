#include "sim/scenario/reducible_scenario.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "sim/explore/campaign.h"
#include "sim/explore/isolated_runner.h"
#include "sim/explore/program_shrinker.h"
#include "sim/scenario/loader.h"

namespace sim {
namespace {

// A user who holds a response and asks for another one, among much that has nothing to do with it.
constexpr char kDeadlock[] = R"(name: "crowd" tags: "x"
client { limit: 1 limit_per_host: 1 read_low_water: 1000 read_high_water: 4000 max_read_menu: [65536, 1000] }
network { window_menu: [65536, 4096] buffer_menu: [65536, 16384] latency { nanos: 1000000 } }
origin {
  host: "a.test" idle_timeout { seconds: 5 }
  responses { path: "/big" body { bytes_menu: [500000, 700000] chunk: 1000 } headers { name: "x-a" value: "b" } }
  responses { path: "/small" body { bytes: 10 } }
}
origin { host: "b.test" responses { body { bytes: 1 } } }
workload {
  request { id: "other" host: "b.test" deadline { seconds: 9 } }
  task { id: "rival" step { get { host: "b.test" } } step { read_to_end {} } step { wait { task: "other" } } }
  task {
    id: "user"
    step { sleep { nanos: 5000000 } }
    step { id: "first" get { host: "a.test" path: "/big" } }
    step { sleep { nanos: 1000000 } }
    step { get { host: "a.test" path: "/small" } }
    step { read_to_end {} }
    step { read_to_end { from: "first" } }
  }
}
offer { label: "loop.next" } offer { label: "link.split" } offer { label: "link.delay" menu_ms: [0, 1, 10] }
faults { hold: true max_faults: 2 }
sometimes: ["queued", "reading paused: user"]
expect { completed: ["other", "rival"] }
)";

// The same bug of the users, drawn.
constexpr char kStorm[] = R"(name: "storm"
client { limit: 1 read_low_water: 1000 read_high_water: 4000 }
network { window: 4096 }
origin {
  host: "a.test"
  responses { path: "/big" body { bytes_menu: [10, 500000] } }
  responses { path: "/small" body { bytes: 10 } }
}
workload {
  storm {
    id: "user" tasks: 2 kinds: [READ, HEAD, RELEASE, PUT, POST, SLEEP, CANCEL, NESTED]
    body { bytes_menu: [100, 0] } part_menu: [5, 1]
  }
}
offer { label: "loop.next" }
)";

std::string Everything() {
  return R"(name: "all" tags: ["a", "b"]
    client { limit: 2 keepalive_timeout { seconds: 1 nanos: 500000000 } max_read_menu: [100, 7] }
    origin { host: "a.test" responses { status: 201 headers { name: "x" value: "a \"b\" { }" } body { bytes: 5 } } }
    workload {
      request { id: "one" host: "a.test" body { bytes_menu: [1, 2, 3] chunked: true source: LATER } }
      task { id: "two" step { may_fail: true get { host: "a.test" } } step { read_to_end {} } }
      graceful_close: true
    }
    offer { label: "loop.next" } faults { hold: true } assert { no_deadlock: true })";
}

Scenario Parsed(const std::string& text) {
  Scenario scenario;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &scenario)) << text;
  return scenario;
}

EditRules NoRules() { return {}; }

TEST(MessageEditsTest, PrettyTextIsTheSameMessage) {
  for (const std::string& text : {Everything(), std::string(kDeadlock), std::string(kStorm)}) {
    const Scenario scenario = Parsed(text);
    const std::string pretty = PrettyText(scenario);
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(scenario, Parsed(pretty))) << pretty;
  }
}

TEST(MessageEditsTest, EveryEditChangesTheMessageAndMakesItNoLarger) {
  const Scenario scenario = Parsed(Everything());
  const std::vector<MessageEdit> edits = EditsOf(scenario, NoRules());
  EXPECT_GT(edits.size(), 40u);
  for (const MessageEdit& edit : edits) {
    Scenario edited = scenario;
    Apply(edit, &edited);
    EXPECT_FALSE(google::protobuf::util::MessageDifferencer::Equals(scenario, edited)) << edit.field->full_name();
    EXPECT_LE(edited.ByteSizeLong(), scenario.ByteSizeLong()) << edit.field->full_name();
  }
}

TEST(MessageEditsTest, TheirEndIsNothing) {
  Scenario scenario = Parsed(Everything());
  int taken = 0;
  for (std::vector<MessageEdit> edits = EditsOf(scenario, NoRules()); !edits.empty() && taken < 1000; ++taken) {
    Apply(edits.back(), &scenario);  // the finest first: all of them come
    edits = EditsOf(scenario, NoRules());
  }
  EXPECT_EQ(scenario.ByteSizeLong(), 0u);
}

TEST(MessageEditsTest, WhatIsKeptIsNotTouched) {
  EditRules rules;
  rules.keeps = {"name", "workload"};
  rules.is_no_amount = {"limit"};
  for (const MessageEdit& edit : EditsOf(Parsed(Everything()), rules)) {
    EXPECT_NE(edit.field->name(), "name");
    EXPECT_NE(edit.field->name(), "workload");
    if (!edit.path.empty()) {
      EXPECT_NE(edit.path[0].first->name(), "workload");
    }
    if (edit.field->name() == "limit") {
      EXPECT_EQ(edit.kind, MessageEdit::Kind::kRemove);
    }
  }
}

TEST(MessageEditsTest, AMenuOfOneIsAValue) {
  const Scenario scenario = Parsed("client { max_read_menu: 7 } network { buffer_menu: 9 }");
  Scenario edited = scenario;
  for (const MessageEdit& edit : EditsOf(scenario, NoRules())) {
    if (edit.kind == MessageEdit::Kind::kOnly) Apply(edit, &edited);
  }
  EXPECT_EQ(edited.ShortDebugString(), Parsed("client { max_read: 7 } network { send_buffer: 9 }").ShortDebugString());
}

TEST(MessageEditsTest, WhatWasTakenOutIsSaidOnce) {
  const Scenario more = Parsed(Everything());
  Scenario less = more;
  less.clear_client();
  less.mutable_workload()->mutable_task(0)->mutable_step()->DeleteSubrange(1, 1);
  EXPECT_EQ(RemovedFrom(more, less), "client, workload.task.step (1 of 2)");
  EXPECT_EQ(RemovedFrom(more, more), "");
}

struct Found {
  ReducibleProgram::Ptr scenario;
  ShrunkProgram shrunk;
  size_t decisions = 0;  // before
};

Found FindAndShrink(const char* text, bool everywhere = false) {
  Found found;
  found.scenario = ReducibleScenario::Parse(text, everywhere);
  CampaignOptions options;
  options.runs = 2000;
  options.laws = LawSet::Only(LawId::kProgress);
  if (found.scenario == nullptr) {
    ADD_FAILURE() << "it does not load";
    return found;
  }
  const CampaignResult result = RunCampaign(found.scenario->program(), options);
  if (result.failures.empty()) {
    ADD_FAILURE() << "all held";
    return found;
  }
  const CampaignFailure& failure = result.failures[0];
  const SparseTape tape = Sparse(failure.tape.data(), failure.tape.data() + failure.tape.size());
  found.decisions = tape.size();
  ShrinkOptions shrink;
  shrink.laws = options.laws;
  found.shrunk = ShrinkProgram(found.scenario, tape, failure.outcome.violation, shrink);
  return found;
}

// The text loads, and with the tape it fails as it did.
void FailsFromItsText(const Found& found) {
  ASSERT_NE(found.shrunk.program, nullptr);
  const std::string text = found.shrunk.program->Text("shrunk");
  const LoadResult loaded = LoadScenarioText(text, "shrunk");
  ASSERT_NE(loaded.program, nullptr) << text;
  IsolatedRunner runner(*loaded.program, {});
  TapeRun run;
  run.tape = found.shrunk.tape.tape;
  run.laws = LawSet::Only(LawId::kProgress);
  const TapeRunReport report = runner.Run(run);
  EXPECT_EQ(report.outcome.violation.law, LawId::kProgress) << text;
  EXPECT_EQ(report.outcome.digest, found.shrunk.tape.outcome.digest) << text;
  EXPECT_EQ(report.drift, "") << text;
}

TEST(ReducibleScenarioTest, OnlyTheDeadlockIsLeft) {
  const Found found = FindAndShrink(kDeadlock);
  FailsFromItsText(found);
  const std::string text = found.shrunk.program->Text("shrunk");
  const Scenario left = Parsed(text);
  EXPECT_EQ(left.origin_size(), 1) << text;
  EXPECT_EQ(left.workload().request_size(), 0) << text;
  ASSERT_EQ(left.workload().task_size(), 1) << text;
  EXPECT_LE(left.workload().task(0).step_size(), 3) << text;
  EXPECT_FALSE(left.has_network()) << text;
  EXPECT_FALSE(left.has_faults()) << text;
  EXPECT_FALSE(left.has_expect()) << text;
  EXPECT_EQ(left.sometimes_size(), 0) << text;
  EXPECT_EQ(left.offer_size(), 0) << text;
  EXPECT_EQ(left.name(), "shrunk");
  EXPECT_TRUE(found.shrunk.tape.tape.empty());
  const std::string removed = found.shrunk.program->Removed();
  EXPECT_TRUE(absl::StrContains(removed, "origin (1 of 2)")) << removed;
  EXPECT_TRUE(absl::StrContains(removed, "workload.request")) << removed;
}

TEST(ReducibleScenarioTest, AStormBecomesSteps) {
  const Found found = FindAndShrink(kStorm);
  FailsFromItsText(found);
  const std::string text = found.shrunk.program->Text("shrunk");
  const Scenario left = Parsed(text);
  EXPECT_EQ(left.workload().storm_size(), 0) << text;
  int steps = 0;
  for (const auto& task : left.workload().task()) steps += task.step_size();
  EXPECT_LE(steps, 5) << text;
  EXPECT_LE(found.shrunk.tape.tape.size(), 2u) << text;
}

// What a storm draws, written down, is the same run: nothing but the draws is missing from its tape.
TEST(ReducibleScenarioTest, AStormThatIsWrittenDownDoesTheSame) {
  const ReducibleProgram::Ptr storm = ReducibleScenario::Parse(kStorm, false);
  ASSERT_NE(storm, nullptr);
  int written = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    IsolatedRunner runner(storm->program(), {});
    TapeRun run;
    run.random_from = 0;
    run.seed = seed;
    const Outcome outcome = runner.Run(run).outcome;
    SparseTape tape = RecordedSparse(runner.history());
    const ReducibleProgram::Ptr steps = storm->WrittenDown(runner.history(), &tape);
    if (steps == nullptr) continue;  // nobody did anything
    ++written;
    IsolatedRunner again(steps->program(), {});
    TapeRun replay;
    replay.tape = tape;
    const TapeRunReport report = again.Run(replay);
    EXPECT_EQ(report.outcome.violation.law, outcome.violation.law) << seed << "\n" << steps->Text("steps");
    EXPECT_EQ(report.outcome.steps, outcome.steps) << seed << "\n" << steps->Text("steps");
    EXPECT_EQ(report.outcome.elapsed_ns, outcome.elapsed_ns) << seed;
    EXPECT_EQ(report.unused, 0u) << seed << "\n" << steps->Text("steps");
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(written, 150);
}

TEST(ReducibleScenarioTest, ReductionsThatMakeNoSenseAreNull) {
  const ReducibleProgram::Ptr scenario = ReducibleScenario::Parse(kDeadlock, false);
  ASSERT_NE(scenario, nullptr);
  size_t senseless = 0;
  for (size_t i = 0; i < scenario->reductions(); ++i) {
    const ReducibleProgram::Ptr reduced = scenario->Reduce(i);
    if (reduced == nullptr) {
      ++senseless;
    } else {
      const std::string text = reduced->Text("reduced");
      EXPECT_NE(LoadScenarioText(text, "reduced").program, nullptr) << text;
    }
  }
  EXPECT_GT(senseless, 0u);
  EXPECT_LT(senseless, scenario->reductions());
  EXPECT_EQ(ReducibleScenario::Parse("nonsense", false), nullptr);
}

TEST(ReducibleScenarioTest, ASweptScenarioStaysSwept) {
  const ReducibleProgram::Ptr plain = ReducibleScenario::Parse(kDeadlock, false);
  const ReducibleProgram::Ptr swept = ReducibleScenario::Parse(kDeadlock, true);
  ReducibleProgram::Ptr reduced = swept->Reduce(0);
  for (size_t i = 0; reduced == nullptr; ++i) reduced = swept->Reduce(i);
  EXPECT_TRUE(swept->program().config().offers.Has(Label::kTaskCancel));
  EXPECT_TRUE(reduced->program().config().offers.Has(Label::kTaskCancel));
  EXPECT_FALSE(plain->program().config().offers.Has(Label::kTaskCancel));
}

}  // namespace
}  // namespace sim
