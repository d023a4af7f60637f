#include "sim/report/timeline.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "sim/choice/label.h"
#include "sim/world/scheduler.h"

namespace sim {
namespace {

constexpr std::array<absl::string_view, 5> kPhases = {"chaos", "healed: faults are over", "quiet rest", "closing",
                                                      "closed rest"};

// What the `a` of a record means. The order is that of the enumerations named; timeline_test compares them.
using Words = absl::Span<const absl::string_view>;
constexpr absl::string_view kPool[] = {"waits for a slot", "waits no more", "is being opened", "is open",
                                       "could not be opened", "is leased", "is idle", "is closed",
                                       "is drained"};  // PoolEvent
constexpr absl::string_view kRequest[] = {"starts", "has ended", "has failed", "is cancelled",
                                          "is sent", "has its head", "was not closed"};  // RequestEvent
constexpr absl::string_view kPayload[] = {"is opened", "is fed", "is read", "has its eof", "has an error",
                                          "is destroyed", "pauses its connection",
                                          "resumes its connection"};  // PayloadEvent
constexpr absl::string_view kServer[] = {"?", "has a request's head", "has a whole request", "begins a response",
                                         "has sent a response", "stays silent", "closes early", "closes when idle",
                                         "does not understand", "goes over to WebSocket", "begins a message",
                                         "has a message", "says Close", "hears Close", "hangs up",
                                         "opens a tunnel"};  // ServerEvent
constexpr absl::string_view kFault[] = {"nothing", "held back", "reset", "half-closed"};                 // Fate
constexpr absl::string_view kWorkload[] = {"?", "starts", "ends", "has what it wanted", "fails", "is cancelled",
                                           "is abandoned", "is collected"};

std::string Word(Words words, const TraceRecord& record) {
  return record.a < words.size() ? std::string(words[record.a]) : absl::StrCat("event ", record.a);
}

std::string DescribeKind(const TraceRecord& record, const History& history) {
  switch (static_cast<TraceKind>(record.kind)) {
    case TraceKind::kStep:
      return record.b == 0 ? "runs" : absl::StrCat("runs, overtaking ", record.b);
    case TraceKind::kTime: return absl::StrCat("time passes: ", FormatTime(static_cast<int64_t>(record.a)));
    case TraceKind::kChoice:
      return absl::StrCat("chooses ", record.b, " for ",
                          record.a < kLabelCount ? LabelName(static_cast<Label>(record.a)) : "?");
    case TraceKind::kNamed: return absl::StrCat("is made by ", history.Render(Name::FromId(record.a)));
    case TraceKind::kConnect: return "connects";
    case TraceKind::kConnected: return record.a == 1 ? "is connected" : "fails to connect";
    case TraceKind::kSend: return absl::StrCat("sends ", record.a, " bytes");
    case TraceKind::kDeliver: return absl::StrCat(record.a, " bytes arrive");
    case TraceKind::kReceive: return absl::StrCat("receives ", record.a, " bytes");
    case TraceKind::kPause: return "pauses";
    case TraceKind::kResume: return "resumes";
    case TraceKind::kFin: return "FIN";
    case TraceKind::kReset: return "RST";
    case TraceKind::kClosed: return "closed";
    case TraceKind::kFault: return absl::StrCat("fault: ", Word(kFault, record));
    case TraceKind::kPool: return Word(kPool, record);
    case TraceKind::kRequest: return Word(kRequest, record);
    case TraceKind::kPayload:
      return absl::StrCat(Word(kPayload, record), record.b == 0 ? "" : absl::StrCat(", ", record.b, " bytes"));
    case TraceKind::kServer: return Word(kServer, record);
    case TraceKind::kWorkload: return Word(kWorkload, record);
    case TraceKind::kPhase: return std::string(record.a < kPhases.size() ? kPhases[record.a] : "?");
    case TraceKind::kToy: return absl::StrCat("toy event ", record.a, ", ", record.b);
  }
  return absl::StrCat("event of kind ", record.kind);
}

}  // namespace

std::string FormatTime(int64_t ns) {
  const absl::string_view sign = ns < 0 ? "-" : "";
  const uint64_t magnitude = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  std::string fraction = absl::StrFormat("%09d", magnitude % 1'000'000'000);
  while (fraction.size() > 3 && fraction.back() == '0') fraction.pop_back();
  return absl::StrCat(sign, magnitude / 1'000'000'000, ".", fraction, " s");
}

std::string DescribeEvent(const TraceRecord& record, const History& history) {
  const std::string who = history.Render(Name::FromId(record.name));
  const std::string what = DescribeKind(record, history);
  return who.empty() ? what : absl::StrCat(who, " ", what);
}

std::string Timeline(const History& history, const TimelineOptions& options) {
  const uint64_t size = history.trace_size();
  const bool shortened = options.lines_max != 0 && size > options.lines_max;
  const uint64_t head = shortened ? options.lines_max / 2 : size;
  const uint64_t tail = shortened ? size - (options.lines_max - head) : size;
  std::string text;
  uint64_t step = 0;
  for (uint64_t i = 0; i < size; ++i) {
    const TraceRecord& record = history.trace(i);
    const bool is_step = record.kind == static_cast<uint16_t>(TraceKind::kStep);
    if (is_step) ++step;
    if (i == head && shortened) absl::StrAppend(&text, "        ... ", tail - head, " more ...\n");
    if (i >= head && i < tail) continue;
    absl::StrAppendFormat(&text, "%14s %6s  %-36s %s\n", FormatTime(record.time_ns - Scheduler::kStartNs),
                          is_step ? absl::StrCat(step) : "", history.Render(Name::FromId(record.name)),
                          DescribeKind(record, history));
  }
  return text;
}

}  // namespace sim
