#include "sim/explore/coverage.h"

#include "sim/choice/prng.h"
#include "sim/world/arena.h"

namespace sim {
namespace {

constexpr Name kPool = Name().Child("pool", 0);
constexpr uint64_t kNone = 0;

// What happened, without how much of it. kNone: nothing that anybody did to anything.
uint64_t EventOf(const TraceRecord& record) {
  const auto kind = static_cast<TraceKind>(record.kind);
  const uint64_t event = uint64_t{record.kind} << 32;
  switch (kind) {
    case TraceKind::kStep:
    case TraceKind::kTime:
    case TraceKind::kChoice:
    case TraceKind::kNamed:
    case TraceKind::kPhase:
      return kNone;
    case TraceKind::kConnected:
    case TraceKind::kFault:
    case TraceKind::kPool:
    case TraceKind::kRequest:
    case TraceKind::kPayload:
    case TraceKind::kServer:
    case TraceKind::kWorkload:
    case TraceKind::kToy:
      return event | (record.a & 0xffffffff);
    default:
      return event;  // `a` is a number of bytes
  }
}

}  // namespace

void HandoffCoverage::BeginRun() {
  source_ = 0;
  end_state_ = 0;
  resources_.Clear();
  seen_.Clear();
  keys_.clear();
  places_.clear();
}

void HandoffCoverage::AddMarks(const History& history) {
  places_.resize(keys_.size(), history.tape().size());
  for (size_t i = 0; i < kMarkCount; ++i) {
    const auto mark = static_cast<MarkId>(i);
    for (uint32_t k = 0; k < history.reached(mark); ++k) {
      const History::MarkHit& hit = history.hit(mark, k);
      keys_.push_back(Mix(hit.subject.id() ^ Mix(i + 1)) | kMark);
      places_.push_back(hit.decisions);
    }
  }
}

void HandoffCoverage::OnRecords(const TraceRecord* records, uint64_t count) {
  HostScope host;
  for (const TraceRecord* record = records; record != records + count; ++record) {
    if (record->kind == static_cast<uint16_t>(TraceKind::kStep)) {
      source_ = record->name;
      places_.resize(keys_.size(), record->a);
      continue;
    }
    const uint64_t event = EventOf(*record);
    if (event == kNone) continue;
    Touch(Name::FromId(record->name), event);
    if (record->kind == static_cast<uint16_t>(TraceKind::kPool)) Touch(kPool, event);
  }
}

void HandoffCoverage::Touch(Name resource, uint64_t event) {
  const auto [last, is_new] = resources_.Insert(resource);
  if (!is_new) end_state_ -= Mix(resource.id() ^ Mix(last->event));
  end_state_ += Mix(resource.id() ^ Mix(event));
  if (last->source != source_) {
    const uint64_t from = Mix(last->source ^ Mix(last->event));
    const uint64_t key = Mix(resource.id() ^ Mix(from + source_) ^ event) & ~kMark;
    if (seen_.Insert(Name::FromId(key)).second) keys_.push_back(key);
  }
  *last = {source_, event};
}

}  // namespace sim
