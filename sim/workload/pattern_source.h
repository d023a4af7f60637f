// The body of a request as a user's source gives it: a pattern of the request's name, in pieces, made when asked for.
#ifndef SIM_WORKLOAD_PATTERN_SOURCE_H_
#define SIM_WORKLOAD_PATTERN_SOURCE_H_

#include <cstdint>

#include "client/async/task.h"
#include "client/base/slice.h"
#include "client/http/payload.h"
#include "sim/net/wire_observer.h"
#include "sim/scenario/plan.h"
#include "sim/world/world.h"

namespace sim {

// For each piece the label "hook.sync" is asked, with the source's name as asker:
//   0  as scripted;  1  later where the script says at once, and the other way round;
//   2  it fails, if `may_fail`, and the network has not healed;
//   3  the same, and if its length was declared: it has come to its end too early;
//   4  the same: it will give a byte too much.
class PatternSource final : public client::BodySource {
 public:
  // `observer` is not owned, `plan` is copied.
  PatternSource(World& world, WorkloadObserver& observer, const UploadPlan& plan, Name request, uint64_t bytes,
                bool may_fail);
  ~PatternSource() override;

  client::Task<client::Result<client::Slice>> Next() override;
  bool replayable() const override { return true; }
  client::Result<void> Rewind() override;

 private:
  client::Slice Piece();

  World& world_;
  WorkloadObserver& observer_;
  const SizePlan piece_;  // bytes
  const bool later_;
  const int64_t delay_ns_;
  const Name request_;
  const Name name_;
  const uint64_t bytes_;
  const bool declared_;
  const bool may_fail_;
  bool gives_more_ = false;
  uint64_t given_ = 0;  // bytes
  client::Buffer* buffer_ = nullptr;  // of the last piece; used again once nobody else does
};

}  // namespace sim

#endif  // SIM_WORKLOAD_PATTERN_SOURCE_H_
