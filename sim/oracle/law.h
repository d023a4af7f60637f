// Laws: what must hold in every run, whatever the scenario.
//
// A law is not an expectation about one scenario and does not ask the accused: it counts on the simulator's side, and
// the client's observer only lends it names. One small file each; the first law that is broken ends the run.
#ifndef SIM_ORACLE_LAW_H_
#define SIM_ORACLE_LAW_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace sim {

class World;

enum class LawId : uint8_t {
  kNone,
  kProgress,
  kCleanIdle,
  kExactBody,
  kReqFraming,
  kOwnership,
  kLimit,
  kConservation,
  kWakeToken,
  kFair,
  kOnce,
  kNoOrphan,
  kTimerOwner,
  kPauseResume,
  kBoundedClose,
  kBufferBound,
  kNoSpin,
  kGeneration,
  kRetrySafe,
  kTimeoutExact,
  kErrorNotEof,
  kFrameAtomic,
  kEofOnce,
  kExpect,  // what the scenario itself expects
  kCrash,   // a signal, a CHECK, a sanitizer report, runaway memory, a step that does not return
};
inline constexpr size_t kLawCount = static_cast<size_t>(LawId::kCrash) + 1;

absl::string_view LawName(LawId law);  // "CLEAN-IDLE"; "" for kNone
// Accepts the names as printed, and "PAUSE=>RESUME" and "ERROR!=EOF" for keyboards.
bool LawFromName(absl::string_view name, LawId* law);

// Which laws judge.
class LawSet {
 public:
  static LawSet All() { return LawSet(~uint64_t{0}); }
  static LawSet None() { return LawSet(0); }
  static LawSet Only(LawId law) { return LawSet(uint64_t{1} << static_cast<unsigned>(law)); }
  void Add(LawId law) { bits_ |= uint64_t{1} << static_cast<unsigned>(law); }
  void Remove(LawId law) { bits_ &= ~(uint64_t{1} << static_cast<unsigned>(law)); }
  bool Has(LawId law) const { return (bits_ >> static_cast<unsigned>(law) & 1) != 0; }

 private:
  explicit LawSet(uint64_t bits) : bits_(bits) {}
  uint64_t bits_;
};

class Law {
 public:
  Law(World& world, LawId id) : world_(world), id_(id) {}
  Law(const Law&) = delete;
  Law& operator=(const Law&) = delete;
  virtual ~Law() = default;

  LawId id() const { return id_; }

  // After every step, for the laws that World::AddLaw() was told of it.
  virtual void AtStep() {}
  // Nothing is ready: time is about to pass. For the laws that World::AddLaw() was told of it.
  virtual void AtLull() {}
  // Nothing is ready and nothing is under way: only timeouts would move anything, and users who wake up. May come
  // several times in a run.
  virtual void AtStall() {}
  // The quiet rest: faults have ended, nothing will ever happen any more; idle connections may stand.
  virtual void AtQuiet() {}
  // The closed rest: the session was closed and all is over; nothing of it may be left.
  virtual void AtClosed() {}

 protected:
  World& world() const { return world_; }
  // `describe` runs on the host's heap, and only if this law judges and is the first to be broken.
  void Violated(absl::FunctionRef<std::string()> describe) const;

 private:
  World& world_;
  LawId id_;
};

}  // namespace sim

#endif  // SIM_ORACLE_LAW_H_
