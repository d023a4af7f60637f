// A failure, brought into the shape in which people get it: checked for determinism, shrunk, explained, on disk.
#ifndef TOOLS_FINDING_H_
#define TOOLS_FINDING_H_

#include <cstdint>
#include <string>

#include "sim/explore/campaign.h"
#include "sim/explore/sparse_tape.h"
#include "tools/catalog.h"
#include "tools/options.h"

namespace wavetank {

struct Finding {
  bool harness_fault = false;  // then outcome.harness_fault says why
  sim::Outcome outcome;        // of the tape that was written
  uint64_t run = 0;
  uint64_t decisions = 0;  // on the tape
  std::string path;        // of the tape; empty if it could not be written
  std::string text;        // the whole report, for people

  int status() const { return harness_fault ? kHarness : kViolation; }
};

// Where the tape of a failure is kept.
std::string TapePath(const LoadedScenario& scenario, const sim::CampaignFailure& failure, const Options& options);

// Writes the tape as it was found: what comes next takes a while, and may be cut off. `history` knows the names on it.
// Returns its path, or nothing if it cannot be written; whoever investigates says why.
std::string KeepAtOnce(const LoadedScenario& scenario, const sim::CampaignFailure& failure,
                       const sim::History& history, const Options& options);

Finding Investigate(const LoadedScenario& scenario, const sim::CampaignFailure& failure, const Options& options);

sim::IsolationOptions Isolation(const LoadedScenario& scenario, const Options& options);

// The result of one scenario, as `--json` prints it.
struct Result {
  std::string scenario;
  std::string verdict = "HELD";  // "VIOLATION", "HARNESS_FAULT"
  std::string law, reason;
  uint64_t runs = 0, first_failure = 0, seed = 0, steps = 0, runs_per_s = 0, decisions = 0;
  std::string tape;
  uint64_t digest = 0;
  bool interrupted = false;
  bool reported_before = false;  // by the campaign that this one has resumed
  const sim::CampaignResult* campaign = nullptr;  // its statistics are printed; not owned

  void Set(const sim::Outcome& outcome);
  std::string Json() const;
};

// "PROGRESS violated at 12.004 s, step 381: ..." or "held".
std::string DescribeOutcome(const sim::Outcome& outcome);

// Writes to stdout at once; false, with a message on stderr, if it cannot be written.
bool Print(const std::string& text);

// From now on Print() also appends to `copy`; null: no more.
void CopyPrints(std::string* copy);

}  // namespace wavetank

#endif  // TOOLS_FINDING_H_
