#include "sim/explore/campaign_state.h"

#include <algorithm>
#include <utility>

#include "sim/explore/isolated_worker.h"

namespace sim {
namespace {

void CollectSingular(const std::vector<Sighting>& sightings, std::vector<uint64_t>* runs) {
  for (const Sighting& sighting : sightings) {
    if (sighting.run != kSeveralRuns) runs->push_back(sighting.run);
  }
}

// Both sorted by key; what is in both was shown by several runs. False if something had to be left out.
bool MergeSightings(const std::vector<Sighting>& other, size_t keys_max, std::vector<Sighting>* sightings) {
  std::vector<Sighting> merged;
  merged.reserve(std::min(keys_max, sightings->size() + other.size()));
  size_t a = 0;
  size_t b = 0;
  while (a < sightings->size() || b < other.size()) {
    if (merged.size() == keys_max) return sightings->swap(merged), false;
    if (b == other.size() || (a < sightings->size() && (*sightings)[a].key < other[b].key)) {
      merged.push_back((*sightings)[a++]);
    } else if (a == sightings->size() || other[b].key < (*sightings)[a].key) {
      merged.push_back(other[b++]);
    } else {
      merged.push_back({other[b++].key, kSeveralRuns});
      ++a;
    }
  }
  sightings->swap(merged);
  return true;
}

}  // namespace

std::string KindOfFailure(const Outcome& outcome) {
  if (!outcome.harness_fault.empty()) return "?";
  std::string kind(LawName(outcome.violation.law));
  if (outcome.violation.law == LawId::kCrash) kind += CrashClass(outcome.violation.reason);
  return kind;
}

bool KeepFirst(CampaignFailure failure, std::vector<CampaignFailure>* failures) {
  const std::string kind = KindOfFailure(failure.outcome);
  for (CampaignFailure& known : *failures) {
    if (KindOfFailure(known.outcome) != kind) continue;
    if (failure.run >= known.run) return false;
    known = std::move(failure);
    return true;
  }
  failures->push_back(std::move(failure));
  return true;
}

void CampaignTotals::Add(const CampaignTotals& other) {
  runs += other.runs;
  independent += other.independent;
  steps += other.steps;
  checked += other.checked;
  digest += other.digest;
  for (size_t i = 0; i < kArmsMax; ++i) arms[i] += other.arms[i];
  for (size_t i = 0; i < sometimes.size(); ++i) sometimes[i] += other.sometimes[i];
  for (size_t i = 0; i < kMarkCount; ++i) marks[i] += other.marks[i];
}

CampaignStatistics CampaignState::Statistics() const {
  std::vector<uint64_t> singular;
  CollectSingular(end_states, &singular);
  CollectSingular(handoffs, &singular);
  std::sort(singular.begin(), singular.end());
  singular.erase(std::unique(singular.begin(), singular.end()), singular.end());
  return {end_states.size(), handoffs.size(), singular.size(), full};
}

void CampaignState::Merge(const CampaignState& other, size_t keys_max) {
  next_run = std::max(next_run, other.next_run);
  elapsed_ns += other.elapsed_ns;
  totals.Add(other.totals);
  exhausted = exhausted && other.exhausted;
  full = full || other.full;
  if (!MergeSightings(other.end_states, keys_max, &end_states)) full = true;
  if (!MergeSightings(other.handoffs, keys_max, &handoffs)) full = true;
  lessons.clear();
  last_tape.clear();
  for (const CampaignFailure& failure : other.failures) KeepFirst(failure, &failures);
}

}  // namespace sim
