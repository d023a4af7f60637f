// What tests ask of a program: that it holds, or that it is caught. Rule 5 (determinism) is checked every time.
#ifndef SIM_EXPLORE_SCENARIO_CHECK_H_
#define SIM_EXPLORE_SCENARIO_CHECK_H_

#include <cstdint>
#include <string>

#include "sim/explore/campaign.h"
#include "sim/explore/tape_file.h"
#include "sim/world/runner.h"

namespace sim {

struct CheckResult {
  bool ok = false;
  std::string text;  // "1000 runs, all held (5200 runs/s)", or what went wrong, in several lines
};

// All runs hold and come to every mark that the program wants (sim/world/mark.h), and the quiet run (the tape of zeros)
// and the first few runs are deterministic. With options.runs == 0 only the quiet run is made.
CheckResult CheckHolds(const Program& program, const CampaignOptions& options);

// Some run breaks one of `expected`, before any other of options.laws, and that run is deterministic.
CheckResult CheckCaught(const Program& program, LawSet expected, const CampaignOptions& options);

// The tape holds, or breaks one of `expected`. Judged by `laws`.
CheckResult CheckTapeHolds(const Program& program, const TapeFile& tape, LawSet laws,
                           const IsolationOptions& isolation);
CheckResult CheckTapeFails(const Program& program, const TapeFile& tape, LawSet expected, LawSet laws,
                           const IsolationOptions& isolation);

}  // namespace sim

#endif  // SIM_EXPLORE_SCENARIO_CHECK_H_
