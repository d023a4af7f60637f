#include "sim/choice/replay_source.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace sim {

ReplaySource::ReplaySource(std::vector<TapeEntry> entries, Mode mode) : entries_(std::move(entries)), mode_(mode) {
  if (mode_ == Mode::kStrict) return;
  order_.resize(entries_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) {
    return std::tie(entries_[a].label, entries_[a].asker, a) < std::tie(entries_[b].label, entries_[b].asker, b);
  });
  for (uint32_t i = 0; i < order_.size(); ++i) {
    const TapeEntry& entry = entries_[order_[i]];
    if (streams_.empty() || streams_.back().label != entry.label || !(streams_.back().asker == entry.asker)) {
      streams_.push_back({entry.label, entry.asker, i, i, i});
    }
    ++streams_.back().end;
  }
}

void ReplaySource::BeginRun() {
  next_ = 0;
  misfits_ = 0;
  ok_ = true;
  for (Stream& stream : streams_) stream.next = stream.begin;
}

uint32_t ReplaySource::Choose(const Question& question) {
  return mode_ == Mode::kStrict ? Strict(question) : Lenient(question);
}

void ReplaySource::Miss(const Question& question, uint64_t entry) {
  if (misfits_++ > 0) return;
  first_misfit_ = {entry, entry < entries_.size() ? entries_[entry] : TapeEntry{}, question.label, question.asker,
                   question.count};
}

uint32_t ReplaySource::Strict(const Question& question) {
  if (!ok_) return 0;
  const bool fits = next_ < entries_.size() && entries_[next_].label == question.label &&
                    entries_[next_].asker == question.asker && entries_[next_].count == question.count &&
                    entries_[next_].index < question.count &&
                    (question.alternatives == nullptr ||
                     question.alternatives->Id(entries_[next_].index) == entries_[next_].chosen);
  if (!fits) {
    Miss(question, next_);
    ok_ = false;
    return 0;
  }
  return entries_[next_++].index;
}

uint32_t ReplaySource::Lenient(const Question& question) {
  const auto before = [](const Stream& s, const Question& q) {
    return std::tie(s.label, s.asker) < std::tie(q.label, q.asker);
  };
  const auto stream = std::lower_bound(streams_.begin(), streams_.end(), question, before);
  const bool known = stream != streams_.end() && stream->label == question.label && stream->asker == question.asker;
  if (!known || stream->next == stream->end) {
    // A tape that simply ends is no misfit: shrinking cuts tails all the time.
    return 0;
  }
  const uint32_t position = order_[stream->next++];
  const TapeEntry& entry = entries_[position];
  if (question.alternatives != nullptr && !entry.chosen.empty()) {
    if (entry.index < question.count && question.alternatives->Id(entry.index) == entry.chosen) return entry.index;
    for (uint32_t i = 0; i < question.count; ++i) {
      if (question.alternatives->Id(i) == entry.chosen) return i;
    }
    Miss(question, position);
  }
  if (entry.index < question.count) return entry.index;
  Miss(question, position);
  return 0;
}

}  // namespace sim
