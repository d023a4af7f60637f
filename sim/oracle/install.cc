#include "sim/oracle/install.h"

#include <utility>

#include "sim/oracle/bounded_close.h"
#include "sim/oracle/buffer_bound.h"
#include "sim/oracle/clean_idle.h"
#include "sim/oracle/conservation.h"
#include "sim/oracle/eof_once.h"
#include "sim/oracle/error_not_eof.h"
#include "sim/oracle/exact_body.h"
#include "sim/oracle/fair.h"
#include "sim/oracle/frame_atomic.h"
#include "sim/oracle/generation.h"
#include "sim/oracle/limit.h"
#include "sim/oracle/no_orphan.h"
#include "sim/oracle/no_spin.h"
#include "sim/oracle/once.h"
#include "sim/oracle/ownership.h"
#include "sim/oracle/pause_resume.h"
#include "sim/oracle/progress.h"
#include "sim/oracle/req_framing.h"
#include "sim/oracle/retry_safe.h"
#include "sim/oracle/timeout_exact.h"
#include "sim/oracle/timer_owner.h"
#include "sim/oracle/wake_token.h"

namespace sim {

template <class L, class... Arguments>
void Oracles::Add(LawId id, When when, Arguments&... arguments) {
  if (!world_.judges(id)) return;
  auto law = std::make_unique<L>(world_, arguments...);
  world_.AddLaw(*law, when == When::kEveryStep, when == When::kEveryLull);
  laws_.push_back(std::move(law));
}

// Of two laws that the same event breaks, the first one here is the one that is reported: the more telling first.
Oracles::Oracles(World& world, Ledger& ledger, const Limits& limits) : world_(world), limits_(limits) {
  laws_.reserve(kLawCount);
  Add<Generation>(LawId::kGeneration, When::kAtMoments, ledger);
  Add<CleanIdle>(LawId::kCleanIdle, When::kAtMoments, ledger, limits_);
  Add<Ownership>(LawId::kOwnership, When::kAtMoments, ledger);
  Add<ErrorNotEof>(LawId::kErrorNotEof, When::kAtMoments, ledger);
  Add<ExactBody>(LawId::kExactBody, When::kAtMoments, ledger);
  Add<ReqFraming>(LawId::kReqFraming, When::kAtMoments, ledger);
  Add<FrameAtomic>(LawId::kFrameAtomic, When::kAtMoments, ledger);
  Add<RetrySafe>(LawId::kRetrySafe, When::kAtMoments, ledger);
  Add<EofOnce>(LawId::kEofOnce, When::kAtMoments, ledger);
  Add<Once>(LawId::kOnce, When::kAtMoments, ledger);
  Add<BufferBound>(LawId::kBufferBound, When::kAtMoments, ledger, limits_);
  Add<LimitLaw>(LawId::kLimit, When::kAtMoments, ledger, limits_);
  Add<Fair>(LawId::kFair, When::kAtMoments, ledger);
  Add<PauseResume>(LawId::kPauseResume, When::kEveryStep, ledger);
  Add<WakeToken>(LawId::kWakeToken, When::kEveryLull, ledger, limits_);
  Add<TimerOwner>(LawId::kTimerOwner, When::kAtMoments, ledger);
  Add<TimeoutExact>(LawId::kTimeoutExact, When::kEveryLull, ledger);
  Add<Progress>(LawId::kProgress, When::kAtMoments, ledger, limits_);
  Add<Conservation>(LawId::kConservation, When::kAtMoments, ledger);
  Add<BoundedClose>(LawId::kBoundedClose, When::kAtMoments, ledger, limits_);
  Add<NoOrphan>(LawId::kNoOrphan, When::kAtMoments, ledger);
  Add<NoSpin>(LawId::kNoSpin, When::kEveryStep, ledger);
}

Oracles::~Oracles() = default;

}  // namespace sim
