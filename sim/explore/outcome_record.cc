#include "sim/explore/outcome_record.h"

namespace sim {

void OutcomeRecord::Set(const Outcome& outcome) {
  law = outcome.violation.law;
  violation_time_ns = outcome.violation.time_ns;
  violation_step = outcome.violation.step;
  steps = outcome.steps;
  decisions = outcome.decisions;
  digest = outcome.digest;
  elapsed_ns = outcome.elapsed_ns;
  reason.Set(outcome.violation.reason);
  harness_fault.Set(outcome.harness_fault);
}

Outcome OutcomeRecord::Get() const {
  Outcome outcome;
  if (static_cast<size_t>(law) < kLawCount) outcome.violation.law = law;
  outcome.violation.reason = reason.Get();
  outcome.violation.time_ns = violation_time_ns;
  outcome.violation.step = violation_step;
  outcome.harness_fault = harness_fault.Get();
  outcome.steps = steps;
  outcome.decisions = decisions;
  outcome.digest = digest;
  outcome.elapsed_ns = elapsed_ns;
  return outcome;
}

}  // namespace sim
