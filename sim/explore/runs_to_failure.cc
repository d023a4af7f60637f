#include "sim/explore/runs_to_failure.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace sim {
namespace {

// The rank, from 1, of the lower end: the largest k for which fewer than k of n fair coins fall on heads with a chance
// of at most 1/40. 0: there is none.
size_t LowRank(size_t n) {
  unsigned __int128 ways = 1;  // n over k
  unsigned __int128 below = 0;
  size_t k = 0;
  while (k < n / 2 && 40 * (below + ways) <= static_cast<unsigned __int128>(1) << n) {
    below += ways;
    ways = ways * (n - k) / (k + 1);
    ++k;
  }
  return k;
}

std::string Text(uint64_t runs, uint64_t most) {
  return runs == RunsToFailure::kNever ? absl::StrCat("> ", most) : absl::StrCat(runs);
}

}  // namespace

RunsToFailure::RunsToFailure(std::vector<uint64_t> runs) : runs_(std::move(runs)) {
  CHECK_LE(runs_.size(), kSeedsMax);
  std::sort(runs_.begin(), runs_.end());
}

std::pair<uint64_t, uint64_t> RunsToFailure::interval() const {
  const size_t low = LowRank(runs_.size());
  if (low == 0) return {kNever, kNever};
  return {runs_[low - 1], runs_[runs_.size() - low]};
}

std::string RunsToFailure::Cell(uint64_t most) const {
  const auto [low, high] = interval();
  const std::string text = Text(median(), most);
  if (low == kNever) return text;
  return absl::StrCat(text, " (", Text(low, most), "–", Text(high, most), ")");
}

std::string RunsToFailure::SurvivalCsv(absl::string_view strategy, absl::string_view bug) const {
  std::string text = absl::StrCat(strategy, ",", bug, ",0,", runs_.size(), "\n");
  for (size_t i = 0; i < runs_.size() && runs_[i] != kNever; ++i) {
    if (i + 1 < runs_.size() && runs_[i + 1] == runs_[i]) continue;
    absl::StrAppend(&text, strategy, ",", bug, ",", runs_[i], ",", runs_.size() - i - 1, "\n");
  }
  return text;
}

}  // namespace sim
