#include "sim/scenario/loader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/choice/prng.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The example of the documentation.
constexpr char kExample[] = R"(# proto-file: sim/scenario.proto   proto-message: sim.Scenario
#
# A waiter that is cancelled in the same step in which it is handed a freed slot must pass the slot on.
name: "cancelled_waiter_passes_the_slot_on"

client { limit: 1  keepalive_timeout { seconds: 15 } }

origin { host: "a.test" responses { status: 200 body { bytes: 10 } } }

workload {
  request { id: "first"  host: "a.test" }
  request { id: "second" host: "a.test" may_cancel: true }   # offers "task.cancel" at each of its suspensions
  request { id: "third"  host: "a.test" deadline { seconds: 30 } }
}

offer { label: "loop.next" }                                 # explore every order of ready sources
offer { label: "link.delay" menu_ms: [0, 1, 10] }

expect { completed: ["first", "third"] }                     # "second" may end either way
)";

// Everything at once, so that a mutation of it reaches every part of the loader.
constexpr char kEverything[] = R"(name: "all"
tags: ["a", "b"]
client {
  limit: 2 limit_per_host: 1 keepalive_timeout { seconds: 1 } read_low_water: 100 read_high_water: 200
  timeout { total { seconds: 9 } sock_read { nanos: 5 } } max_read_menu: [100, 7] write_high_water: 9 write_low_water: 1
  drain_bytes_max: 10 drain_timeout { nanos: 5 } close_timeout { seconds: 3 }
}
network { window_menu: [1000, 10] buffer_menu: [1000] bandwidth: 1000000 latency { nanos: 1000 } tcp: true }
origin {
  host: "a.test" port: 8080 addresses: ["10.0.0.9", "::1"] idle_timeout { seconds: 1 } read_delay { nanos: 1 }
  says_timeout: true dead_addresses: ["10.9.9.9"]
  responses { path: "/x" status: 201 headers { name: "x-a" value: "b" }
    body { bytes_menu: [10, 100] framing: CHUNKED chunk_menu: [7, 1] }
    pace { before_head { nanos: 1 } delay { nanos: 2 } pieces: 3 } trailers { name: "x-t" value: "u" }
    informational: [103, 102] early: true connection_close: true stray: true hangs_up: false no_continue: true }
  responses { silent: AFTER_BYTES silent_after_bytes: 4 body { bytes: 9 } }
  responses { path: "/ws" silent: BEFORE_HEAD websocket { wrong_accept: true messages_menu: [2, 1] no_pong: true
    message { bytes_menu: [5, 0] type: EITHER } fragment_menu: [0, 3] delay { nanos: 7 } ping_every: 2
    ending: CLOSES close_code: 4000 ignores_close: true close_delay { nanos: 8 } compress {} } }
  responses { body { bytes: 9 encoding: DEFLATE } }
}
workload {
  graceful_close: true
  request { id: "r" method: "PUT" host: "a.test" port: 8080 path: "/x"
    body { bytes: 3 chunked: true piece: 2 expect_continue: true }
    may_cancel: true deadline { seconds: 1 } read { chunk: 3 delay { nanos: 1 } } start_after { nanos: 1 } }
  task { id: "t" may_cancel: true
    step { id: "g" get { host: "a.test" port: 8080 timeout { connect { seconds: 1 } } } }
    step { read { from: "g" bytes: 1 chunk: 1 } }
    step { may_fail: true post { host: "a.test" port: 8080
      body { bytes_menu: [1, 2] source: LATER delay { nanos: 1 } piece_menu: [2, 1] } } }
    step { head { host: "a.test" port: 8080 } } step { release {} } step { close { from: "g" } } step { drop {} }
    step { sleep { seconds: 1 } } step { cancel { task: "r" } } step { wait { task: "r" } }
    step { read_to_end { chunk: 1 any_way: true } } step { close_session { graceful: true } }
    step { abandon { from: "g" } } step { abandon_session {} } may_abandon: true }
  task { id: "w"
    step { id: "c" connect_websocket { host: "a.test" port: 8080 path: "/ws" deadline { seconds: 1 }
      socket { heartbeat { seconds: 2 } close_timeout { seconds: 3 } low_water: 1 high_water: 2 fragment: 4
        compress { client_max_window_bits: 8 client_no_context_takeover: true } } } }
    step { send { messages_menu: [1, 2] message { bytes: 9 } background: true patience { nanos: 5 }
      parts { piece: 2 source: LATER delay { nanos: 1 } } } }
    step { receive { from: "c" messages: 2 delay { nanos: 1 } any_way: true } }
    step { may_fail: true receive { to_end: true patience { nanos: 1 } } }
    step { ping { background: true } } step { close_websocket { code: 1001 } } step { drop {} } }
  storm { id: "s" tasks: 2 operations_min: 2 operations_max: 3 hosts: "a.test"
    kinds: [READ, ABANDON, CANCEL, ANY_READ, WS_TALK, WS_ABANDON]
    body { bytes_menu: [1, 2] } part_menu: [7, 1] sleep_menu_ms: [1, 5] timeout { total { seconds: 1 } }
    message { bytes: 3 type: TEXT }
    socket { heartbeat { seconds: 1 } }
    may_cancel: true may_abandon: true }
}
offer { label: "link.delay" menu_us: [0, 5] }
offer { label: "gc.collect" menu_steps: [0, 9] }
faults { hold: true reset: true half_close: true max_faults: 2 connect: true dns: true server_close: true }
chaos { time { seconds: 5 } steps: 100 }
assert { no_deadlock: false no_truncation: true }
expect { completed: ["t"] failed: ["r"] }
memory: HEAP
canary: MUST_FAIL
history { link: "https://x.test/1" class: "leak" depth: 2 laws: ["NO-ORPHAN", "PAUSE=>RESUME"] }
)";

std::vector<std::string> Errors(absl::string_view text) {
  const LoadResult result = LoadScenarioText(text, "f");
  EXPECT_EQ(result.program == nullptr, !result.errors.empty());
  return result.errors;
}

// A scenario that is right, with `more` at its end.
std::vector<std::string> ErrorsWith(absl::string_view more) {
  constexpr char kRight[] =
      "name: \"x\" origin { host: \"a.test\" } workload { request { id: \"r\" host: \"a.test\" } }\n";
  return Errors(absl::StrCat(kRight, more));
}

TEST(LoaderTest, TheExampleOfTheDocumentationLoadsAsItIs) {
  const LoadResult result = LoadScenarioText(kExample, "f");
  ASSERT_THAT(result.errors, IsEmpty());
  const ScenarioPlan& plan = result.program->plan();
  EXPECT_EQ(plan.name, "cancelled_waiter_passes_the_slot_on");
  EXPECT_EQ(plan.client.limit, 1u);
  ASSERT_EQ(plan.tasks.size(), 3u);
  EXPECT_EQ(plan.tasks[2].id, "third");
  EXPECT_EQ(plan.tasks[2].steps[0].timeout.total, absl::Seconds(30));
  EXPECT_TRUE(plan.world.offers.Has(Label::kTaskCancel));
  EXPECT_FALSE(plan.world.offers.Has(Label::kLinkFate));
  EXPECT_THAT(plan.world.menus[static_cast<size_t>(Label::kLinkDelay)], ElementsAre(0, 1'000'000, 10'000'000));
  EXPECT_THAT(plan.completed, ElementsAre(0, 2));
}

TEST(LoaderTest, EveryFieldIsRead) {
  const LoadResult result = LoadScenarioText(kEverything, "f");
  ASSERT_THAT(result.errors, IsEmpty());
  const ScenarioPlan& plan = result.program->plan();
  EXPECT_FALSE(plan.laws.Has(LawId::kProgress));
  EXPECT_TRUE(plan.laws.Has(LawId::kExactBody));
  EXPECT_EQ(plan.memory, Memory::kHeap);
  EXPECT_EQ(plan.canary, ScenarioPlan::Canary::kMustFail);
  EXPECT_EQ(plan.history.link, "https://x.test/1");
  EXPECT_EQ(plan.history.bug_class, "leak");
  EXPECT_EQ(plan.history.depth, 2u);
  EXPECT_THAT(plan.history.laws, ElementsAre(LawId::kNoOrphan, LawId::kPauseResume));
  EXPECT_THAT(plan.network.window.menu(), ElementsAre(1000, 10));
  ASSERT_EQ(plan.origins[0].routes.size(), 3u);
  EXPECT_EQ(plan.origins[0].routes[0].path, "/x");
  EXPECT_EQ(plan.origins[0].routes[2].responses[0].silent_after_bytes, 4u);
  EXPECT_TRUE(plan.origins[0].routes[0].responses[0].stray);
  EXPECT_TRUE(plan.origins[0].routes[0].responses[0].no_continue);
  EXPECT_TRUE(plan.tasks[0].steps[1].upload.expect_continue);
  EXPECT_TRUE(plan.origins[0].says_timeout);
  EXPECT_THAT(plan.origins[0].dead_addresses, ElementsAre("10.9.9.9"));
  EXPECT_TRUE(plan.world.offers.Has(Label::kWorkloadNext));
  EXPECT_EQ(plan.tasks[0].steps[1].url, "http://a.test:8080/x");
  EXPECT_EQ(plan.tasks[1].operations, 3u);
  EXPECT_EQ(plan.tasks[1].steps[1].operation, 0u);
  EXPECT_EQ(plan.world.chaos_steps, 100u);
  EXPECT_TRUE(plan.tasks[1].may_abandon);
  EXPECT_THAT(plan.world.menus[static_cast<size_t>(Label::kGcCollect)], ElementsAre(0, 9));
  ASSERT_EQ(plan.storms.size(), 1u);
  EXPECT_EQ(plan.storms[0].first_task, 3u);
  EXPECT_EQ(plan.storms[0].tasks, 2u);
  EXPECT_THAT(plan.storms[0].urls, ElementsAre("http://a.test:8080/x", "http://a.test:8080/"));
  EXPECT_THAT(plan.storms[0].sleeps_ns, ElementsAre(1'000'000, 5'000'000));
  EXPECT_THAT(plan.storms[0].socket_urls, ElementsAre("ws://a.test:8080/ws"));
  EXPECT_EQ(plan.storms[0].socket.heartbeat_ns, 1'000'000'000);
  EXPECT_EQ(plan.storms[0].message.type, MessagePlan::Type::kText);
  ASSERT_EQ(plan.tasks.size(), 5u);
  EXPECT_EQ(plan.tasks[4].id, "s-2");
  EXPECT_EQ(plan.tasks[4].operations, 6u);
}

TEST(LoaderTest, EveryFieldOfAWebSocketIsRead) {
  const LoadResult result = LoadScenarioText(kEverything, "f");
  ASSERT_THAT(result.errors, IsEmpty());
  const ResponsePlan& response = result.program->plan().origins[0].routes[1].responses[0];
  ASSERT_TRUE(response.is_websocket);
  EXPECT_TRUE(response.websocket.wrong_accept);
  EXPECT_THAT(response.websocket.messages.menu(), ElementsAre(2, 1));
  EXPECT_THAT(response.websocket.message.bytes.menu(), ElementsAre(5, 0));
  EXPECT_EQ(response.websocket.message.type, MessagePlan::Type::kEither);
  EXPECT_THAT(response.websocket.fragment.menu(), ElementsAre(0, 3));
  EXPECT_EQ(response.websocket.delay_ns, 7);
  EXPECT_EQ(response.websocket.ping_every, 2u);
  EXPECT_FALSE(response.websocket.pongs);
  EXPECT_EQ(response.websocket.ending, WebSocketPlan::Ending::kCloses);
  EXPECT_EQ(response.websocket.close_code, 4000);
  EXPECT_TRUE(response.websocket.ignores_close);
  EXPECT_EQ(response.websocket.close_delay_ns, 8);
  EXPECT_EQ(response.websocket.compress, client::DeflateParameters());
  const std::vector<StepPlan>& steps = result.program->plan().tasks[2].steps;
  EXPECT_EQ(steps[0].url, "ws://a.test:8080/ws");
  EXPECT_EQ(steps[0].timeout.total, absl::Seconds(1));
  EXPECT_EQ(steps[0].socket.heartbeat_ns, 2'000'000'000);
  EXPECT_EQ(steps[0].socket.close_timeout_ns, 3'000'000'000);
  EXPECT_TRUE(steps[0].socket.low_water == 1 && steps[0].socket.high_water == 2);
  EXPECT_EQ(steps[0].socket.fragment, 4u);
  EXPECT_EQ(steps[0].socket.compress, (client::DeflateParameters{8, 15, true, false}));
  EXPECT_EQ(steps[1].patience_ns, 5);
  EXPECT_THAT(steps[1].messages.menu(), ElementsAre(1, 2));
  EXPECT_TRUE(steps[1].background && steps[1].upload.present);
  EXPECT_EQ(steps[2].delay_ns, 1);
  EXPECT_TRUE(steps[2].any_way && steps[3].to_end);
  EXPECT_EQ(steps[3].patience_ns, 1);
  EXPECT_TRUE(steps[4].background);
  EXPECT_EQ(steps[5].close_code, 1001);
}

TEST(LoaderTest, WhatCanBeAbandonedOffersTheCollectorsDecisions) {
  for (const char* more : {"workload { storm { id: \"s\" kinds: ABANDON } }",
                           "workload { request { id: \"s\" host: \"a.test\" may_abandon: true } }",
                           "workload { task { id: \"s\" step { abandon_session {} } } }"}) {
    const LoadResult result = LoadScenarioText(absl::StrCat("name: \"x\" origin { host: \"a.test\" } ", more), "f");
    ASSERT_THAT(result.errors, IsEmpty()) << more;
    EXPECT_TRUE(result.program->config().offers.Has(Label::kGcCollect)) << more;
    EXPECT_TRUE(result.program->config().offers.Has(Label::kGcOrder)) << more;
  }
}

TEST(LoaderTest, AStormThatMakesNoSenseHasItsReasons) {
  const auto errors = [](absl::string_view workload) {
    return Errors(absl::StrCat("name: \"x\" origin { host: \"a.test\" } workload { ", workload, " }"));
  };
  EXPECT_THAT(errors("storm { id: \"s\" }"), ElementsAre(HasSubstr("no kinds")));
  EXPECT_THAT(errors("storm { id: \"s\" kinds: READ hosts: \"b.test\" }"),
              ElementsAre(HasSubstr("no origin for b.test")));
  EXPECT_THAT(errors("storm { id: \"s\" kinds: READ operations_min: 9 operations_max: 8 }"),
              ElementsAre(HasSubstr("9 is not between 0 and 8")));
  EXPECT_THAT(errors("storm { kinds: READ }"), ElementsAre(HasSubstr("no id")));
  EXPECT_THAT(errors("storm { id: \"s\" kinds: WS_TALK }"), ElementsAre(HasSubstr("no WebSocket for its users")));
  EXPECT_THAT(errors("task { id: \"s-1\" step { sleep {} } } storm { id: \"s\" kinds: READ }"),
              ElementsAre(HasSubstr("a second task or request \"s-1\"")));
}

TEST(LoaderTest, TheCollectorsMenuIsOneOfSteps) {
  EXPECT_THAT(ErrorsWith("offer { label: \"gc.collect\" menu_steps: [0, 2] }"), IsEmpty());
  EXPECT_THAT(ErrorsWith("offer { label: \"gc.collect\" menu_steps: [1, 2] }"),
              ElementsAre(HasSubstr("the first one 0")));
  EXPECT_THAT(ErrorsWith("offer { label: \"gc.collect\" menu_ms: [0, 2] }"), ElementsAre(HasSubstr("one of steps")));
  EXPECT_THAT(ErrorsWith("offer { label: \"link.delay\" menu_steps: [0, 2] }"), ElementsAre(HasSubstr("of times")));
}

TEST(LoaderTest, AnErrorOfSyntaxHasItsPlace) {
  EXPECT_THAT(Errors("name: \"x\"\n  origin { host }"), ElementsAre(HasSubstr("f:2:17: Expected")));
  EXPECT_THAT(Errors("client { limit: \"x\" }"), ElementsAre(HasSubstr("f:1:17: Expected integer")));
  EXPECT_THAT(Errors("client { limit: 99999999999 }"), ElementsAre(HasSubstr("f:1:17: Integer out of range")));
  EXPECT_THAT(Errors("canary: MUST"), ElementsAre(HasSubstr("f:1:13: Unknown enumeration value of \"MUST\"")));
  EXPECT_THAT(Errors("name: \"a\" name: \"b\""), ElementsAre(HasSubstr("specified multiple times")));
}

TEST(LoaderTest, AllUnknownFieldsAndAllThatMakesNoSenseComeAtOnce) {
  EXPECT_THAT(Errors("name: \"x\"\n"
                     "client { limits: 1 read_low_water: 9 read_high_water: 4 }\n"
                     "origin { host: \"a.test\" }\n"
                     "workload {\n"
                     "  request { id: \"a\" host: \"b.test\" }\n"
                     "  request { id: \"a\" hosts: \"a.test\" host: \"a.test\" }\n"
                     "}\n"),
              ElementsAre("f:2:16: Message type \"sim.Scenario.Client\" has no field named \"limits\".",
                          "f:2:20: read_low_water: above read_high_water",
                          "f:5:21: no origin for b.test:80",
                          "f:6:13: a second task or request \"a\"",
                          "f:6:26: Message type \"sim.Scenario.Request\" has no field named \"hosts\"."));
}

TEST(LoaderTest, AnEmptyFileSaysWhatIsMissing) {
  EXPECT_THAT(Errors(""), ElementsAre("f:1:1: no name", "f:1:1: no origin", "f:1:1: no workload"));
  EXPECT_THAT(Errors("name: \"x\" origin {} workload {}"),
              ElementsAre("f:1:11: no host", "f:1:21: no task and no request"));
}

struct Mistake {
  const char* text;
  const char* error;
};

class MistakeTest : public ::testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsReportedAtItsPlace) {
  EXPECT_THAT(ErrorsWith(GetParam().text), ElementsAre(absl::StrCat("f:", GetParam().error))) << GetParam().text;
}

// Each begins in line 2.
constexpr Mistake kMistakes[] = {
    {"offer { label: \"loop.nxt\" }", "2:9: \"loop.nxt\" is not a label of decisions"},
    {"offer { label: \"toy.value\" }", "2:9: toy.value: nothing in a scenario asks this"},
    {"offer { label: \"loop.next\" menu_ms: [0] }", "2:28: loop.next: has no menu"},
    {"offer { label: \"link.delay\" menu_ms: [1, 2] }", "2:29: menu_ms: the first value must be the dullest, 0"},
    {"offer { label: \"link.delay\" menu_ms: [0] menu_us: [0] }", "2:42: both menu_ms and menu_us"},
    {"offer { label: \"link.delay\" menu_ms: [0, 9999999999] }", "2:29: menu_ms: more than an hour"},
    {"offer { label: \"link.delay\" }\noffer { label: \"link.delay\" }", "3:9: link.delay: offered twice"},
    {"expect { completed: [\"q\"] }", "2:10: no task or request has the id \"q\""},
    {"sometimes: \"queud\"", "2:1: there is no mark \"queud\""},
    {"sometimes: \"queued\"\nsometimes: \"toy\"", "3:1: there is no mark \"toy\""},
    {"sometimes: \"queued: q\"", "2:1: no task or request has the id \"q\""},
    {"sometimes: \"reset: r\"", "2:1: \"reset\" is not said of requests"},
    {"sometimes: [\"queued\", \"queued\"]", "2:1: \"queued\" is listed twice"},
    {"expect { completed: [\"r\", \"r\"] }", "2:10: \"r\" is listed twice"},
    {"expect { completed: [\"r\"] failed: [\"r\"] }", "2:27: expected to complete and to fail"},
    {"client { limit: 100000 }", "2:10: limit: 100000 is not between 0 and 10000"},
    {"client { max_read: 0 }", "2:10: max_read: 0 is not between 1 and 1048576"},
    {"client { max_read_menu: [5, 0] }", "2:10: max_read_menu: 0 is not between 1 and 1048576"},
    {"client { max_read: 1 max_read_menu: [5] }", "2:22: both max_read and max_read_menu"},
    {"client { keepalive_timeout { seconds: -1 } }", "2:10: keepalive_timeout: not between 0 and 30 days"},
    {"client { timeout { total { nanos: 1000000000 } } }", "2:20: total: not between 0 and 30 days"},
    {"network { window: 99999999 }", "2:11: window: 99999999 is not between 1 and 4194304"},
    {"chaos { steps: 9999999 }", "2:9: steps: 9999999 is not between 0 and 1000000"},
    {"origin { host: \"A\" }", "2:10: host: not a name in lower case"},
    {"origin { host: \"a.test\" }", "2:10: a second origin for a.test:80"},
    {"origin { host: \"b.test\" port: 70000 }", "2:25: port: 70000 is not between 1 and 65535"},
    {"origin { host: \"b.test\" addresses: \"x\" }", "2:25: addresses: not a numeric address"},
    {"origin { host: \"b.test\" addresses: \"10.0.0.1\" }", "2:25: 10.0.0.1 belongs to a.test already"},
    {"origin { host: \"b.test\" responses { status: 100 } }", "2:37: status: 100 is not between 200 and 599"},
    {"origin { host: \"b.test\" responses { status: 204 body {} } }", "2:49: a response 204 has no body"},
    {"origin { host: \"b.test\" responses { headers { name: \"x y\" } } }", "2:47: not the name of a header field"},
    {"origin { host: \"b.test\" responses { headers { name: \"x\" value: \"a\\r\\nb\" } } }",
     "2:57: not the value of a header field of at most 4096 bytes"},
    {"origin { host: \"b.test\" responses { headers { name: \"Content-Length\" value: \"1\" } } }",
     "2:47: Content-Length: follows from the framing of the body"},
    {"origin { host: \"b.test\" responses { trailers { name: \"x\" value: \"1\" } } }",
     "2:37: trailers need framing: CHUNKED"},
    {"origin { host: \"b.test\" responses { informational: 101 } }", "2:37: 101 is not an informational status"},
    {"origin { host: \"b.test\" responses { silent: AFTER_BYTES body { bytes: 1 } } }",
     "2:37: silent: AFTER_BYTES and silent_after_bytes belong together"},
    {"origin { host: \"b.test\" responses { silent: AFTER_BYTES silent_after_bytes: 9 body { bytes: 9 } } }",
     "2:57: silent_after_bytes: not less than the smallest body"},
    {"origin { host: \"b.test\" responses { silent: AFTER_HEAD body { bytes: 1 framing: UNTIL_CLOSE } } }",
     "2:37: with UNTIL_CLOSE the end of the silence would end the body"},
    {"origin { host: \"b.test\" responses { body { bytes: 99999999999 } } }",
     "2:44: bytes: 99999999999 is not between 0 and 67108864"},
    {"origin { host: \"b.test\" responses { body { bytes: 9000000 chunk: 1 } } }",
     "2:59: 9000000 bytes in pieces of 1 are more than 100000 pieces"},
    {"origin { host: \"b.test\" responses { status: 200 websocket {} } }",
     "2:37: status: not of the path of a WebSocket"},
    {"origin { host: \"b.test\" responses { silent: AFTER_HEAD websocket {} } }",
     "2:37: silent: on a WebSocket, BEFORE_HEAD, or ending: FALLS_SILENT"},
    {"origin { host: \"b.test\" responses { websocket { echo: true ending: CLOSES } } }",
     "2:60: who echoes stays: it never knows that nothing more will come"},
    {"origin { host: \"b.test\" responses { websocket { close_code: 4000 } } }",
     "2:49: close_code belongs to ending: CLOSES"},
    {"origin { host: \"b.test\" responses { websocket { ending: CLOSES close_code: 1006 } } }",
     "2:64: close_code: 1006 must not be sent in a Close"},
    {"origin { host: \"b.test\" responses { websocket { messages: 99999 message { bytes: 9999 } } } }",
     "2:49: messages: more than 64 MiB in all"},
    {"origin { host: \"b.test\" responses { path: \"x\" } }", "2:37: path: not / and visible characters without #"},
};

INSTANTIATE_TEST_SUITE_P(LoaderTest, MistakeTest, ::testing::ValuesIn(kMistakes));

// The same for what stands in a workload.
class StepMistakeTest : public ::testing::TestWithParam<Mistake> {};

TEST_P(StepMistakeTest, IsReportedAtItsPlace) {
  const std::string text = absl::StrCat(
      "name: \"x\" origin { host: \"a.test\" responses { path: \"/\" } } workload {\n",
      "request { id: \"r\" host: \"a.test\" }\n",
      GetParam().text, "\n}");
  EXPECT_THAT(Errors(text), ElementsAre(absl::StrCat("f:", GetParam().error))) << GetParam().text;
}

// Each begins in line 3.
constexpr Mistake kStepMistakes[] = {
    {"request { id: \"a b\" host: \"a.test\" }", "3:11: id: not a word of letters, digits, _ and -"},
    {"request { host: \"a.test\" }", "3:1: no id"},
    {"request { id: \"pool\" host: \"a.test\" }", "3:11: \"pool\" is the name of something else in a world"},
    {"request { id: \"a\" }", "3:1: no host"},
    {"request { id: \"a\" host: \"a.test\" port: 81 }", "3:19: no origin for a.test:81"},
    {"request { id: \"a\" host: \"a.test\" path: \"/x\" }", "3:34: a.test has no response for /x"},
    {"request { id: \"a\" host: \"a.test\" path: \"x\" }", "3:34: path: not / and visible characters without #"},
    {"request { id: \"a\" host: \"a.test\" method: \"G T\" }", "3:34: method: not a method that a client can use here"},
    {"request { id: \"a\" host: \"a.test\" deadline {} timeout { total {} } }",
     "3:34: both deadline and timeout.total"},
    {"request { id: \"a\" host: \"a.test\" read { chunk: 0 } }", "3:41: chunk: 0 is not between 1 and 67108864"},
    {"request { id: \"a\" host: \"a.test\" body { bytes: 1 piece: 0 } }",
     "3:50: piece: 0 is not between 1 and 4194304"},
    {"task { id: \"t\" }", "3:1: no step"},
    {"task { id: \"t\" step {} }", "3:16: a step without anything to do"},
    {"task { id: \"t\" step { read { bytes: 1 } } }", "3:16: no request before this step"},
    {"task { id: \"t\" step { get { host: \"a.test\" } } step { read {} } }",
     "3:55: no bytes: how much is to be read"},
    {"task { id: \"t\" step { get { host: \"a.test\" } } step { release { from: \"q\" } } }",
     "3:65: no request with the id \"q\" before this step"},
    {"task { id: \"t\" step { get { host: \"a.test\" body {} } } }", "3:44: get sends no body"},
    {"task { id: \"t\" step { id: \"s\" sleep {} } }", "3:23: only requests and WebSockets have an id"},
    {"task { id: \"t\" step { may_fail: true sleep {} } }", "3:23: sleep cannot fail"},
    {"task { id: \"t\" step { get { host: \"a.test\" } } step { send {} } }", "3:48: no WebSocket before this step"},
    {"task { id: \"t\" step { connect_websocket { host: \"a.test\" } } step { read { bytes: 1 } } }",
     "3:62: no request before this step"},
    {"task { id: \"t\" step { id: \"g\" get { host: \"a.test\" } } step { connect_websocket { host: \"a.test\" } }\n"
     "step { ping { from: \"g\" } } }",
     "4:15: no WebSocket with the id \"g\" before this step"},
    {"task { id: \"t\" step { connect_websocket { host: \"a.test\" socket { low_water: 9 high_water: 8 } } } }",
     "3:67: low_water: above high_water"},
    {"task { id: \"t\" step { connect_websocket { host: \"a.test\" } } step { close_websocket { code: 7 } } }",
     "3:87: code: 7 must not be sent in a Close"},
    {"task { id: \"t\" step { connect_websocket { host: \"a.test\" } }\n"
     "step { send { message { type: TEXT } parts { piece: 1 } } } }",
     "4:25: type: parts are of binary messages"},
    {"task { id: \"t\" step { connect_websocket { host: \"a.test\" } } step { receive { messages: 2 to_end: true } } }",
     "3:79: both messages and to_end"},
    {"task { id: \"t\" step { cancel { task: \"q\" } } }", "3:32: no task or request has the id \"q\""},
    {"task { id: \"t\" step { wait { task: \"t\" } } }", "3:30: a task cannot cancel itself or wait for itself"},
    {"task { id: \"t\" step { wait { task: \"u\" } } } task { id: \"u\" step { wait { task: \"t\" } } }",
     "1:61: \"t\" waits for a task that waits for it"},
};

INSTANTIATE_TEST_SUITE_P(LoaderTest, StepMistakeTest, ::testing::ValuesIn(kStepMistakes));

TEST(LoaderTest, NoScenarioCanAskForMoreMemoryThanThereIs) {
  std::string text =
      "name: \"x\" client { read_high_water: 4000000 } network { window: 4000000 send_buffer: 4000000 }\n"
      "origin { host: \"a.test\" responses { body { bytes: 60000000 } } } workload {\n";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&text, "request { id: \"r", i, "\" host: \"a.test\" }\n");
  EXPECT_THAT(Errors(text + "}"), ElementsAre(HasSubstr("more than 128 MiB")));
}

TEST(LoaderTest, NoMoreThanAThousandTasks) {
  std::string text = "name: \"x\" origin { host: \"a.test\" } workload {\n";
  for (int i = 0; i < 1001; ++i) absl::StrAppend(&text, "request { id: \"r", i, "\" host: \"a.test\" }\n");
  EXPECT_THAT(Errors(text + "}"), ElementsAre("f:1:37: more than 1000 tasks and requests"));
}

TEST(LoaderTest, NestingHasALimit) {
  std::string text = "name: \"x\" ";
  for (int i = 0; i < 100'000; ++i) text += "client { a {";
  EXPECT_THAT(Errors(text).size(), ::testing::Ge(1u));
  std::string lists = "unknown: ";
  lists += std::string(500'000, '[');
  EXPECT_THAT(Errors(lists).size(), ::testing::Ge(1u));
}

TEST(LoaderTest, EveryPrefixOfAScenarioIsAProgramOrHasErrors) {
  const std::string text = kEverything;
  for (size_t size = 0; size <= text.size(); ++size) Errors(absl::string_view(text).substr(0, size));
}

TEST(LoaderTest, EveryMutationOfAScenarioIsAProgramOrHasErrors) {
  const std::string text = kEverything;
  Prng prng(1);
  constexpr char kBytes[] = "\0\xff\n\"'{}[]:,<>#0-9.aZ~ ";
  for (int i = 0; i < 8'000; ++i) {
    std::string mutated = text;
    for (uint32_t changes = 1 + prng.Below(3); changes-- > 0;) {
      const size_t at = prng.Below(static_cast<uint32_t>(mutated.size()));
      const char byte = kBytes[prng.Below(sizeof(kBytes) - 1)];
      if (prng.Below(3) == 0) {
        mutated.erase(at, 1 + prng.Below(9));
      } else if (prng.Below(2) == 0) {
        mutated.insert(at, 1 + prng.Below(4), byte);
      } else {
        mutated[at] = byte;
      }
    }
    Errors(mutated);
  }
}

class LoaderFileTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, absl::string_view bytes) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
};

TEST_F(LoaderFileTest, AFileIsCalledByItsPath) {
  const std::string path = Write("a.textproto", "nam: 1");
  EXPECT_THAT(LoadScenarioFile(path).errors, ::testing::Contains(HasSubstr(path + ":1:4: Message type")));
  EXPECT_THAT(LoadScenarioFile(Write("b.textproto", kExample)).errors, IsEmpty());
}

TEST_F(LoaderFileTest, WhatIsNoReadableFileIsSaidSo) {
  EXPECT_THAT(LoadScenarioFile("/no/such").errors, ElementsAre("/no/such: cannot be read: No such file or directory"));
  EXPECT_THAT(LoadScenarioFile("/tmp").errors, ElementsAre("/tmp: cannot be read: it is a directory"));
  EXPECT_THAT(LoadScenarioFile("/dev/zero").errors, ElementsAre("/dev/zero: cannot be read: it is not a file"));
  EXPECT_THAT(LoadScenarioFile("").errors, ElementsAre(": cannot be read: No such file or directory"));
}

TEST_F(LoaderFileTest, AHugeFileIsRefused) {
  const std::string path = Write("huge.textproto", std::string(kScenarioBytesMax + 1, '#'));
  EXPECT_THAT(LoadScenarioFile(path).errors, ElementsAre(HasSubstr("more than 1048576 bytes")));
}

TEST_F(LoaderFileTest, BinaryGarbageIsRefused) {
  std::string garbage;
  Prng prng(2);
  for (int i = 0; i < 10'000; ++i) garbage += static_cast<char>(prng.Below(256));
  EXPECT_THAT(LoadScenarioFile(Write("garbage.textproto", garbage)).errors.size(), ::testing::Ge(1u));
}

}  // namespace
}  // namespace sim
