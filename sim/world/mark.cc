#include "sim/world/mark.h"

namespace sim {
namespace {

constexpr absl::string_view kNames[kMarkCount] = {
    "queued",
    "reused",
    "sent again",
    "connect failed",
    "cancelled while queued",
    "cancelled while connecting",
    "cancelled when served",
    "cancelled while sending",
    "cancelled while waiting",
    "cancelled while reading",
    "timed out",
    "disconnected",
    "source failed",
    "cut by closing",
    "early response",
    "continued",
    "given up",
    "abandoned",
    "reading paused",
    "reading resumed",
    "drained",
    "drain ended",
    "idle connection lost",
    "lost unanswered",
    "reset",
    "unasked bytes",
    "unasked bytes cross",
    "closes cross",
    "ping crosses close",
    "message crosses close",
    "toy",
};

}  // namespace

absl::string_view MarkName(MarkId mark) { return kNames[static_cast<size_t>(mark)]; }

bool MarkFromName(absl::string_view name, MarkId* mark) {
  for (size_t i = 0; i < kMarkCount; ++i) {
    if (kNames[i] != name) continue;
    *mark = static_cast<MarkId>(i);
    return true;
  }
  return false;
}

}  // namespace sim
