#include "sim/report/timeline.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "sim/choice/random_source.h"
#include "sim/net/fault_plan.h"
#include "sim/oracle/ledger.h"
#include "sim/toys/toys.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

template <class Event>
std::string Described(TraceKind kind, Event event) {
  History history;
  const TraceRecord record{0, 0, static_cast<uint64_t>(event), 0, static_cast<uint16_t>(kind), 0};
  return DescribeEvent(record, history);
}

TEST(TimelineTest, EventsHaveTheirWords) {
  EXPECT_EQ(Described(TraceKind::kPool, PoolEvent::kQueued), "waits for a slot");
  EXPECT_EQ(Described(TraceKind::kPool, PoolEvent::kClosed), "is closed");
  EXPECT_EQ(Described(TraceKind::kRequest, RequestEvent::kStarted), "starts");
  EXPECT_EQ(Described(TraceKind::kRequest, RequestEvent::kNotClosed), "was not closed");
  EXPECT_EQ(Described(TraceKind::kPayload, PayloadEvent::kEof), "has its eof");
  EXPECT_EQ(Described(TraceKind::kPayload, PayloadEvent::kResumed), "resumes its connection");
  EXPECT_EQ(Described(TraceKind::kFault, Fate::kHalfClose), "fault: half-closed");
  EXPECT_EQ(Described(TraceKind::kPool, 99), "event 99");
}

TEST(TimelineTest, TimesHaveAtLeastThreeDigits) {
  EXPECT_EQ(FormatTime(0), "0.000 s");
  EXPECT_EQ(FormatTime(12'004'000'000), "12.004 s");
  EXPECT_EQ(FormatTime(1), "0.000000001 s");
  EXPECT_EQ(FormatTime(-1'500'000'000), "-1.500 s");
}

TEST(TimelineTest, ALongOneIsShortenedInTheMiddle) {
  Runner runner;
  RandomSource source;
  RunOptions options;
  options.keep_trace = true;
  runner.Run(*FindToy("incr_8_100"), source, options);
  const std::string whole = Timeline(runner.history(), {0});
  const std::string some = Timeline(runner.history(), {10});
  const std::vector<std::string> lines = absl::StrSplit(some, '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), 11u);
  EXPECT_EQ(lines[5], absl::StrCat("        ... ", runner.history().trace_size() - 10, " more ..."));
  EXPECT_TRUE(absl::StartsWith(whole, lines[0]));
  EXPECT_TRUE(absl::StrContains(whole, lines[10]));
}

}  // namespace
}  // namespace sim
