// What a run did, as a set of keys: who handed what to whom.
//
// A resource is whatever a trace record is about: a connection, the pool, a payload, a request. A hand-off is that one
// source does something to it after another source did: its key is made of the resource, both sources and both events.
// The order in which resources change hands is what schedules differ by as far as bugs are concerned; the times, the
// numbers of bytes and the steps in between are left out, so that the set of keys of a program is small.
//
// The marks that a run has come to (sim/world/mark.h) are keys, too: of each, with whom it was about.
//
// The end state is what happened last to each resource, whoever did it and in whatever order.
#ifndef SIM_EXPLORE_COVERAGE_H_
#define SIM_EXPLORE_COVERAGE_H_

#include <cstdint>
#include <vector>

#include "sim/choice/source_table.h"
#include "sim/world/history.h"

namespace sim {

class HandoffCoverage final : public TraceListener {
 public:
  // Forgets the run before.
  void BeginRun();
  void OnRecords(const TraceRecord* records, uint64_t count) override;

  // After a run: adds the keys of its marks.
  void AddMarks(const History& history);
  static bool IsMark(uint64_t key) { return (key & kMark) != 0; }

  // Of the run: hand-offs in the order in which they first happened, then marks.
  const std::vector<uint64_t>& keys() const { return keys_; }
  // Of each key: how many decisions had been taken when its step had ended, or the mark was set. Complete after
  // AddMarks().
  const std::vector<uint64_t>& places() const { return places_; }
  uint64_t end_state() const { return end_state_; }

 private:
  struct Last {
    uint64_t source = 0;
    uint64_t event = 0;
  };
  struct Nothing {};

  static constexpr uint64_t kMark = uint64_t{1} << 63;

  void Touch(Name resource, uint64_t event);

  uint64_t source_ = 0;  // that runs
  uint64_t end_state_ = 0;
  SourceTable<Last> resources_;
  SourceTable<Nothing> seen_;
  std::vector<uint64_t> keys_;
  std::vector<uint64_t> places_;  // of the steps that have ended
};

}  // namespace sim

#endif  // SIM_EXPLORE_COVERAGE_H_
