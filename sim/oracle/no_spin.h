// NO-SPIN: at one moment of virtual time there are only so many steps, for so many bytes that move.
//
// Catches loops that wake each other, retries without a pause, and readers that poll.
#ifndef SIM_ORACLE_NO_SPIN_H_
#define SIM_ORACLE_NO_SPIN_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class NoSpin final : public LedgerLaw {
 public:
  // Generous: a byte that travels alone takes a handful of steps, a task that starts or ends a few.
  static constexpr uint64_t kSteps = 20'000;
  static constexpr uint64_t kStepsPerByte = 16;

  NoSpin(World& world, Ledger& ledger) : LedgerLaw(world, ledger, LawId::kNoSpin, {}) {}

  void AtStep() override {
    if (world().loop().now_ns() != now_ns_) {
      now_ns_ = world().loop().now_ns();
      steps_ = 0;
      bytes_ = ledger().bytes_moved();
      return;
    }
    if (++steps_ <= kSteps || steps_ <= kSteps + kStepsPerByte * (ledger().bytes_moved() - bytes_)) return;
    Violated([&] {
      return absl::StrCat(Grouped(steps_), " steps without time passing, for ",
                          Grouped(ledger().bytes_moved() - bytes_), " bytes");
    });
  }

 private:
  int64_t now_ns_ = 0;
  uint64_t steps_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace sim

#endif  // SIM_ORACLE_NO_SPIN_H_
