#include "sim/explore/guided_strategy.h"

#include <algorithm>
#include <utility>

namespace sim {
namespace {

constexpr size_t kRecent = 16;

SparseTape TapeOf(const std::vector<PlacedDecision>& decisions) { return Lesson{.decisions = decisions}.Tape(); }

uint32_t Below(Prng& prng, uint64_t n) { return prng.Below(static_cast<uint32_t>(std::min<uint64_t>(n, ~0u))); }

}  // namespace

uint64_t Corpus::Learn(const Lesson& lesson) {
  uint64_t news = 0;
  for (const uint64_t key : lesson.keys) news += seen_.Insert(Name::FromId(key)).second ? 1 : 0;
  if (news == 0 || lesson.decisions.empty()) return news;
  if (entries_.size() < kEntriesMax) {
    entries_.push_back(lesson);
  } else {
    entries_[oldest_] = lesson;
    oldest_ = (oldest_ + 1) % kEntriesMax;
  }
  return news;
}

void MutantSource::Set(SparseTape tape, uint64_t random_from, std::vector<uint64_t> places, uint64_t seed) {
  tape_ = SparseSource(std::move(tape));
  random_from_ = random_from;
  places_ = std::move(places);
  random_.Seed(seed);
  prng_ = Prng(Mix(seed));
}

void MutantSource::BeginRun() {
  tape_.BeginRun();
  asked_ = 0;
}

uint32_t MutantSource::Choose(const Question& question) {
  const uint64_t place = asked_++;
  if (place >= random_from_) return random_.Choose(question);
  const uint32_t index = tape_.Choose(question);
  if (std::find(places_.begin(), places_.end(), place) == places_.end()) return index;
  return index != 0 ? 0 : 1 + prng_.Below(question.count - 1);
}

ChoiceSource& GuidedStrategy::ForRun(uint64_t base_seed, uint64_t run) {
  const uint64_t seed = RunSeed(base_seed, run);
  Prng prng(Mix(seed ^ 0x6a09e667f3bcc908u));
  if (corpus_.size() == 0 || prng.Chance(32)) {
    random_.Seed(seed);
    return random_;
  }
  Mutate(prng);
  return mutant_;
}

const Lesson& GuidedStrategy::Pick(Prng& prng) const {
  const size_t size = corpus_.size();
  if (!prng.Chance(128)) return corpus_[Below(prng, size)];
  const size_t newest = corpus_.oldest() + size - 1;
  return corpus_[(newest - Below(prng, std::min(size, kRecent))) % size];
}

void GuidedStrategy::Mutate(Prng& prng) {
  const Lesson& lesson = Pick(prng);
  std::vector<PlacedDecision> decisions = lesson.decisions;
  uint64_t random_from = MutantSource::kNever;
  std::vector<uint64_t> places;
  const uint64_t cut = Below(prng, lesson.questions);
  const auto before_cut = [cut](const PlacedDecision& placed) { return placed.place < cut; };
  const auto end = std::partition_point(decisions.begin(), decisions.end(), before_cut);
  const uint32_t times = 1 + prng.Below(3);
  switch (prng.Below(8)) {
    case 0:
      for (uint32_t i = 0; i < times && !decisions.empty(); ++i) {
        decisions.erase(decisions.begin() + Below(prng, decisions.size()));
      }
      break;
    case 1:
      for (uint32_t i = 0; i < times; ++i) {
        TapeEntry& entry = decisions[Below(prng, decisions.size())].decision.entry;
        entry.index = prng.Below(entry.count);
        entry.chosen = Name();
      }
      break;
    case 2: {
      const Lesson& other = Pick(prng);
      decisions.erase(end, decisions.end());
      const auto rest = std::partition_point(other.decisions.begin(), other.decisions.end(), before_cut);
      decisions.insert(decisions.end(), rest, other.decisions.end());
      break;
    }
    case 3:
      for (uint32_t i = 0; i < times; ++i) places.push_back(Below(prng, lesson.questions));
      break;
    default:
      decisions.erase(end, decisions.end());
      random_from = cut;
      break;
  }
  mutant_.Set(TapeOf(decisions), random_from, std::move(places), prng.Next());
}

}  // namespace sim
