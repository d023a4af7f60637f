#include "sim/scenario/expect_law.h"

#include "absl/strings/str_cat.h"

namespace sim {

void ExpectLaw::AtQuiet() {
  for (const size_t task : plan_.completed) Require(task, Workload::Outcome::kCompleted);
  for (const size_t task : plan_.failed) Require(task, Workload::Outcome::kFailed);
}

void ExpectLaw::Require(size_t task, Workload::Outcome outcome) const {
  const Workload::Outcome actual = workload_.outcome(task);
  if (actual == outcome) return;
  Violated([&] {
    std::string text = absl::StrCat(plan_.tasks[task].id, " should have ",
                                    outcome == Workload::Outcome::kCompleted ? "completed" : "failed", " but ",
                                    OutcomeText(actual));
    if (actual == Workload::Outcome::kFailed) absl::StrAppend(&text, ": ", workload_.error(task));
    return text;
  });
}

}  // namespace sim
