#include "sim/choice/label.h"

namespace sim {
namespace {

constexpr absl::string_view kNames[kLabelCount] = {
    "loop.next",    "loop.late",    "dns.answer",  "connect.outcome", "connect.delay", "link.delay",  "link.split",
    "link.fate",    "server.pace",  "server.close", "gc.collect",     "gc.order",      "clock.jump",  "task.cancel",
    "hook.sync",    "workload.more", "workload.next", "workload.size", "toy.value",
    "server.bytes",
};

}  // namespace

absl::string_view LabelName(Label label) { return kNames[static_cast<size_t>(label)]; }

bool LabelFromName(absl::string_view name, Label* label) {
  for (size_t i = 0; i < kLabelCount; ++i) {
    if (kNames[i] != name) continue;
    *label = static_cast<Label>(i);
    return true;
  }
  return false;
}

}  // namespace sim
