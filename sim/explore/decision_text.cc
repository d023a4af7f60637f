#include "sim/explore/decision_text.h"

#include "absl/strings/str_cat.h"
#include "sim/report/timeline.h"

namespace sim {

std::string ChosenText(const TapeEntry& entry, const History& history) {
  if (entry.chosen.empty()) return "";
  switch (entry.label) {
    case Label::kWorkloadSize:
      return absl::StrCat(entry.chosen.id(), " bytes");
    case Label::kConnectDelay:
    case Label::kLinkDelay:
    case Label::kServerPace:
    case Label::kTaskCancel:
      return FormatTime(static_cast<int64_t>(entry.chosen.id()));
    default:
      return history.Render(entry.chosen);
  }
}

}  // namespace sim
