// The kept trace of a run as text: when, who, what.
//
//        0.000 s  download#1                    runs (1 of 3 ready)
//        0.010 s  pool/a.test:80/connection#1   connected
#ifndef SIM_REPORT_TIMELINE_H_
#define SIM_REPORT_TIMELINE_H_

#include <cstdint>
#include <string>

#include "sim/world/history.h"

namespace sim {

struct TimelineOptions {
  uint64_t lines_max = 200;  // the first half and the last half, if there are more; 0: all
};

// Requires that the history kept its trace.
std::string Timeline(const History& history, const TimelineOptions& options);

// One event, without its time: "download#1 runs". For messages.
std::string DescribeEvent(const TraceRecord& record, const History& history);

// "12.004 s", with as many digits as it needs, at least three.
std::string FormatTime(int64_t ns);

}  // namespace sim

#endif  // SIM_REPORT_TIMELINE_H_
