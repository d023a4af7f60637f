#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "client/async/deadline.h"
#include "sim/workload/workload.h"
#include "sim/world/pattern.h"

namespace sim {
namespace {

using client::ClientError;
using client::ErrorKind;
using client::Result;
using client::Slice;
using client::Task;

constexpr uint64_t kToTheEnd = std::numeric_limits<uint64_t>::max();
constexpr size_t kWholeMax = size_t{64} << 20;   // bytes; no body has more
constexpr size_t kToldBytes = 4096;              // at once, of what was collected
constexpr uint64_t kAhead = 100;                 // bytes before the delimiter
constexpr size_t kDelimiterBytes = 3;

// The ways to read of a step with any_way, as they are drawn.
enum Way : uint32_t { kPlain, kOneByte, kExactly, kImpatiently, kAllThereIs, kUntil, kWhole, kWays };

}  // namespace

Task<bool> Workload::Read(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  if (operation.response == nullptr) co_return true;
  uint64_t left = step.kind == StepPlan::Kind::kRead ? step.bytes : kToTheEnd;
  while (left > 0) {
    if (step.delay_ns > 0) {
      const absl::Time until = world_.loop().Now() + absl::Nanoseconds(step.delay_ns);
      co_await client::SleepUntil(world_.loop(), run.sleep, until, TimerKind::kUser);
    }
    const uint64_t bytes_max = step.chunk > 0 ? std::min(left, step.chunk) : left;
    Result<Slice> part = Slice();
    if (step.any_way) {
      Result<Slice> read = co_await ReadAnyWay(run, operation, bytes_max, left == kToTheEnd);
      part = std::move(read);
    } else {
      Result<Slice> read = co_await operation.response->ReadUpTo(static_cast<size_t>(bytes_max));
      part = std::move(read);
    }
    if (!part.ok()) {
      const ClientError& error = part.error();
      observer_.BodyFailed(operation.request, operation.read, error.DebugString(),
                           error.kind() == ErrorKind::kSessionClosed, error.kind() == ErrorKind::kTimeout);
      co_return Fail(run, operation, step, error);
    }
    if (part->empty()) {
      observer_.BodyEnded(operation.request, operation.read);
      EndOperation(run, operation, true, "");
      operation.response.reset();
      co_return true;
    }
    if (!step.any_way) observer_.PartRead(operation.request, {.most = bytes_max}, part->view());
    Tell(operation, part->view());
    left -= part->size();
  }
  co_return true;
}

void Workload::Tell(Operation& operation, absl::string_view bytes) {
  observer_.BodyRead(operation.request, operation.read, bytes);
  operation.read += bytes.size();
}

// Exact reads, and those up to a delimiter, are of the bytes of the wire. What they cannot have (there is less, or an
// error behind it) they leave where it is, and the plain read says which.
Task<Result<Slice>> Workload::ReadAnyWay(Run& run, Operation& operation, uint64_t bytes_max, bool to_the_end) {
  client::ClientResponse& response = *operation.response;
  const uint32_t way = world_.Choose(Label::kWorkloadNext, operation.request, kWays);
  if (way == kWhole && to_the_end) {
    Result<std::string> whole = co_await response.Read(kWholeMax);
    if (!whole.ok()) co_return whole.error();
    const absl::string_view bytes = *whole;
    for (size_t at = 0; at < bytes.size(); at += kToldBytes) Tell(operation, bytes.substr(at, kToldBytes));
    co_return Slice();
  }
  if (way == kUntil && !response.decoding()) {
    char bytes[kDelimiterBytes];
    FillPattern(operation.request, operation.read + kAhead, bytes, kDelimiterBytes);
    const absl::string_view delimiter(bytes, kDelimiterBytes);
    const uint64_t most = std::min(bytes_max, kExactBytes);
    Result<std::string> until = co_await response.body().ReadUntil(std::string(delimiter), static_cast<size_t>(most));
    const ReadTerms terms = {kDelimiterBytes, most, delimiter};
    if (until.ok()) {
      observer_.PartRead(operation.request, terms, *until);
      co_return Slice::Copy(*until);
    }
    if (!response.body().ended() && response.body().buffered() < most) observer_.ReadRefused(operation.request, terms);
  }
  const uint64_t exact_max = way == kExactly ? kExactBytes : way == kAllThereIs ? response.body().buffered() : 0;
  if (exact_max > 0 && !response.decoding()) {
    const uint64_t wanted = std::min(bytes_max, exact_max);
    Result<std::string> exact = co_await response.body().ReadExactly(static_cast<size_t>(wanted));
    const ReadTerms terms = {wanted, wanted, ""};
    if (exact.ok()) {
      observer_.PartRead(operation.request, terms, *exact);
      co_return Slice::Copy(*exact);
    }
    if (!response.body().ended()) observer_.ReadRefused(operation.request, terms);
  }
  if (way == kOneByte) bytes_max = 1;
  if (way == kImpatiently) {
    const absl::Time until = world_.loop().Now() + absl::Milliseconds(1);
    client::Within<Result<Slice>> within(world_.loop(), run.sleep, until, ReadUpTo(operation, bytes_max));
    std::optional<Result<Slice>> part = co_await within;
    if (part.has_value()) co_return *std::move(part);
  }
  Task<Result<Slice>> plain = ReadUpTo(operation, bytes_max);
  Result<Slice> part = co_await plain;
  co_return part;
}

Task<Result<Slice>> Workload::ReadUpTo(Operation& operation, uint64_t bytes_max) {
  Result<Slice> part = co_await operation.response->ReadUpTo(static_cast<size_t>(bytes_max));
  if (part.ok() && !part->empty()) observer_.PartRead(operation.request, {.most = bytes_max}, part->view());
  co_return part;
}

}  // namespace sim
