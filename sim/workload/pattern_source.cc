#include "sim/workload/pattern_source.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "client/async/deadline.h"
#include "sim/world/pattern.h"

namespace sim {

PatternSource::PatternSource(World& world, WorkloadObserver& observer, const UploadPlan& plan, Name request,
                             uint64_t bytes, bool may_fail)
    : world_(world),
      observer_(observer),
      piece_(plan.piece),
      later_(plan.later),
      delay_ns_(plan.delay_ns),
      request_(request),
      name_(client::MakeName(world.loop(), request, "source")),
      bytes_(bytes),
      declared_(!plan.chunked),
      may_fail_(may_fail) {}

PatternSource::~PatternSource() {
  if (buffer_ != nullptr) buffer_->Unref();
}

client::Task<client::Result<client::Slice>> PatternSource::Next() {
  const bool may_fail = may_fail_ && !world_.healed();
  const uint32_t how = world_.Choose(Label::kHookSync, name_, !may_fail ? 2 : declared_ ? 5 : 3);
  if (how == 2) co_return client::ClientError(client::ErrorKind::kBodySource, "the scenario lets the source fail here");
  if (how == 3) co_return client::Slice();
  gives_more_ = gives_more_ || how == 4;
  if (later_ != (how == 1)) {
    const absl::Time until = world_.loop().Now() + absl::Nanoseconds(delay_ns_);
    co_await client::SleepUntil(world_.loop(), name_, until, TimerKind::kUser);
  }
  co_return Piece();
}

client::Result<void> PatternSource::Rewind() {
  given_ = 0;
  gives_more_ = false;
  return {};
}

client::Slice PatternSource::Piece() {
  if (given_ == bytes_ && !std::exchange(gives_more_, false)) return client::Slice();
  const size_t size = static_cast<size_t>(std::min(piece_.Draw(world_, name_), std::max<uint64_t>(bytes_ - given_, 1)));
  if (buffer_ == nullptr || !buffer_->unique() || buffer_->capacity() < size) {
    if (buffer_ != nullptr) buffer_->Unref();
    buffer_ = client::Buffer::New(size);
  }
  FillPattern(request_, given_, buffer_->data(), size);
  // What is too much is nobody's to send.
  if (given_ < bytes_) observer_.UploadGiven(request_, size);
  given_ += size;
  buffer_->Ref();
  return client::Slice::Adopt(buffer_, 0, size);
}

}  // namespace sim
